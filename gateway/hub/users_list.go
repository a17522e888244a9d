package hub

import (
	"context"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/berth-hpc/berth/gateway/admin"
	"github.com/berth-hpc/berth/gateway/session"
)

// The sizes of a page, as JupyterHub has them.
const (
	usualPage = 50
	mostPage  = 200
)

// mostLive bounds how many live sessions one list of people looks at.
const mostLive = 20_000

// page is which part of a list was asked for.
type page struct{ Offset, Limit int }

func pageOf(c *gin.Context) (page, error) {
	p := page{Limit: usualPage}
	for name, into := range map[string]*int{"offset": &p.Offset, "limit": &p.Limit} {
		text := c.Query(name)
		if text == "" {
			continue
		}
		n, err := strconv.Atoi(text)
		if err != nil || n < 0 || n > 10_000_000 {
			return p, refuse(http.StatusBadRequest, "Invalid argument type, offset and limit must be integers")
		}
		*into = n
	}
	p.Limit = max(1, min(p.Limit, mostPage))
	return p, nil
}

// pagination is what a client that asks for it is told beside the items.
type pagination struct {
	Offset int       `json:"offset"`
	Limit  int       `json:"limit"`
	Total  int       `json:"total"`
	Next   *nextPage `json:"next"`
}

type nextPage struct {
	Offset int    `json:"offset"`
	Limit  int    `json:"limit"`
	URL    string `json:"url"`
}

// answerPage writes a part of a list, in the shape that the client asks for.
func answerPage[T any](h *Hub, c *gin.Context, p page, items []T, total int) error {
	if items == nil {
		items = []T{}
	}
	if !wantsPages(c.Request.Header) {
		return answer(c, http.StatusOK, items)
	}
	about := pagination{Offset: p.Offset, Limit: p.Limit, Total: total}
	if p.Offset+p.Limit < total {
		query := c.Request.URL.Query()
		query.Set("offset", strconv.Itoa(p.Offset+p.Limit))
		query.Set("limit", strconv.Itoa(p.Limit))
		about.Next = &nextPage{p.Offset + p.Limit, p.Limit, h.PublicURL + (&url.URL{Path: c.Request.URL.Path, RawQuery: query.Encode()}).String()}
	}
	return answer(c, http.StatusOK, struct {
		Items []T        `json:"items"`
		About pagination `json:"_pagination"`
	}{items, about})
}

func wantsPages(h http.Header) bool {
	for part := range strings.SplitSeq(strings.Join(h.Values("Accept"), ","), ",") {
		if kind, _, err := mime.ParseMediaType(part); err == nil && kind == "application/jupyterhub-pagination+json" {
			return true
		}
	}
	return false
}

// usersList answers with people, by name: all of them, or those with a live
// session (?state=active), a ready one (ready), or none (inactive).
func (h *Hub) usersList(c *gin.Context) error {
	p, err := pageOf(c)
	if err != nil {
		return err
	}
	state := c.Query("state")
	switch state {
	case "", "active", "ready", "inactive":
	default:
		return refuse(http.StatusBadRequest, "Unrecognized state filter: it is active, inactive or ready")
	}
	ctx := c.Request.Context()
	live, err := h.live(ctx)
	if err != nil {
		return err
	}
	used, err := h.usedAll(ctx)
	if err != nil {
		return err
	}
	var people []admin.Person
	var total int
	if state == "" {
		people, total, err = h.Store.People(ctx, p.Offset, p.Limit)
	} else {
		people, total, err = h.peopleBy(ctx, state, live, p)
	}
	if err != nil {
		return err
	}
	_, stopped := c.GetQuery("include_stopped_servers")
	users := make([]User, len(people))
	for i, u := range people {
		servers := live[u.Name]
		if stopped {
			if servers, err = h.servers(ctx, u.Name, true); err != nil {
				return err
			}
		}
		users[i] = h.user(u.User, u.LastLoginAt, servers, used)
	}
	return answerPage(h, c, p, users, total)
}

// live are everybody's live sessions, by owner.
func (h *Hub) live(ctx context.Context) (map[string][]session.Session, error) {
	all, err := h.Everyone.Find(ctx, admin.SessionFilter{State: admin.Live, Limit: mostLive})
	if err != nil {
		return nil, err
	}
	by := map[string][]session.Session{}
	for _, s := range all {
		by[s.Owner] = append(by[s.Owner], s)
	}
	return by, nil
}

// peopleBy reads everybody, a part at a time, and keeps the page of those in the
// state.
func (h *Hub) peopleBy(ctx context.Context, state string, live map[string][]session.Session, p page) ([]admin.Person, int, error) {
	var kept []admin.Person
	total := 0
	for offset := 0; ; offset += mostPage {
		some, _, err := h.Store.People(ctx, offset, mostPage)
		if err != nil {
			return nil, 0, err
		}
		for _, u := range some {
			if !inState(state, live[u.Name]) {
				continue
			}
			if total >= p.Offset && len(kept) < p.Limit {
				kept = append(kept, u)
			}
			total++
		}
		if len(some) < mostPage {
			return kept, total, nil
		}
	}
}

func inState(state string, live []session.Session) bool {
	switch state {
	case "active":
		return len(live) > 0
	case "inactive":
		return len(live) == 0
	}
	for _, s := range live {
		if ready(s) {
			return true
		}
	}
	return false
}
