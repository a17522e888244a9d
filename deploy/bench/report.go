package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"runtime"
	"slices"
	"text/tabwriter"
	"time"
)

// row is one thing that was measured, on both sides.
type row struct {
	What     string    `json:"what"`
	Unit     string    `json:"unit"`
	Berth    []float64 `json:"berth"`  // one number a round
	Beside   []float64 `json:"beside"` // the same
	BesideIs string    `json:"beside_is"`

	BerthMedian  float64 `json:"berth_median"`
	BesideMedian float64 `json:"beside_median"`
	Ratio        float64 `json:"ratio"`      // berth to beside
	Difference   float64 `json:"difference"` // berth minus beside
	// Times are compared by difference, everything else by ratio.
	Time bool `json:"-"`
}

// report is what one run gives.
type report struct {
	At     time.Time `json:"at"`
	Go     string    `json:"go"`
	CPUs   int       `json:"cpus"`
	Rounds int       `json:"rounds"`
	Rows   []row     `json:"rows"`
}

func newReport(rounds int) *report {
	return &report{At: time.Now().UTC().Truncate(time.Second), Go: runtime.Version(), CPUs: runtime.NumCPU(), Rounds: rounds}
}

// compare measures both sides in turns, the one that begins changing each round,
// and adds a row.
func (r *report) compare(it row, rounds int, berth, beside func() (float64, error)) error {
	sides := []struct {
		measure func() (float64, error)
		into    *[]float64
	}{{berth, &it.Berth}, {beside, &it.Beside}}
	for n := range rounds {
		for i := range sides {
			side := sides[(i+n)%2]
			value, err := side.measure()
			if err != nil {
				return fmt.Errorf("%s: %w", it.What, err)
			}
			*side.into = append(*side.into, value)
		}
		fmt.Fprintf(os.Stderr, "bench: %s, round %d of %d: %.1f beside %.1f %s\n",
			it.What, n+1, rounds, it.Berth[n], it.Beside[n], it.Unit)
	}
	it.BerthMedian, it.BesideMedian = median(it.Berth), median(it.Beside)
	it.Ratio, it.Difference = it.BerthMedian/it.BesideMedian, it.BerthMedian-it.BesideMedian
	r.Rows = append(r.Rows, it)
	return nil
}

func median(values []float64) float64 {
	s := slices.Clone(values)
	slices.Sort(s)
	if n := len(s); n%2 == 0 {
		return (s[n/2-1] + s[n/2]) / 2
	}
	return s[len(s)/2]
}

// print writes the table. Behind each median stand the least and the most of
// its rounds.
func (r *report) print(out io.Writer) {
	fmt.Fprintf(out, "\nMedians of %d rounds, both sides in turns, on %d CPUs that client, proxies and app share (%s).\n\n", r.Rounds, r.CPUs, r.Go)
	w := tabwriter.NewWriter(out, 0, 0, 3, ' ', 0)
	fmt.Fprintln(w, "what\tberth\tbeside it\t\t")
	for _, it := range r.Rows {
		verdict := fmt.Sprintf("ratio %.2f", it.Ratio)
		if it.Time {
			verdict = fmt.Sprintf("%+.0f %s", it.Difference, it.Unit)
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", it.What, spread(it.Berth, it.Unit), spread(it.Beside, it.Unit), it.BesideIs, verdict)
	}
	_ = w.Flush()
}

func spread(values []float64, unit string) string {
	return fmt.Sprintf("%.0f %s (%.0f-%.0f)", median(values), unit, slices.Min(values), slices.Max(values))
}

// save writes the numbers as JSON.
func (r *report) save(file string) error {
	text, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(file, append(text, '\n'), 0o644)
}
