package cron

import (
	"errors"
	"fmt"
	"strings"
	"time"

	robfig "github.com/robfig/cron/v3"
)

// Off is the spec of a job that only runs when it is asked for.
const Off = "off"

// shortest is the smallest interval of "@every".
const shortest = 100 * time.Millisecond

// Schedule says when a job is due. The zero Schedule is never.
type Schedule struct {
	every  time.Duration   // "@every"
	fields robfig.Schedule // the rest
	zone   *time.Location
}

// Parse reads a spec; its times are of the zone. A date that never comes
// (31 February) is an error.
func Parse(spec string, zone *time.Location) (s Schedule, err error) {
	spec = strings.TrimSpace(spec)
	if spec == Off {
		return Schedule{}, nil
	}
	if text, ok := strings.CutPrefix(spec, "@every "); ok {
		every, err := time.ParseDuration(strings.TrimSpace(text))
		if err != nil {
			return s, fmt.Errorf("%q is not a span of time like 90s or 1h30m", strings.TrimSpace(text))
		}
		if every < shortest {
			return s, fmt.Errorf("%s is too often: the least is %s", every, shortest)
		}
		return Schedule{every: every, zone: zone}, nil
	}
	if strings.Contains(spec, "TZ=") {
		return s, errors.New("the time zone is that of time_zone, and not part of a spec")
	}
	fields, err := parseFields(spec)
	if err != nil {
		return s, err
	}
	s = Schedule{fields: fields, zone: zone}
	if s.Next(time.Date(2000, 1, 1, 0, 0, 0, 0, zone)).IsZero() {
		return Schedule{}, fmt.Errorf("%q never comes", spec)
	}
	return s, nil
}

// parseFields is robfig's parser, which panics at some texts.
func parseFields(spec string) (s robfig.Schedule, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("%q is no schedule", spec)
		}
	}()
	s, err = robfig.ParseStandard(spec)
	if err != nil {
		return nil, fmt.Errorf("%w; five fields like \"15 3 * * *\", @daily, \"@every 5m\" or off", err)
	}
	return s, nil
}

// Never reports whether the job is never due.
func (s Schedule) Never() bool { return s.every == 0 && s.fields == nil }

// Next is when the job is due after t; zero if never.
func (s Schedule) Next(t time.Time) time.Time {
	switch {
	case s.every > 0:
		return t.Add(s.every)
	case s.fields != nil:
		return s.fields.Next(t.In(s.zone))
	}
	return time.Time{}
}

// mostCounted bounds how many times that have passed are counted one by one.
const mostCounted = 100_000

// Passed says how often the job was due after from, until and with to, and when
// it was due first and last. A count of mostCounted may be more.
func (s Schedule) Passed(from, to time.Time) (n int, first, last time.Time) {
	if s.every > 0 {
		n = int(to.Sub(from) / s.every)
		if n <= 0 {
			return 0, first, last
		}
		return n, from.Add(s.every), from.Add(time.Duration(n) * s.every)
	}
	for at := s.Next(from); !at.IsZero() && !at.After(to) && n < mostCounted; at = s.Next(at) {
		if n == 0 {
			first = at
		}
		n, last = n+1, at
	}
	return n, first, last
}
