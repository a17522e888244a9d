package web

import "net/http"

// consoleGroup is one part of the navigation of the admins' pages.
type consoleGroup struct {
	Name    string
	Entries []consoleEntry
}

// consoleEntry is one page of it.
type consoleEntry struct {
	Name, Path, Icon string
	Current          bool
}

// console is that navigation. A page belongs to the entry whose Path it passes
// to w.console; an entry stands here only if its page is there.
var console = []consoleGroup{
	{"Now", []consoleEntry{
		{Name: "Overview", Path: adminOverview, Icon: "gauge"},
		{Name: "Sessions", Path: adminSessions, Icon: "anchor"},
		{Name: "Users", Path: adminUsers, Icon: "people"},
		{Name: "Partitions", Path: adminPartitions, Icon: "node"},
		{Name: "Usage", Path: adminUsage, Icon: "stats"},
	}},
	{"Rules", []consoleEntry{
		{Name: "Limits", Path: adminLimits, Icon: "rule"},
		{Name: "Maintenance", Path: adminMaintenance, Icon: "wrench"},
		{Name: "Announcements", Path: adminAnnouncements, Icon: "horn"},
	}},
	{"Upkeep", []consoleEntry{
		{Name: "Health", Path: adminHealth, Icon: "heart"},
		{Name: "Jobs", Path: adminJobs, Icon: "repeat"},
		{Name: "Drift", Path: "/admin/drift", Icon: "alert"},
		{Name: "Audit log", Path: adminAudit, Icon: "scroll"},
	}},
}

// console begins an admins' page; path is its entry's.
func (w *Web) console(r *http.Request, title, path string) frame {
	f := w.frame(r, title, "admin")
	f.Console = make([]consoleGroup, len(console))
	for i, g := range console {
		f.Console[i].Name = g.Name
		for _, e := range g.Entries {
			e.Current = e.Path == path
			if e.Current {
				f.Here = e.Name
			}
			f.Console[i].Entries = append(f.Console[i].Entries, e)
		}
	}
	return f
}
