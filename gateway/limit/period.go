package limit

import "time"

// Period is a calendar period, in the zone of the time that it is asked about.
type Period string

// Periods. A week begins on Monday.
const (
	Day   Period = "day"
	Week  Period = "week"
	Month Period = "month"
)

// Bounds are when the period that holds the time begins and ends.
func (p Period) Bounds(at time.Time) (from, until time.Time) {
	y, m, d := at.Date()
	day := func(m time.Month, d int) time.Time { return time.Date(y, m, d, 0, 0, 0, 0, at.Location()) }
	switch p {
	case Week:
		monday := d - (int(at.Weekday())+6)%7
		return day(m, monday), day(m, monday+7)
	case Month:
		return day(m, 1), day(m+1, 1)
	}
	return day(m, d), day(m, d+1)
}

// Earliest is when the earliest of the periods that hold the time began: what
// ended before then counts in none.
func Earliest(at time.Time) time.Time {
	week, _ := Week.Bounds(at)
	month, _ := Month.Bounds(at)
	if week.Before(month) {
		return week
	}
	return month
}
