package batch

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Bytes is an amount of memory.
type Bytes int64

// Binary multiples, as Slurm and PBS both mean them by K, M, G and T.
const (
	KiB Bytes = 1 << 10
	MiB Bytes = 1 << 20
	GiB Bytes = 1 << 30
	TiB Bytes = 1 << 40
)

// ParseBytes reads "2G", "2GB", "2GiB", "512M", "1.5G" or a bare number of
// bytes. Case does not matter.
func ParseBytes(s string) (Bytes, error) {
	t := strings.ToUpper(strings.TrimSpace(s))
	t = strings.TrimSuffix(t, "B")
	t = strings.TrimSuffix(t, "I")
	unit := Bytes(1)
	if t != "" {
		if u, ok := map[byte]Bytes{'K': KiB, 'M': MiB, 'G': GiB, 'T': TiB}[t[len(t)-1]]; ok {
			unit, t = u, strings.TrimSpace(t[:len(t)-1])
		}
	}
	if !decimal(t) {
		return 0, fmt.Errorf("%q is not an amount of memory; write it like 2G or 512M", clip(s))
	}
	f, err := strconv.ParseFloat(t, 64)
	if err != nil || f*float64(unit) > 1<<62 {
		return 0, fmt.Errorf("%q is not an amount of memory; write it like 2G or 512M", clip(s))
	}
	return Bytes(f * float64(unit)), nil
}

// String writes the amount in its largest whole unit: "2G", "1536M".
func (b Bytes) String() string {
	for _, u := range []struct {
		size Bytes
		name string
	}{{TiB, "T"}, {GiB, "G"}, {MiB, "M"}, {KiB, "K"}} {
		if b >= u.size && b%u.size == 0 {
			return strconv.FormatInt(int64(b/u.size), 10) + u.name
		}
	}
	return strconv.FormatInt(int64(b), 10)
}

// Human writes the amount for people, rounded: "7.8 GB".
func (b Bytes) Human() string {
	f, name := float64(b), "B"
	for _, u := range []string{"KB", "MB", "GB", "TB"} {
		if f < 1024 {
			break
		}
		f, name = f/1024, u
	}
	s := strings.TrimSuffix(strconv.FormatFloat(f, 'f', 1, 64), ".0")
	return s + " " + name
}

// MarshalText writes String.
func (b Bytes) MarshalText() ([]byte, error) { return []byte(b.String()), nil }

// UnmarshalText reads what ParseBytes reads.
func (b *Bytes) UnmarshalText(text []byte) error {
	v, err := ParseBytes(string(text))
	if err == nil {
		*b = v
	}
	return err
}

// Duration is a span of time that reads and writes itself the way people of the
// field write limits.
type Duration time.Duration

// ParseDuration reads Go's "1h30m" with an optional leading number of days
// ("2d", "2d12h"), and Slurm's "1-02:00:00", "02:00:00" (hours first) and
// "1-02". A bare number is refused: sbatch reads minutes, others read seconds.
func ParseDuration(s string) (Duration, error) {
	t := strings.ToLower(strings.TrimSpace(s))
	bad := fmt.Errorf("%q is not a span of time; write it like 1h30m, 2d or 1-02:00:00", clip(s))
	if t == "" || t[0] == '-' || t[0] == '+' {
		return 0, bad
	}
	var days int64
	rest := t
	if d, after, ok := strings.Cut(t, "-"); ok {
		n, err := whole(d)
		if err != nil {
			return 0, bad
		}
		days, rest = n, after
		if !strings.Contains(rest, ":") {
			rest += ":00"
		}
	} else if d, after, ok := strings.Cut(t, "d"); ok {
		n, err := whole(d)
		if err != nil {
			return 0, bad
		}
		days, rest = n, after
	}
	var span time.Duration
	switch {
	case rest == "":
	case strings.Contains(rest, ":"):
		parts := strings.Split(rest, ":")
		if len(parts) > 3 {
			return 0, bad
		}
		units := []time.Duration{time.Hour, time.Minute, time.Second}
		for i, p := range parts {
			n, err := whole(p)
			if err != nil {
				return 0, bad
			}
			span += time.Duration(n) * units[i]
		}
	default:
		d, err := time.ParseDuration(rest)
		if err != nil || d < 0 {
			return 0, bad
		}
		span = d
	}
	const most = 100 * 365 * 24 * time.Hour
	if days > 100*365 || span > most {
		return 0, bad
	}
	return Duration(time.Duration(days)*24*time.Hour + span), nil
}

// Std is the value as a time.Duration.
func (d Duration) Std() time.Duration { return time.Duration(d) }

// String writes the span like "1d12h", "1h30m" or "45s".
func (d Duration) String() string {
	v := time.Duration(d).Round(time.Second)
	if v == 0 {
		return "0s"
	}
	var b strings.Builder
	for _, u := range []struct {
		size time.Duration
		name string
	}{{24 * time.Hour, "d"}, {time.Hour, "h"}, {time.Minute, "m"}, {time.Second, "s"}} {
		if n := v / u.size; n > 0 {
			b.WriteString(strconv.FormatInt(int64(n), 10) + u.name)
			v %= u.size
		}
	}
	return b.String()
}

// MarshalText writes String.
func (d Duration) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads what ParseDuration reads.
func (d *Duration) UnmarshalText(text []byte) error {
	v, err := ParseDuration(string(text))
	if err == nil {
		*d = v
	}
	return err
}

func whole(s string) (int64, error) {
	if s == "" || len(s) > 9 || strings.Trim(s, "0123456789") != "" {
		return 0, strconv.ErrSyntax
	}
	return strconv.ParseInt(s, 10, 64)
}

func decimal(s string) bool {
	return s != "" && len(s) < 20 && strings.Trim(s, "0123456789.") == "" && strings.Count(s, ".") < 2 && s != "."
}

func clip(s string) string {
	if len(s) > 40 {
		return s[:40] + "..."
	}
	return s
}
