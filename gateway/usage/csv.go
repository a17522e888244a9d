package usage

import (
	"encoding/csv"
	"io"
	"strconv"
)

// CSV writes the rows as comma-separated values (RFC 4180), with a line of names
// first. A key that a spreadsheet would take for a formula gets an apostrophe in
// front.
func CSV(w io.Writer, by By, rows []Row) error {
	out := csv.NewWriter(w)
	_ = out.Write([]string{ // errors come with Flush
		string(by), "starts", "gpu_hours_asked", "gpu_hours_held", "gpu_hours_used", "gpu_hours_seen", "gpu_hours_idle",
		"cpu_hours_asked", "cpu_hours_held", "cpu_hours_used", "cpu_hours_seen", "cpu_hours_idle",
	})
	for _, r := range rows {
		line := []string{plain(r.Key), strconv.FormatInt(r.Starts, 10)}
		for _, v := range []float64{
			r.GPUAsked, r.GPUHeld, r.GPUUsed, r.GPUSeen, r.GPUIdle, r.CPUAsked, r.CPUHeld, r.CPUUsed, r.CPUSeen, r.CPUIdle,
		} {
			line = append(line, strconv.FormatFloat(v, 'f', 3, 64))
		}
		_ = out.Write(line)
	}
	out.Flush()
	return out.Error()
}

func plain(key string) string {
	if key != "" {
		switch key[0] {
		case '=', '+', '-', '@', '\t', '\r':
			return "'" + key
		}
	}
	return key
}
