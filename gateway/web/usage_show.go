package web

import (
	"errors"
	"net/http"
	"net/url"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/berth-hpc/berth/gateway/usage"
)

const adminUsage = "/admin/usage"

// usageShowPage shows what sessions held and used.
type usageShowPage struct {
	frame
	Filter  *filterBar
	Fault   string
	Of      string    // "GPU" or "CPU"
	Spans   []tabView // how many days
	Words   string    // which days
	Stats   []statView
	Days    *daysView
	Ranking rankingView
	Waits   *waitsView
	Ends    []endCount
	CSV     string
	JSON    string
}

// tabView is one of several ways to look at a page.
type tabView struct {
	Name, Href string
	Current    bool
}

// statView is one large number.
type statView struct{ Value, Words string }

func (w *Web) usageShow(c *gin.Context) error {
	query := c.Request.URL.Query()
	page := usageShowPage{frame: w.console(c.Request, "Usage", adminUsage), Of: "GPU"}
	if query.Get("of") == "cpu" {
		page.Of = "CPU"
	}
	page.Filter = usageFilter(query)
	ask := usage.Ask{From: page.Filter.Get("from"), To: page.Filter.Get("to"), By: page.Filter.Get("by")}
	if ask.By == "" {
		ask.By = string(usage.ByUser)
	}
	q, err := ask.Query(w.Now())
	if bad := (*usage.BadQuery)(nil); errors.As(err, &bad) {
		page.Fault = bad.Error()
		q, err = usage.Ask{By: string(usage.ByUser)}.Query(w.Now())
	}
	if err != nil {
		return err
	}
	q.User, q.Group, q.Account = page.Filter.Get("user"), page.Filter.Get("group"), page.Filter.Get("account")
	q.Queue, q.App, q.GPUType = page.Filter.Get("queue"), page.Filter.Get("app"), page.Filter.Get("gpu")
	ctx := c.Request.Context()
	report, err := w.Reports.Report(ctx, q)
	if err != nil {
		return err
	}
	days := q
	days.By = usage.ByDay
	rows, err := w.Reports.Rows(ctx, days)
	if err != nil {
		return err
	}
	page.fill(q, report, rows, query, w.Now())
	return w.render(c, http.StatusOK, "usage_show", &page)
}

func usageFilter(query url.Values) *filterBar {
	f := newFilter(adminUsage, query,
		filterField{Kind: "date", Name: "from", Label: "From"},
		filterField{Kind: "date", Name: "to", Label: "To"},
		filterField{Name: "of", Label: "Count", Options: []option{{"", "GPUs"}, {"cpu", "CPUs"}}},
		filterField{Name: "by", Label: "By", Options: []option{
			{"", "person"},
			{"group", "group"},
			{"account", "account"},
			{"queue", "partition"},
			{"gpu", "GPU type"},
			{"app", "app"},
			{"cluster", "cluster"},
		}},
		filterField{Kind: "text", Name: "user", Label: "Person"},
		filterField{Kind: "text", Name: "group", Label: "Group"},
		filterField{Kind: "text", Name: "account", Label: "Account"},
		filterField{Kind: "text", Name: "queue", Label: "Partition"},
		filterField{Kind: "text", Name: "app", Label: "App"},
		filterField{Kind: "text", Name: "gpu", Label: "GPU type"})
	return f
}

// fill puts the report on the page.
func (p *usageShowPage) fill(q usage.Query, r usage.Report, days []usage.Row, query url.Values, now time.Time) {
	of := ofCPU
	if p.Of == "GPU" {
		of = ofGPU
	}
	today := now.UTC().Truncate(24 * time.Hour)
	for _, s := range []struct {
		name string
		days int
	}{{"7 days", 7}, {"30 days", 30}, {"90 days", 90}, {"A year", 365}} {
		from := today.AddDate(0, 0, 1-s.days)
		p.Spans = append(p.Spans, tabView{
			s.name, adminUsage + "?" + queryWith(query, "from", from.Format(time.DateOnly), "to", today.Format(time.DateOnly)), q.From.Equal(from) && q.To.Equal(today),
		})
	}
	p.Filter.Fields[0].Value, p.Filter.Fields[1].Value = r.From, r.To
	p.Words = dayWords(q.From, now) + " to " + dayWords(q.To, now)
	p.Stats = of.stats(r)
	p.Days = daysOf(of, days, q.From, q.To)
	p.Ranking = ranking(of, r, func(key string) string { return drill(q.By, key, query) })
	p.Waits = waitsOf(r.Waits)
	p.Ends = endsOf(r.Failures)
	api := url.Values{"from": {r.From}, "to": {r.To}, "by": {string(q.By)}}
	for name, value := range map[string]string{"user": q.User, "group": q.Group, "account": q.Account, "queue": q.Queue, "app": q.App, "gpu": q.GPUType} {
		if value != "" {
			api.Set(name, value)
		}
	}
	p.JSON = "/api/v1/admin/usage?" + api.Encode()
	api.Set("format", "csv")
	p.CSV = "/api/v1/admin/usage?" + api.Encode()
}

// queryWith is the query with some values set; "" takes one out.
func queryWith(query url.Values, set ...string) string {
	next := url.Values{}
	for name, values := range query {
		if len(values) > 0 && values[0] != "" {
			next.Set(name, values[0])
		}
	}
	for i := 0; i+1 < len(set); i += 2 {
		if next.Del(set[i]); set[i+1] != "" {
			next.Set(set[i], set[i+1])
		}
	}
	return next.Encode()
}

// drill leads from a row to the report on what it is about.
func drill(by usage.By, key string, query url.Values) string {
	field := map[usage.By]string{
		usage.ByUser: "user", usage.ByGroup: "group", usage.ByAccount: "account", usage.ByApp: "app", usage.ByGPU: "gpu",
	}[by]
	if field == "" || key == "" {
		return ""
	}
	next := ""
	if by == usage.ByUser {
		next = "queue"
	}
	return adminUsage + "?" + queryWith(query, field, key, "by", next)
}

// dayWords is a day without the year where that is this one.
func dayWords(d, now time.Time) string {
	if d.Year() == now.UTC().Year() {
		return d.Format("2 January")
	}
	return d.Format("2 January 2006")
}
