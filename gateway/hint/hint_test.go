package hint_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/berth-hpc/berth/batch"
	"github.com/berth-hpc/berth/gateway/hint"
	"github.com/berth-hpc/berth/gateway/session"
)

func ended(reason session.EndReason, change ...func(*session.Session)) session.Session {
	at := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	s := session.Session{
		State: session.Ended, Reason: reason, App: "lab", Queue: "gpu", Node: "n1",
		Resources: batch.Resources{CPUs: 4, Memory: 8 * batch.GiB, GPUs: 1, GPUType: "a100"}, TimeLimit: batch.Duration(90 * time.Minute),
		StartedAt: at, EndedAt: at.Add(80 * time.Minute),
	}
	for _, f := range change {
		f(&s)
	}
	return s
}

func exit(code int) func(*session.Session) { return func(s *session.Session) { s.ExitCode = &code } }

func TestBuiltin(t *testing.T) {
	t.Parallel()
	twice := map[string]string{"memory": "16G"}
	for name, c := range map[string]struct {
		known hint.Known
		want  []hint.Hint
	}{
		"memory, measured": {
			hint.Known{Session: ended(session.OutOfMemory), MemoryPeak: 8 << 30},
			[]hint.Hint{{Text: "It used up to 8 GB of the 8 GB that it had. Ask for more, or load less data at once.", Change: twice}},
		},
		"memory, not measured": {
			hint.Known{Session: ended(session.OutOfMemory)},
			[]hint.Hint{{Text: "It had 8 GB. Ask for more, or load less data at once.", Change: twice}},
		},
		"memory, nothing known": {
			hint.Known{Session: ended(session.OutOfMemory, func(s *session.Session) { s.Resources.Memory = 0 })},
			[]hint.Hint{{Text: "Ask for more memory next time, or load less data at once."}},
		},
		"memory, by the log alone": {
			hint.Known{Session: ended(session.Failed, exit(1)), Log: []string{"starting", "MemoryError: cannot", "bye"}},
			[]hint.Hint{
				{Text: "The log speaks of memory: “MemoryError”. It had 8 GB; ask for more, or load less data at once.", Change: twice},
				{Text: "The last lines of the log often say why."},
			},
		},
		"time": {
			hint.Known{Session: ended(session.TimedOut)},
			[]hint.Hint{{Text: "It had 1h30m. Ask for a longer time limit if the work needs it.", Change: map[string]string{"time_limit": "3h"}}},
		},
		"a GPU's memory": {
			hint.Known{Session: ended(session.Failed), Log: []string{"torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.00 GiB"}},
			[]hint.Hint{
				{Text: "The GPU’s memory was full (“CUDA out of memory”). Use smaller batches, or GPUs with more memory; more of the job’s own memory does not help."},
				{Text: "The last lines of the log often say why."},
			},
		},
		"a module": {
			hint.Known{Session: ended(session.Failed, exit(127)), Log: []string{"ModuleNotFoundError: No module named 'jupyterlab'"}},
			[]hint.Hint{
				{Text: "A Python module is missing (jupyterlab). Install it into the environment that the app runs in."},
				{Text: "The last lines of the log often say why."},
			},
		},
		"somebody stopped it": {hint.Known{Session: ended(session.StoppedByOwner), Log: []string{"MemoryError"}}, nil},
		"it lives":            {hint.Known{Session: session.Session{State: session.Ready}}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(c.want, hint.Builtin().Find(c.known)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestEveryUnwantedEndHasAHint: nobody is left alone with an end that was not
// asked for.
func TestEveryUnwantedEndHasAHint(t *testing.T) {
	t.Parallel()
	wanted := []session.EndReason{
		session.StoppedByOwner, session.StoppedByAdmin, session.StoppedIdle, session.Finished, session.Cancelled,
	}
	for _, r := range session.EndReasons() {
		hints := hint.Builtin().Find(hint.Known{Session: session.Session{State: session.Ended, Reason: r}})
		if len(hints) == 0 && !slices.Contains(wanted, r) && r != session.TimedOut {
			t.Errorf("%s: nothing is said", r)
		}
	}
}

func TestASitesOwnComesFirst(t *testing.T) {
	t.Parallel()
	table, err := hint.Compile([]hint.Rule{
		{Name: "time", Match: hint.Match{Reason: []string{"timeout"}, Queue: []string{"short"}}, Text: "Use the partition long.", Change: map[string]string{"queue": "long", "time_limit": "2d"}},
		{Name: "time", Match: hint.Match{Reason: []string{"timeout"}, Queue: []string{"debug"}}},
		{Match: hint.Match{Reason: []string{"timeout"}, App: []string{"lab"}, Log: `^step (\d+)`}, Text: "Write checkpoints: it was at step {found} on {node} after {ran}, {{so}."},
	})
	if err != nil {
		t.Fatal(err)
	}
	in := func(queue string) session.Session {
		return ended(session.TimedOut, func(s *session.Session) { s.Queue = queue })
	}
	for _, c := range []struct {
		queue string
		log   []string
		want  []string
	}{
		{"short", nil, []string{"Use the partition long."}},
		{"debug", nil, nil},
		{"gpu", []string{"step 1", "step 41 of 50", "saved"}, []string{
			"Write checkpoints: it was at step 41 on n1 after 1 h 20 min, {so}.",
			"It had 1h30m. Ask for a longer time limit if the work needs it.",
		}},
	} {
		var got []string
		for _, h := range table.Find(hint.Known{Session: in(c.queue), Log: c.log}) {
			got = append(got, h.Text)
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.queue, diff)
		}
	}
}

func TestWhatIsWrongIsNamed(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		rule hint.Rule
		want string // key and a word
	}{
		"nothing":            {hint.Rule{}, "text is needed"},
		"reason":             {hint.Rule{Text: "x", Match: hint.Match{Reason: []string{"failed", "oom"}}}, `match.reason[1] "oom"`},
		"pattern":            {hint.Rule{Text: "x", Match: hint.Match{Log: "("}}, "match.log missing"},
		"backreference":      {hint.Rule{Text: "x", Match: hint.Match{Log: `(a)\1`}}, "match.log escape"},
		"too long":           {hint.Rule{Text: "x", Match: hint.Match{Log: strings.Repeat("a", 301)}}, "match.log 300"},
		"value":              {hint.Rule{Text: "{memroy}"}, `text "memroy"`},
		"open":               {hint.Rule{Text: "{memory"}, "text closed"},
		"found, no log":      {hint.Rule{Text: "{found}"}, "text match.log"},
		"field":              {hint.Rule{Text: "x", Change: map[string]string{"ram": "1G"}}, "change.ram field"},
		"name":               {hint.Rule{Text: "x", Change: map[string]string{"name": "a"}}, "change.name field"},
		"times nothing":      {hint.Rule{Text: "x", Change: map[string]string{"memory": "x0"}}, "change.memory between"},
		"times not a number": {hint.Rule{Text: "x", Change: map[string]string{"cpus": "xNaN"}}, "change.cpus between"},
		"times a queue":      {hint.Rule{Text: "x", Change: map[string]string{"queue": "x2"}}, "change.queue multiplied"},
		"no amount":          {hint.Rule{Text: "x", Change: map[string]string{"memory": "much"}}, "change.memory value"},
	} {
		_, err := hint.Compile([]hint.Rule{c.rule})
		f, ok := errors.AsType[*hint.Fault](err)
		key, word, _ := strings.Cut(c.want, " ")
		if !ok || f.Key != key || !strings.Contains(f.Message, word) || f.Rule != 0 {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// FuzzRule: no rule and no log makes a table do anything but say words.
func FuzzRule(f *testing.F) {
	f.Add("{memory} {{", `out of (memory)`, "memory", "x2", "out of memory\nbye")
	f.Add("{found}", `(a|b)*c`, "queue", "long", "aaaaab")
	f.Add("{", "[", "name", "", "")
	f.Fuzz(func(t *testing.T, text, pattern, field, value, log string) {
		table, err := hint.Compile([]hint.Rule{{
			Name: "n", Match: hint.Match{Log: pattern}, Text: text, Change: map[string]string{field: value},
		}})
		if err != nil {
			return
		}
		hints := table.Find(hint.Known{Session: ended(session.Failed), MemoryPeak: 1, Log: strings.Split(log, "\n")})
		if len(hints) > 3 {
			t.Fatalf("%d hints", len(hints))
		}
		for _, h := range hints {
			if len(h.Text) > 20*len(text)*100+2000 {
				t.Fatalf("%d bytes of %d", len(h.Text), len(text))
			}
			for changed, v := range h.Change {
				if !slices.Contains(session.Fields, changed) || v == "" {
					t.Fatalf("changes %q to %q", changed, v)
				}
			}
		}
	})
}
