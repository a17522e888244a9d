package limit_test

import (
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/berth-hpc/berth/batch"
	"github.com/berth-hpc/berth/gateway/limit"
)

// life is one session of a made-up site, kept for ever.
type life struct {
	who            limit.Subject
	held           limit.Held
	started, ended time.Time // zero: not yet
}

func (l life) live() bool { return l.ended.IsZero() }

// gpuSeconds is what it has used between two moments.
func (l life) gpuSeconds(from, until time.Time) int64 {
	if l.started.IsZero() {
		return 0
	}
	begin, end := l.started, until
	if !l.live() && l.ended.Before(until) {
		end = l.ended
	}
	if begin.Before(from) {
		begin = from
	}
	return int64(l.held.Resources.GPUs) * int64(max(end.Sub(begin), 0)/time.Second)
}

// town is a site where people come and go.
type town struct {
	set   limit.Set
	now   time.Time
	lives []life
}

var people = []limit.Subject{alice, bob, carol}

// account counts as a store would.
func (w *town) account(who limit.Who) (a limit.Account) {
	for _, l := range w.lives {
		switch {
		case !who.Is(l.who):
		case l.live():
			a.Held = append(a.Held, l.held)
		default:
			since := func(p limit.Period) int64 { from, _ := p.Bounds(w.now); return l.gpuSeconds(from, w.now) }
			a.Spent = append(a.Spent, limit.Spent{
				Cluster: l.held.Cluster, Queue: l.held.Queue, GPUType: l.held.Resources.GPUType,
				Day: since(limit.Day), Week: since(limit.Week), Month: since(limit.Month),
			})
		}
	}
	return a
}

func (w *town) usage(who limit.Subject, queue string) limit.Usage {
	used := limit.Usage{At: w.now, Own: w.account(user(who.User)), Together: map[limit.Who]limit.Account{}}
	for _, g := range w.set.Counting(who, limit.Scope{Cluster: "hpc", Queue: queue}).Together {
		used.Together[g] = w.account(g)
	}
	return used
}

func (w *town) launch(t *rapid.T) {
	who := rapid.SampledFrom(people).Draw(t, "who")
	q := ask(rapid.SampledFrom([]string{"gpu", "big"}).Draw(t, "queue"), rapid.IntRange(0, 4).Draw(t, "gpus"),
		rapid.SampledFrom([]string{"", "a100", "v100"}).Draw(t, "type"))
	q.TimeLimit = batch.Duration(time.Duration(rapid.IntRange(1, 40).Draw(t, "hours")) * time.Hour)
	if (limit.Admission{Who: who, Request: q, At: w.now}).Decide(w.set, w.usage(who, q.Queue)) != nil {
		return
	}
	w.lives = append(w.lives, life{who: who, held: limit.Held{
		Cluster: q.Cluster, Queue: q.Queue, Waiting: true, Resources: q.Resources, TimeLimit: q.TimeLimit,
	}})
}

// some is a session for which it holds.
func (w *town) some(t *rapid.T, is func(life) bool) *life {
	var found []int
	for i, l := range w.lives {
		if is(l) {
			found = append(found, i)
		}
	}
	if len(found) == 0 {
		t.Skip("none")
	}
	return &w.lives[rapid.SampledFrom(found).Draw(t, "which")]
}

func (w *town) start(t *rapid.T) {
	l := w.some(t, func(l life) bool { return l.live() && l.started.IsZero() })
	l.started, l.held.StartedAt, l.held.Waiting = w.now, w.now, false
}

func (w *town) stop(t *rapid.T) {
	w.some(t, life.live).ended = w.now
}

// wait lets time pass; what reaches its time limit ends.
func (w *town) wait(t *rapid.T) {
	w.now = w.now.Add(time.Duration(rapid.IntRange(1, 60).Draw(t, "wait")) * time.Hour)
	for i := range w.lives {
		l := &w.lives[i]
		if l.live() && !l.started.IsZero() && !l.started.Add(l.held.TimeLimit.Std()).After(w.now) {
			l.ended = l.started.Add(l.held.TimeLimit.Std())
		}
	}
}

// check looks at each rule on its own: what it is about never exceeds it,
// unless something more specific has taken its place for somebody.
func (w *town) check(t *rapid.T) {
	for _, r := range w.set.Rules {
		if r.Together {
			w.holds(t, r, func(who limit.Subject) bool { return r.Who.Is(who) }, r.Who.String())
			continue
		}
		for _, who := range people {
			for _, h := range w.set.Holding(who, "hpc", r.Scope.Queue) {
				if h.ID == r.ID {
					w.holds(t, r, func(s limit.Subject) bool { return s.User == who.User }, who.User)
				}
			}
		}
	}
}

