package limit

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/berth-hpc/berth/batch"
)

// Unit is what a field's value counts.
type Unit string

// Units.
const (
	Count      Unit = "count"
	Bytes      Unit = "bytes"
	Seconds    Unit = "seconds"
	GPUSeconds Unit = "gpu-seconds"
	YesNo      Unit = "yes/no" // 1 and 0
	List       Unit = "list"   // of apps; the value itself is 0
)

// most bounds every value: sums of them stay far from overflow.
const most = 1 << 53

// mostApps bounds a list.
const mostApps = 100

// Parse reads a value as people write it: "8", "64G", "1d12h", "100" or "2.5"
// (GPU-hours), "yes", "lab, notebook". Format's text is read back as it was.
func (f Field) Parse(text string) (value int64, apps []string, err error) {
	text = strings.TrimSpace(text)
	switch f.Unit {
	case Count:
		value, err = strconv.ParseInt(text, 10, 64)
		if err != nil || value < 0 || value > 1_000_000_000 {
			return 0, nil, fmt.Errorf("%s is a whole number, not %q", f.Name, clip(text))
		}
	case Bytes:
		b, err := batch.ParseBytes(text)
		if err != nil || b > most {
			return 0, nil, fmt.Errorf("%s is an amount of memory like 64G, not %q", f.Name, clip(text))
		}
		value = int64(b)
	case Seconds:
		d, err := batch.ParseDuration(text)
		if err != nil {
			return 0, nil, fmt.Errorf("%s is a span of time like 8h or 2d, not %q", f.Name, clip(text))
		}
		value = int64(d.Std().Seconds())
	case GPUSeconds:
		value, err = parseHours(strings.TrimSuffix(text, "h"))
		if err != nil {
			return 0, nil, fmt.Errorf("%s is a number of GPU-hours like 100 or 2.5, not %q", f.Name, clip(text))
		}
	case YesNo:
		switch strings.ToLower(text) {
		case "yes", "true", "1":
			value = 1
		case "no", "false", "0":
		default:
			return 0, nil, fmt.Errorf("%s is yes or no, not %q", f.Name, clip(text))
		}
	case List:
		apps, err = parseApps(text)
	}
	return value, apps, err
}

// parseHours reads hours with a fraction as seconds.
func parseHours(text string) (int64, error) {
	if text == "" || len(text) > 20 || strings.Trim(text, "0123456789.") != "" {
		return 0, strconv.ErrSyntax
	}
	hours, err := strconv.ParseFloat(text, 64)
	if err != nil || hours > 1e9 {
		return 0, strconv.ErrRange
	}
	return int64(hours*3600 + 0.5), nil
}

func parseApps(text string) ([]string, error) {
	apps := strings.FieldsFunc(text, func(r rune) bool { return r == ',' || r == ' ' })
	slices.Sort(apps)
	apps = slices.Compact(apps)
	if len(apps) > mostApps {
		return nil, fmt.Errorf("apps are at most %d", mostApps)
	}
	for _, a := range apps {
		if !appPattern.MatchString(a) {
			return nil, fmt.Errorf("%q is not the id of an app", clip(a))
		}
	}
	return apps, nil
}

// Format writes a value so that Parse reads it again.
func (f Field) Format(value int64, apps []string) string {
	switch f.Unit {
	case Bytes:
		return batch.Bytes(value).String()
	case Seconds:
		return spanText(value)
	case GPUSeconds:
		return hoursText(value)
	case YesNo:
		if value != 0 {
			return "yes"
		}
		return "no"
	case List:
		return strings.Join(apps, ", ")
	}
	return strconv.FormatInt(value, 10)
}

// Human writes a value for people.
func (f Field) Human(value int64) string {
	switch f.Unit {
	case Bytes:
		return batch.Bytes(value).Human()
	case GPUSeconds:
		return hoursText(value/36*36) + " GPU-hours" // to a hundredth
	}
	return f.Format(value, nil)
}

func spanText(seconds int64) string {
	const longest = 200 * 365 * 24 * 3600
	return batch.Duration(min(seconds, longest) * 1e9).String()
}

// hoursText writes seconds as hours, exactly: a second is 0.00027... hours, of
// which four digits and rounding bring the same second back.
func hoursText(seconds int64) string {
	text := strconv.FormatFloat(float64(seconds)/3600, 'f', 4, 64)
	return strings.TrimSuffix(strings.TrimRight(text, "0"), ".")
}
