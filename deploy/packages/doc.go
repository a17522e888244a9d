// Package packages holds what makes berth's .deb, .rpm and tarball: the build
// script, nfpm's settings, the maintainer scripts, the config that a site starts
// from, and a container file.
//
// Promises, which the tests check with a real dpkg in a clean root:
//
//   - Two builds of one source are equal byte for byte.
//   - The installed config passes "berth config check" and is readable by the
//     service's group and by nobody else.
//   - Nothing starts by being installed. An upgrade keeps what a site has changed.
//   - Removal keeps config and data. A purge removes the config; the data stays
//     until an admin removes it.
//   - The scripts work where there is no systemd.
package packages
