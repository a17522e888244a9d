package web

import (
	"context"
	"net/http"

	"github.com/berth-hpc/berth/gateway/admin"
)

// noteView is an announcement as people see it.
type noteView struct {
	Tone, Text string
}

// tones of the severities.
var severityTones = map[admin.Severity]string{admin.Info: "busy", admin.Warning: "warn", admin.Danger: "bad"}

// notes are the announcements for everybody that are shown now.
func (w *Web) notes(r *http.Request) []noteView {
	var notes []noteView
	for _, a := range w.Admin.Announcements.Active(r.Context()) {
		if a.Everybody() {
			notes = append(notes, noteView{severityTones[a.Severity], plain(a.Text)})
		}
	}
	return notes
}

// queueNotices are the announcements that concern one queue, or with "" any; not
// those for everybody, which are on every page anyhow.
func (w *Web) queueNotices(ctx context.Context, cluster, queue string) []notice {
	var found []notice
	for _, a := range w.Admin.Announcements.Active(ctx) {
		if a.Everybody() || queue != "" && !a.Concerns(cluster, queue) {
			continue
		}
		found = append(found, notice{Tone: severityTones[a.Severity], Title: "About " + scopeWords(a), Text: plain(a.Text)})
	}
	return found
}

// scopeWords says what an announcement is about.
func scopeWords(a admin.Announcement) string {
	switch {
	case a.Queue == "" && a.Cluster == "":
		return "everything"
	case a.Queue == "":
		return plain(a.Cluster)
	case a.Cluster == "":
		return plain(a.Queue)
	}
	return plain(a.Queue + " on " + a.Cluster)
}
