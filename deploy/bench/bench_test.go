package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

func targetOf(t *testing.T, h http.Handler, base string) target {
	t.Helper()
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	return target{name: "test", addr: server.Listener.Addr().String(), base: base, token: "secret"}
}

func TestEveryMeasureReachesTheOrigin(t *testing.T) {
	t.Parallel()
	at := targetOf(t, origin("/user/alice/x/"), "/user/alice/x/")
	if n, err := hammer(t.Context(), at, 50*time.Millisecond); err != nil || n <= 0 {
		t.Errorf("small requests: %v, %v", n, err)
	}
	for name, measure := range map[string]func(context.Context, target) (float64, error){"download": download, "upload": upload, "echo": echo} {
		if n, err := measure(t.Context(), at); err != nil || n <= 0 {
			t.Errorf("%s: %v, %v", name, n, err)
		}
	}
}

// A measure that counted refusals or halves would flatter whoever refuses.
func TestMeasuresFailOnBadAnswers(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]http.HandlerFunc{
		"refused": func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "no", http.StatusForbidden) },
		"short":   func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("Content-Length", "1000") },
		"other":   func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("12")) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			at := targetOf(t, answer, "/")
			if name != "other" {
				if _, err := hammer(t.Context(), at, time.Second); err == nil {
					t.Error("small requests pass")
				}
			}
			if _, err := download(t.Context(), at); err == nil {
				t.Error("a download passes")
			}
			if _, err := upload(t.Context(), at); err == nil {
				t.Error("an upload passes")
			}
		})
	}
}

func TestTheAnswerIsReadWhole(t *testing.T) {
	t.Parallel()
	ours, theirs := net.Pipe()
	go func() {
		_, _ = theirs.Write([]byte("HTTP/1.1 200 OK\r\nX: y\r\ncontent-LENGTH: 5\r\n\r\nhelloHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"))
		_ = theirs.Close()
	}()
	c := newWire(ours)
	var body limited
	if n, err := c.answer(&body); n != 5 || err != nil || string(body) != "hello" {
		t.Errorf("%d %v %q", n, err, body)
	}
	if n, err := c.answer(&body); n != 0 || err != nil {
		t.Errorf("the second answer: %d %v", n, err)
	}
	if _, err := c.answer(&body); err == nil {
		t.Error("a third answer")
	}
}

func TestCompareTakesTurns(t *testing.T) {
	t.Parallel()
	r := newReport(4)
	var order []string
	side := func(name string, values ...float64) func() (float64, error) {
		return func() (float64, error) {
			order = append(order, name)
			v := values[0]
			values = values[1:]
			return v, nil
		}
	}
	if err := r.compare(row{What: "x", Unit: "u"}, 4, side("berth", 4, 1, 3, 2), side("beside", 10, 10, 10, 30)); err != nil {
		t.Fatal(err)
	}
	if want := []string{"berth", "beside", "beside", "berth", "berth", "beside", "beside", "berth"}; !slices.Equal(order, want) {
		t.Errorf("measured in the order %v", order)
	}
	if it := r.Rows[0]; it.BerthMedian != 2.5 || it.BesideMedian != 10 || it.Ratio != 0.25 || it.Difference != -7.5 {
		t.Errorf("the row is %+v", it)
	}
	var out bytes.Buffer
	r.print(&out)
	if !strings.Contains(out.String(), "ratio 0.25") {
		t.Errorf("the table is\n%s", out.String())
	}
	file := filepath.Join(t.TempDir(), "bench.json")
	if err := r.save(file); err != nil {
		t.Fatal(err)
	}
	text, _ := os.ReadFile(file)
	var back report
	if err := json.Unmarshal(text, &back); err != nil || len(back.Rows) != 1 || !slices.Equal(back.Rows[0].Berth, []float64{4, 1, 3, 2}) {
		t.Errorf("saved as %s (%v)", text, err)
	}
}

func TestCompareStopsAtAnError(t *testing.T) {
	t.Parallel()
	fails := func() (float64, error) { return 0, errors.New("no job") }
	if err := newReport(5).compare(row{What: "x"}, 5, fails, fails); err == nil || !strings.Contains(err.Error(), "no job") {
		t.Errorf("compare: %v", err)
	}
}
