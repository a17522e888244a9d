package usage

import (
	"time"

	"github.com/berth-hpc/berth/gateway/session"
)

// defaultDays is what is reported when nobody says.
const defaultDays = 30

// Ask is a query in words: as it comes in a URL or on a command line.
type Ask struct{ From, To, By string }

// Query reads the words. Days are 2026-03-14; without them it is the last 30
// days until today. *BadQuery.
func (a Ask) Query(now time.Time) (Query, error) {
	q := Query{By: By(a.By), To: day(now)}
	var err error
	if a.To != "" {
		if q.To, err = time.Parse(time.DateOnly, a.To); err != nil {
			return q, &BadQuery{"to", "must be a day like 2026-03-14"}
		}
	}
	q.From = q.To.AddDate(0, 0, 1-defaultDays)
	if a.From != "" {
		if q.From, err = time.Parse(time.DateOnly, a.From); err != nil {
			return q, &BadQuery{"from", "must be a day like 2026-03-14"}
		}
	}
	return q.Check()
}

// Invalid is the fault as a refused request names it.
func (e *BadQuery) Invalid() *session.Invalid {
	return &session.Invalid{Faults: []session.Fault{{Field: e.Field, Message: e.Error()}}}
}
