// Package sudoers holds the sudo rule of a site that runs berth, as a file to
// install and as text for the demo cluster, which installs it for itself.
//
// It promises that visudo accepts the file, and that it allows the service user
// to submit and cancel jobs as a researcher and nothing else. Paths, group and
// user names are a site's to change; the file says where.
package sudoers

import _ "embed" // for Fragment

// Fragment is the text of the file, as shipped.
//
//go:embed berth
var Fragment string
