package hint

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/berth-hpc/berth/batch"
	"github.com/berth-hpc/berth/gateway/session"
)

// mostHints is how many are said of one end.
const mostHints = 3

// Known is what is known of an end.
type Known struct {
	Session    session.Session
	MemoryPeak int64    // bytes; 0: not measured
	Log        []string // the last lines, oldest first
}

// Hint is what to say, and what to ask for instead.
type Hint struct {
	Text   string
	Change map[string]string // by field of a launch request; nil: nothing
}

// Find says what fits, the site's words first, three at most.
func (t Table) Find(k Known) []Hint {
	if k.Session.Live() {
		return nil
	}
	values := valuesOf(k)
	lines := k.Log[max(len(k.Log)-mostLines, 0):]
	said := map[string]bool{}
	var hints []Hint
	for _, r := range t.rules {
		if len(hints) == mostHints {
			break
		}
		if r.Name != "" && said[r.Name] || !r.Match.fits(k.Session) {
			continue
		}
		values["found"] = ""
		if r.log != nil {
			found, ok := search(r, lines)
			if !ok {
				continue
			}
			values["found"] = found
		}
		text, ok := r.text.fill(values)
		if !ok {
			continue
		}
		said[r.Name] = true
		if text != "" {
			hints = append(hints, Hint{Text: text, Change: r.changed(k.Session)})
		}
	}
	return hints
}

func (m Match) fits(s session.Session) bool {
	code := func(want int) bool { return s.ExitCode != nil && *s.ExitCode == want }
	switch {
	case len(m.Reason) > 0 && !slices.Contains(m.Reason, string(s.Reason)),
		len(m.ExitCode) > 0 && !slices.ContainsFunc(m.ExitCode, code),
		len(m.Signal) > 0 && !slices.Contains(m.Signal, s.Signal),
		len(m.App) > 0 && !slices.Contains(m.App, s.App),
		len(m.Queue) > 0 && !slices.Contains(m.Queue, s.Queue):
		return false
	}
	return true
}

// search finds the newest line that the rule's pattern fits.
func search(r compiled, lines []string) (string, bool) {
	for _, line := range slices.Backward(lines) {
		found := r.log.FindStringSubmatch(line[:min(len(line), mostLine)])
		if found == nil {
			continue
		}
		text := found[0]
		if len(found) > 1 {
			text = found[1]
		}
		if len(text) > mostFound {
			text = strings.ToValidUTF8(text[:mostFound], "") + "…"
		}
		return text, true
	}
	return "", false
}

func (c compiled) changed(s session.Session) map[string]string {
	var all map[string]string
	for _, step := range c.change {
		v := step.of(s)
		if v == "" {
			return nil
		}
		if all == nil {
			all = map[string]string{}
		}
		all[step.field] = v
	}
	return all
}

func valuesOf(k Known) map[string]string {
	s := k.Session
	v := map[string]string{"app": s.App, "queue": s.Queue, "node": s.Node, "gpu_type": s.Resources.GPUType}
	if s.Resources.Memory > 0 {
		v["memory"] = s.Resources.Memory.Human()
	}
	if k.MemoryPeak > 0 {
		v["memory_peak"] = batch.Bytes(k.MemoryPeak).Human()
	}
	if s.TimeLimit > 0 {
		v["time_limit"] = s.TimeLimit.String()
	}
	if s.EndedAt.After(s.StartedAt) && !s.StartedAt.IsZero() {
		v["ran"] = spanWords(int(s.EndedAt.Sub(s.StartedAt).Seconds()))
	}
	if s.Resources.CPUs > 0 {
		v["cpus"] = strconv.Itoa(s.Resources.CPUs)
	}
	if s.Resources.GPUs > 0 {
		v["gpus"] = strconv.Itoa(s.Resources.GPUs)
	}
	if s.ExitCode != nil {
		v["exit_code"] = strconv.Itoa(*s.ExitCode)
	}
	if s.Signal > 0 {
		v["signal"] = strconv.Itoa(s.Signal)
	}
	return v
}

// spanWords says how long something took, like "1 h 20 min".
func spanWords(s int) string {
	switch h, m := s/3600, s%3600/60; {
	case h == 0 && m == 0:
		return fmt.Sprintf("%d s", s)
	case h == 0:
		return fmt.Sprintf("%d min", m)
	case m == 0:
		return fmt.Sprintf("%d h", h)
	default:
		return fmt.Sprintf("%d h %d min", h, m)
	}
}
