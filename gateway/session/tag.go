package session

import "strings"

// TagPrefix begins the tags of every job of an installation.
func TagPrefix(installation string) string { return "berth:" + installation + ":" }

// Tag is what the session's job carries in its name.
func (s Session) Tag(installation string) string {
	return TagPrefix(installation) + string(s.ID) + ":1"
}

// OfTag reads the session's id out of a tag of that installation. Anyone can
// name a job so: it is a hint and proves nothing.
func OfTag(installation, tag string) (ID, bool) {
	rest, ok := strings.CutPrefix(tag, TagPrefix(installation))
	if !ok {
		return "", false
	}
	id, _, ok := strings.Cut(rest, ":")
	return ID(id), ok && ID(id).Valid()
}
