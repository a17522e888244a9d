package tunnel

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestHelloIsOneLine(t *testing.T) {
	t.Parallel()
	want := Hello{
		Gateways: []string{"https://gw.example:8443", "https://[::1]:1"}, Fingerprints: []string{strings.Repeat("aB", 32)},
		Session: "01HX", Attempt: 2, Secret: "s\"e\nc", ClaimTimeout: time.Minute,
	}
	line, err := want.Line()
	if err != nil {
		t.Fatal(err)
	}
	if strings.Count(string(line), "\n") != 1 || !strings.HasSuffix(string(line), "\n") {
		t.Errorf("%q", line)
	}
	got, err := ReadHello(strings.NewReader(string(line) + "and what follows"))
	if err != nil || cmp.Diff(want, got) != "" {
		t.Errorf("%v\n%s", err, cmp.Diff(want, got))
	}
	got, err = ReadHello(strings.NewReader(strings.TrimSuffix(string(line), "\n"))) // a script without a last newline
	if err != nil || got.Session != "01HX" {
		t.Errorf("%v", err)
	}
}

func TestBadHellos(t *testing.T) {
	t.Parallel()
	good := Hello{Gateways: []string{"https://h:1"}, Fingerprints: []string{strings.Repeat("0", 64)}, Session: "s", Attempt: 1, Secret: "hunter2"}
	for name, spoil := range map[string]func(*Hello){
		"no session":       func(h *Hello) { h.Session = "" },
		"odd session":      func(h *Hello) { h.Session = "a/b" },
		"attempt 0":        func(h *Hello) { h.Attempt = 0 },
		"no secret":        func(h *Hello) { h.Secret = "" },
		"long secret":      func(h *Hello) { h.Secret = Secret(strings.Repeat("x", 1000)) },
		"no gateway":       func(h *Hello) { h.Gateways = nil },
		"plain http":       func(h *Hello) { h.Gateways = []string{"http://h:1"} },
		"no port":          func(h *Hello) { h.Gateways = []string{"https://h"} },
		"a path":           func(h *Hello) { h.Gateways = []string{"https://h:1/x"} },
		"a user":           func(h *Hello) { h.Gateways = []string{"https://u:p@h:1"} },
		"no pin":           func(h *Hello) { h.Fingerprints = nil },
		"short pin":        func(h *Hello) { h.Fingerprints = []string{"ab"} },
		"negative timeout": func(h *Hello) { h.ClaimTimeout = -1 },
	} {
		h := good
		spoil(&h)
		if _, err := h.Line(); err == nil || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, text := range []string{"", "\n", "not JSON hunter2\n", `{"secret":"hunter2","attempt":"x"}` + "\n", strings.Repeat(" ", MaxHello+10)} {
		if _, err := ReadHello(strings.NewReader(text)); err == nil || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%.30q: %v", text, err)
		}
	}
}

func TestManifestIsChecked(t *testing.T) {
	t.Parallel()
	good := Manifest{Session: "s", Attempt: 1, BasePath: "/user/a/b/", Command: []string{"x"}, Listen: ListenUnix}
	if err := good.Validate(); err != nil {
		t.Fatal(err)
	}
	for name, spoil := range map[string]func(*Manifest){
		"no command":       func(m *Manifest) { m.Command = nil },
		"empty program":    func(m *Manifest) { m.Command = []string{""} },
		"token in argv":    func(m *Manifest) { m.Command = []string{"x", "--token=${TOKEN}"} },
		"token in env":     func(m *Manifest) { m.Env = map[string]string{"T": "${TOKEN}"} },
		"odd variable":     func(m *Manifest) { m.Env = map[string]string{"A=B": ""} },
		"NUL":              func(m *Manifest) { m.Command = []string{"x", "a\x00b"} },
		"file outside":     func(m *Manifest) { m.Files = map[string]string{"../x": ""} },
		"absolute file":    func(m *Manifest) { m.Files = map[string]string{"/etc/x": ""} },
		"the folder":       func(m *Manifest) { m.Files = map[string]string{".": ""} },
		"unclean file":     func(m *Manifest) { m.Files = map[string]string{"a//b": ""} },
		"base path":        func(m *Manifest) { m.BasePath = "user/" },
		"listen":           func(m *Manifest) { m.Listen = "everywhere" },
		"ready path":       func(m *Manifest) { m.Ready.Path = "x" },
		"negative grace":   func(m *Manifest) { m.StopGrace = -1 },
		"relative folder":  func(m *Manifest) { m.Dir = "x" },
		"plain gateway":    func(m *Manifest) { m.Gateways = []string{"http://x:1"} },
		"attempt":          func(m *Manifest) { m.Attempt = 0 },
		"session with CR":  func(m *Manifest) { m.Session = "a\rb" },
		"negative timeout": func(m *Manifest) { m.Ready.Timeout = -1 },
	} {
		m := good
		spoil(&m)
		if m.Validate() == nil {
			t.Errorf("%s was accepted", name)
		}
	}
}
