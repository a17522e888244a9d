package web

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/berth-hpc/berth/gateway/admin"
)

const (
	adminUsers  = "/admin/users"
	adminGroups = "/admin/groups"
)

// adminUsersPage lists people who have signed in at least once.
type adminUsersPage struct {
	frame
	Filter *filterBar
	Rows   []personView
	Pager  pager
}

type personView struct {
	Name, DisplayName, Mail string
	Admin                   bool
	Groups                  []string
	Seen                    moment
	Sessions, GPUs, CPUs    int
	Logins, Tokens          int
}

func (w *Web) personView(p admin.Person) personView {
	v := personView{
		Name: plain(p.Name), DisplayName: plain(p.DisplayName), Mail: plain(p.Mail), Admin: p.Admin,
		Seen: ago(p.LastLoginAt, w.Now()), Sessions: p.Sessions, GPUs: p.GPUs, CPUs: p.CPUs, Logins: p.Logins, Tokens: p.Tokens,
	}
	for _, g := range p.Groups {
		v.Groups = append(v.Groups, plain(g))
	}
	return v
}

func (w *Web) adminUsersList(c *gin.Context) error {
	query := c.Request.URL.Query()
	page := adminUsersPage{frame: w.console(c.Request, "Users", adminUsers)}
	page.Filter = newFilter(adminUsers, query,
		filterField{Kind: "search", Name: "q", Label: "Search", Placeholder: "name or mail"},
		filterField{Kind: "text", Name: "group", Label: "Group"})
	here := placeName(query.Get(afterKey))
	people, err := w.Admin.Users.Store.FindUsers(c.Request.Context(), admin.PersonFilter{
		Text: page.Filter.Get("q"), Group: page.Filter.Get("group"), After: here, Limit: pageRows + 1,
	})
	if err != nil {
		return err
	}
	people, page.Pager = paged(people, page.Filter, here, func(p admin.Person) string { return p.Name })
	page.Pager.FirstWords, page.Pager.NextWords = "First", "Next"
	for _, p := range people {
		page.Rows = append(page.Rows, w.personView(p))
	}
	return w.render(c, http.StatusOK, "admin_users_list", &page)
}

// adminGroupsPage lists groups whose members hold something now.
type adminGroupsPage struct {
	frame
	Filter *filterBar
	Rows   []admin.Group
	Pager  pager
}

func (w *Web) adminGroupsList(c *gin.Context) error {
	query := c.Request.URL.Query()
	page := adminGroupsPage{frame: w.console(c.Request, "Groups", adminUsers)}
	page.Filter = newFilter(adminGroups, query, filterField{Kind: "search", Name: "q", Label: "Search", Placeholder: "how it begins"})
	here := placeName(query.Get(afterKey))
	groups, err := w.Admin.Users.Store.FindGroups(c.Request.Context(), admin.GroupFilter{
		Name: page.Filter.Get("q"), After: here, Limit: pageRows + 1,
	})
	if err != nil {
		return err
	}
	groups, page.Pager = paged(groups, page.Filter, here, func(g admin.Group) string { return g.Name })
	page.Pager.FirstWords, page.Pager.NextWords = "First", "Next"
	for i := range groups {
		groups[i].Name = plain(groups[i].Name)
	}
	page.Rows = groups
	return w.render(c, http.StatusOK, "admin_groups_list", &page)
}

// placeName is a name that a page of a list begins behind; what is none is the
// list's beginning.
func placeName(text string) string {
	if len(text) > mostValue || plain(text) != text {
		return ""
	}
	return text
}
