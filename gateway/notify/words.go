package notify

import (
	"strings"
	"unicode"
)

// subject says the news in a line.
func (n Notice) subject() string {
	switch n.Kind {
	case Ready:
		return n.Name + " is ready"
	case Ended:
		return n.Name + " has ended: " + n.Reason.Text()
	case EndsSoon:
		return n.Name + " ends soon"
	}
	return n.Name + " is not used and will be stopped"
}

// body is the mail's text.
func (n Notice) body(link string) string {
	lines := []string{n.subject() + "."}
	if n.Text != "" && n.Kind != Ready {
		lines = append(lines, "", oneLine(n.Text))
	}
	if n.Kind == Ready && n.Node != "" {
		lines = append(lines, "", "It runs on "+oneLine(n.Node)+".")
	}
	return strings.Join(append(lines, "", link, "",
		"You asked berth for mail about your sessions. The page of a session has a button that ends it."), "\r\n") + "\r\n"
}

// oneLine drops what could break out of a line.
func oneLine(s string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, "?"))
}
