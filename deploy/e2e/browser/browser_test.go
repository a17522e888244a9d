package browser_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/berth-hpc/berth/deploy/e2e/browser"
)

func TestMain(m *testing.M) {
	code := m.Run()
	browser.Stop()
	os.Exit(code)
}

func page(body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		fmt.Fprint(w, "<!doctype html><title>t</title><link rel=icon href=data:,>"+body)
	}
}

func TestATabClicksTypesAndFollowsWindows(t *testing.T) {
	mux := http.NewServeMux()
	mux.Handle("/", page(`<form action=/hello><input name=who><button>Go</button></form>`))
	mux.Handle("/hello", page(`<a href=/window target=_blank id=out>out</a>`))
	mux.Handle("/window", page(`<p id=there>there</p>`))
	server := httptest.NewServer(mux)
	defer server.Close()
	tab := browser.Open(t)
	tab.Go(t, server.URL)
	tab.Type(t, "input[name=who]", "ada")
	tab.Click(t, "button")
	tab.AwaitLocation(t, 10*time.Second, "/hello?who=ada")
	window := tab.Popup(t, chromedp.Click(chromedp.CSS("#out")))
	window.Await(t, 10*time.Second, "the window's page", `document.getElementById("there")`)
	if sum := browser.Script[int](t, window, time.Second*10, `Promise.resolve(40 + 2)`); sum != 42 {
		t.Errorf("a promise of 42 gives %d", sum)
	}
	window.Shoot(t, "window")
	tab.Quiet(t)
	window.Quiet(t)
}

// recorder is a test whose failures are looked at instead of counted.
type recorder struct {
	testing.TB
	errors []string
}

func (r *recorder) Helper() {}
func (r *recorder) Errorf(format string, args ...any) {
	r.errors = append(r.errors, fmt.Sprintf(format, args...))
}

func TestATabNotesWhatGoesWrong(t *testing.T) {
	mux := http.NewServeMux()
	mux.Handle("/", page(`<div style="width:2000px">wide</div><script>console.error("no good"); fetch("/missing"); throw new Error("thrown")</script>`))
	mux.HandleFunc("/missing", http.NotFound)
	server := httptest.NewServer(mux)
	defer server.Close()
	tab := browser.Open(t)
	tab.Go(t, server.URL)
	tab.Await(t, 10*time.Second, "the page", `performance.getEntriesByType("resource").length > 0`)
	r := &recorder{TB: t}
	tab.Shoot(r, "wide")
	tab.Quiet(r)
	found := strings.Join(r.errors, "\n")
	for _, trouble := range []string{"wide is 20", "no good", "thrown", "answer 404"} {
		if !strings.Contains(found, trouble) {
			t.Errorf("nothing noted about %q in:\n%s", trouble, found)
		}
	}
}

func TestTabsShareNoCookies(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.SetCookie(w, &http.Cookie{Name: "seen", Value: "1"})
		page("<p id=cookies>"+r.Header.Get("Cookie")+"</p>")(w, r)
	}))
	defer server.Close()
	for range 2 {
		tab := browser.Open(t)
		tab.Go(t, server.URL)
		if text := tab.Text(t, "#cookies"); text != "" {
			t.Errorf("a new tab comes with %q", text)
		}
	}
}
