package usage

import (
	"context"
	"fmt"
	"time"
)

// openDays is how many days back a day may still change: samples that were
// measured before midnight are written after it.
const openDays = 2

// MinPseudonymDays is the least age at which names can be replaced: a day must
// be closed by then.
const MinPseudonymDays = 7

// Policy is how long the site keeps what. Zero keeps for ever.
type Policy struct {
	Samples   time.Duration // minutes of use
	Reports   time.Duration // whole days of reports
	Pseudonym time.Duration // age at which names in whole days are replaced
}

// RollUpStore keeps whole days.
type RollUpStore interface {
	// RolledUntil is the first day that is counted from the rows, and the first
	// day on which there was anything to count.
	RolledUntil(ctx context.Context) (until, first time.Time, err error)
	// RollUp counts the days from first on and before until anew and keeps them,
	// in one transaction; it returns how many rows they have.
	RollUp(ctx context.Context, first, until time.Time) (int64, error)
	// ForgetUse removes samples before one time and whole days before another;
	// zero times keep all.
	ForgetUse(ctx context.Context, samples, days time.Time) (int64, int64, error)
	// VeilNames replaces the names of people in whole days before that time, and
	// returns of how many people.
	VeilNames(ctx context.Context, before time.Time, pseudonym func(string) string) (int, error)
}

// RollUp keeps reports: it is the work of each day.
type RollUp struct {
	Store  RollUpStore
	Policy Policy
	Veil   Veil
	Now    func() time.Time
}

// Run does what is due and says what it did. It may run at any time, as often
// as one likes, but not twice at once.
func (r RollUp) Run(ctx context.Context) (string, error) {
	today := day(r.Now())
	until, first, err := r.Store.RolledUntil(ctx)
	if err != nil {
		return "", err
	}
	from := until.AddDate(0, 0, -openDays)
	if from.Before(day(first)) {
		from = day(first)
	}
	next := today.AddDate(0, 0, 1-openDays) // yesterday is counted from the rows still
	var rows int64
	for from.Before(next) { // a month at a time, so that no transaction is long
		stop := from.AddDate(0, 1, 0)
		if stop.After(next) {
			stop = next
		}
		n, err := r.Store.RollUp(ctx, from, stop)
		if err != nil {
			return "", err
		}
		rows += n
		from = stop
	}
	done := fmt.Sprintf("whole days until %s, %d rows counted", next.AddDate(0, 0, -1).Format(time.DateOnly), rows)
	veiled, err := r.veil(ctx, today)
	if err != nil {
		return done, err
	}
	if veiled > 0 {
		done += fmt.Sprintf(", %d names replaced", veiled)
	}
	samples, days, err := r.Store.ForgetUse(ctx, before(r.Now(), r.Policy.Samples), before(today, r.Policy.Reports))
	if samples+days > 0 {
		done += fmt.Sprintf(", %d samples and %d rows forgotten", samples, days)
	}
	return done, err
}

func (r RollUp) veil(ctx context.Context, today time.Time) (int, error) {
	if r.Policy.Pseudonym <= 0 || !r.Veil.Known() {
		return 0, nil
	}
	age := max(r.Policy.Pseudonym, MinPseudonymDays*24*time.Hour)
	return r.Store.VeilNames(ctx, day(today.Add(-age)), r.Veil.Name)
}

func before(now time.Time, age time.Duration) time.Time {
	if age <= 0 {
		return time.Time{}
	}
	return now.Add(-age)
}
