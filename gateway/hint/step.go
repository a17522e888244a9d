package hint

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/berth-hpc/berth/batch"
	"github.com/berth-hpc/berth/gateway/session"
)

// step is one change of a request: to a value, or to so many times what was
// asked for.
type step struct {
	field, value string
	times        float64 // 0: value
}

// amounts are the fields that can be multiplied.
var amounts = []string{"gpus", "cpus", "memory", "time_limit"}

func parseStep(field, value string) (step, error) {
	s := step{field: field, value: value}
	if !slices.Contains(session.Fields, field) || field == "name" {
		return s, fmt.Errorf("there is no field %q to change", field)
	}
	if value == "" {
		return s, errors.New("must be a value")
	}
	factor, ok := strings.CutPrefix(value, "x")
	if !ok {
		return s, checkValue(field, value)
	}
	times, err := strconv.ParseFloat(factor, 64)
	if err != nil {
		return s, checkValue(field, value) // an app may be called "xterm"
	}
	if !slices.Contains(amounts, field) {
		return s, fmt.Errorf("only %s can be multiplied", strings.Join(amounts, ", "))
	}
	if !(times >= 0.01 && times <= 100) {
		return s, fmt.Errorf("must be between x0.01 and x100, not %q", value)
	}
	s.times = times
	return s, nil
}

func checkValue(field, value string) error {
	var err error
	switch field {
	case "gpus", "cpus":
		_, err = strconv.ParseUint(value, 10, 31)
	case "memory":
		_, err = batch.ParseBytes(value)
	case "time_limit":
		_, err = batch.ParseDuration(value)
	}
	if err != nil {
		return fmt.Errorf("%q is not a value of it, nor like x2", value)
	}
	return nil
}

// of is the changed value; "" if what was asked for is not known. What is
// multiplied is rounded up: bytes to MB, time to minutes.
func (c step) of(s session.Session) string {
	if c.times == 0 {
		return c.value
	}
	switch c.field {
	case "gpus":
		return scaled(float64(s.Resources.GPUs), c.times)
	case "cpus":
		return scaled(float64(s.Resources.CPUs), c.times)
	case "memory":
		if s.Resources.Memory <= 0 {
			return ""
		}
		const unit = float64(1 << 20)
		return (batch.Bytes(math.Ceil(float64(s.Resources.Memory)*c.times/unit)) << 20).String()
	case "time_limit":
		if s.TimeLimit <= 0 {
			return ""
		}
		return (batch.Duration(math.Ceil(s.TimeLimit.Std().Minutes()*c.times)) * 60_000_000_000).String()
	}
	return ""
}

func scaled(n, times float64) string {
	if n <= 0 {
		return ""
	}
	return strconv.Itoa(int(math.Ceil(n * times)))
}
