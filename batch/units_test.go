package batch_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/berth-hpc/berth/batch"
)

func TestParseBytes(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]batch.Bytes{
		"0": 0, "1": 1, "1024": batch.KiB, "2G": 2 * batch.GiB, "2g": 2 * batch.GiB, "2GB": 2 * batch.GiB,
		"2GiB": 2 * batch.GiB, "2 GB": 2 * batch.GiB, " 512M ": 512 * batch.MiB, "1.5G": 1536 * batch.MiB,
		"3T": 3 * batch.TiB, "1048576kb": batch.GiB, "17B": 17,
	} {
		got, err := batch.ParseBytes(text)
		if err != nil || got != want {
			t.Errorf("%q: got %d, want %d (%v)", text, got, want, err)
		}
	}
	for _, text := range []string{"", "G", "-1G", "+1", "1X", "1.2.3G", ".", "1e9", "0x10", "NaN", "Inf", "99999999999T", "1GG", strings.Repeat("9", 50)} {
		if got, err := batch.ParseBytes(text); err == nil {
			t.Errorf("%q was read as %d", text, got)
		}
	}
}

func TestBytesHuman(t *testing.T) {
	t.Parallel()
	for b, want := range map[batch.Bytes]string{
		0: "0 B", 1023: "1023 B", batch.KiB: "1 KB", 7987 * batch.MiB: "7.8 GB", 16 * batch.GiB: "16 GB", 2048 * batch.TiB: "2048 TB",
	} {
		if got := b.Human(); got != want {
			t.Errorf("%d: got %q, want %q", b, got, want)
		}
	}
}

func TestParseDuration(t *testing.T) {
	t.Parallel()
	const day = 24 * time.Hour
	for text, want := range map[string]time.Duration{
		"1h30m": 90 * time.Minute, "45s": 45 * time.Second, "2d": 2 * day, "2d12h": 2*day + 12*time.Hour,
		"1-02:00:00": day + 2*time.Hour, "02:00:00": 2 * time.Hour, "1-02": day + 2*time.Hour, "8:30": 8*time.Hour + 30*time.Minute,
		"0s": 0, " 1H ": time.Hour,
	} {
		got, err := batch.ParseDuration(text)
		if err != nil || got.Std() != want {
			t.Errorf("%q: got %v, want %v (%v)", text, got.Std(), want, err)
		}
	}
	for _, text := range []string{"", "5", "60", "-1h", "+1h", "1-", "-1", "1:2:3:4", "x", "1d-2", "d", "1h-2m", "999999d", "9999999h", "1-1-1", "1::2"} {
		if got, err := batch.ParseDuration(text); err == nil {
			t.Errorf("%q was read as %v", text, got)
		}
	}
}

func TestUnitsRoundTrip(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		type units struct {
			B batch.Bytes
			D batch.Duration
		}
		want := units{
			B: batch.Bytes(rapid.Int64Range(0, 1<<50).Draw(t, "bytes")),
			D: batch.Duration(time.Duration(rapid.Int64Range(0, 300_000_000).Draw(t, "seconds")) * time.Second),
		}
		text, err := json.Marshal(want)
		if err != nil {
			t.Fatal(err)
		}
		var got units
		if err := json.Unmarshal(text, &got); err != nil || got != want {
			t.Fatalf("%s became %+v (%v)", text, got, err)
		}
	})
}

func TestUnitsRefuseInJSON(t *testing.T) {
	t.Parallel()
	b, d := 5*batch.GiB, batch.Duration(time.Hour)
	if json.Unmarshal([]byte(`"much"`), &b) == nil || b != 5*batch.GiB {
		t.Errorf("memory became %v", b)
	}
	if json.Unmarshal([]byte(`"long"`), &d) == nil || d.Std() != time.Hour {
		t.Errorf("time became %v", d)
	}
}

func FuzzParseBytes(f *testing.F) {
	for _, s := range []string{"2G", "1.5GiB", "", "999999999999999999T", "٣G"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		b, err := batch.ParseBytes(s)
		if err != nil {
			if len(err.Error()) > 400 {
				t.Errorf("a long error: %v", err)
			}
			return
		}
		if b < 0 {
			t.Errorf("%q is %d", s, b)
		}
		if again, err := batch.ParseBytes(b.String()); err != nil || again != b {
			t.Errorf("%q is %d, written %q, read again %d (%v)", s, b, b, again, err)
		}
	})
}

func FuzzParseDuration(f *testing.F) {
	for _, s := range []string{"1h30m", "2d12h", "1-02:00:00", "", "99999d", "1-", "ed"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		d, err := batch.ParseDuration(s)
		if err != nil {
			return
		}
		if d < 0 || d.Std() > 200*365*24*time.Hour {
			t.Errorf("%q is %v", s, d.Std())
		}
		again, err := batch.ParseDuration(d.String())
		if err != nil || again.Std() != d.Std().Round(time.Second) {
			t.Errorf("%q is %v, written %q, read again %v (%v)", s, d.Std(), d, again.Std(), err)
		}
	})
}
