package web

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/gin-gonic/gin"
	"golang.org/x/time/rate"

	"github.com/berth-hpc/berth/gateway/session"
)

// How often one person may ask what a launch would do: each time the scheduler
// looks through its whole queue.
const (
	planEvery = 5 * time.Second
	planBurst = 4
	mostPaced = 10_000
)

// planPace bounds how often people ask.
type planPace struct {
	mu     sync.Mutex
	people map[string]*rate.Limiter
}

func (p *planPace) allow(user string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.people == nil || len(p.people) >= mostPaced {
		p.people = map[string]*rate.Limiter{}
	}
	l := p.people[user]
	if l == nil {
		l = rate.NewLimiter(rate.Every(planEvery), planBurst)
		p.people[user] = l
	}
	return l.Allow()
}

// planView is what a launch would do, as the form shows it.
type planView struct {
	Start   string // in words
	Known   bool
	At      moment
	Others  []otherView
	Command string
	Script  string
}

// otherView is a request that would begin earlier, and the link that fills it in.
type otherView struct {
	Words string
	At    moment
	Link  string
}

// sessionPlan shows the form again, with what a launch of it would do. It starts
// nothing; it is a POST because it asks the scheduler.
func (w *Web) sessionPlan(c *gin.Context) error {
	if err := parseForm(c); err != nil {
		return err
	}
	values := launchValues(c.Request.PostForm, w.Board.All())
	ctx := c.Request.Context()
	form := w.launchForm(ctx, values, false)
	if !w.planPace.allow(subject(ctx).User) {
		form.Banner = &banner{Tone: "warn", Title: "One moment", Lines: []bannerLine{{Text: "That was asked several times just now. Try again in a few seconds."}}}
		return w.renderForm(c, http.StatusTooManyRequests, form)
	}
	plan, err := w.Sessions.Plan(ctx, subject(ctx), values)
	if err == nil {
		form.Plan = w.planView(plan, values)
		return w.renderForm(c, http.StatusOK, form)
	}
	status := form.refuse(err)
	if status == 0 {
		return err
	}
	return w.renderForm(c, status, form)
}

func (w *Web) planView(p session.Plan, values session.Request) *planView {
	now := w.Now()
	v := &planView{Command: shellWords(p.Command), Script: plain(string(p.Script))}
	switch {
	case p.Start.IsZero():
		v.Start = "The scheduler cannot say when it would start."
	case p.Start.Sub(now) < time.Minute:
		v.Start, v.Known = "It would start at once, the scheduler thinks.", true
	default:
		v.Start, v.Known, v.At = "The scheduler thinks that it would start at", true, clock(p.Start, now)
	}
	for _, o := range p.Others {
		other := otherView{Link: formLink(values, o), Words: "In " + plain(o.Queue)}
		if o.Queue == p.Launch.Queue {
			other.Words = "With " + count(o.GPUs, "GPU", "GPUs")
		}
		if o.Start.Sub(now) < time.Minute {
			other.Words += " at once"
		} else {
			other.Words, other.At = other.Words+" at", clock(o.Start, now)
		}
		v.Others = append(v.Others, other)
	}
	return v
}

// formLink fills the form in with the other request.
func formLink(values session.Request, o session.Alternative) string {
	q := url.Values{}
	for field, v := range values {
		q.Set(field, v)
	}
	q.Set("queue", o.Queue)
	q.Set("gpus", strconv.Itoa(o.GPUs))
	return "/sessions/new?" + q.Encode()
}

// shellWords writes an argv as one could type it.
func shellWords(argv []string) string {
	words := make([]string, len(argv))
	for i, word := range argv {
		words[i] = word
		if word == "" || strings.ContainsFunc(word, func(r rune) bool {
			return !strings.ContainsRune("%+,-./:=@_", r) && (r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z')
		}) {
			words[i] = "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
		}
	}
	return plain(strings.Join(words, " "))
}