func (w *town) holds(t *rapid.T, r limit.Rule, is func(limit.Subject) bool, whom string) {
	var sum int64
	f, _ := limit.FieldOf(r.Field)
	for _, l := range w.lives {
		res := l.held.Resources
		if !is(l.who) || !r.Scope.Covers(l.held.Cluster, l.held.Queue) || (r.GPUType != "" && res.GPUType != r.GPUType) {
			continue
		}
		switch {
		case f.Kind == limit.PerPeriod:
			from, _ := f.Period.Bounds(w.now)
			sum += l.gpuSeconds(from, w.now)
		case !l.live():
		case f.Name == limit.Sessions, f.Name == limit.Pending && l.held.Waiting:
			sum++
		case f.Name == limit.GPUs:
			sum += int64(res.GPUs)
		case f.Name == limit.CPUs:
			sum += int64(res.CPUs)
		}
	}
	if sum > r.Value {
		t.Fatalf("%s has %d, the limit is %d: %+v", whom, sum, r.Value, r)
	}
}

func drawRules(t *rapid.T) limit.Set {
	fields := []string{limit.Sessions, limit.Pending, limit.GPUs, limit.CPUs, limit.GPUHoursDay, limit.GPUHoursWeek, limit.GPUHoursMonth}
	var set limit.Set
	seen := map[limit.Key]bool{}
	for i := range rapid.IntRange(1, 8).Draw(t, "rules") {
		r := limit.Rule{
			ID: fmt.Sprintf("rule%c%011d", 'a'+i, 0), Field: rapid.SampledFrom(fields).Draw(t, "field"),
			Who:   rapid.SampledFrom([]limit.Who{everyone, group("ml"), group("physics"), user("alice")}).Draw(t, "whom"),
			Scope: limit.Scope{Queue: rapid.SampledFrom([]string{"", "gpu"}).Draw(t, "in")},
			Value: int64(rapid.IntRange(0, 12).Draw(t, "value")),
		}
		f, _ := limit.FieldOf(r.Field)
		if f.ByType {
			r.GPUType = rapid.SampledFrom([]string{"", "a100"}).Draw(t, "of")
		}
		if f.Kind == limit.PerPeriod {
			r.Value *= 20 * 3600
		}
		r.Together = r.Who.Kind != limit.User && rapid.Bool().Draw(t, "together")
		if !seen[r.Key()] {
			seen[r.Key()] = true
			set.Rules = append(set.Rules, r)
		}
	}
	return set
}

// TestNothingEverExceedsALimit: whoever asks for what, starts and ends when, at
// any hour of any day, week and month.
func TestNothingEverExceedsALimit(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		w := &town{set: drawRules(t), now: monday}
		t.Repeat(map[string]func(*rapid.T){
			"launch": w.launch, "start": w.start, "stop": w.stop, "wait": w.wait, "": w.check,
		})
	})
}

// TestWhatIsExplainedIsWhatIsAdmitted: up to what an explanation leaves is
// admitted by each limit, and one more is not.
func TestWhatIsExplainedIsWhatIsAdmitted(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		w := &town{set: drawRules(t), now: monday}
		for range 12 {
			w.launch(t)
		}
		who := rapid.SampledFrom(people).Draw(t, "person")
		used := w.usage(who, "gpu")
		x := w.set.Explain(who, "hpc", "gpu", used)
		for _, e := range x.Limits {
			switch e.Field.Name {
			case limit.GPUs:
				q := ask("gpu", int(e.Left())+1, e.GPUType)
				if x.Admit(q) == nil {
					t.Fatalf("one more than %d was admitted: %+v", e.Left(), e)
				}
			case limit.Sessions, limit.Pending:
				if e.Left() == 0 && x.Closed() == nil {
					t.Fatalf("nothing is left, but it is not closed: %+v", e)
				}
			}
		}
		q := ask("gpu", 1, "a100")
		if most, ok := x.Most("gpus", "a100"); ok {
			q.Resources.GPUs = int(most.Left())
		}
		explained := x.Admit(q)
		err := limit.Admission{Who: who, Request: q, At: w.now}.Decide(w.set, used)
		if (explained == nil) != (err == nil) || explained != nil && explained.Error() != err.Error() {
			t.Fatalf("explained: %v, decided: %v", explained, err)
		}
		if explained != nil && explained.Limit == limit.GPUs {
			t.Fatalf("what is left of GPUs is refused for GPUs: %v", explained)
		}
	})
}
