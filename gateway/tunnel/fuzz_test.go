package tunnel

import (
	"bytes"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

func FuzzDecodeEvent(f *testing.F) {
	for _, e := range []Event{
		Ready{After: 1},
		Exited{Code: 3, Error: "x", Cause: CauseSignal},
		Usage{CPU: 1, GPUs: []GPUUsage{{Index: "0"}}},
		Log{Lines: []LogLine{{Stream: "stdout", Text: "a\x00b", Time: time.Unix(1, 0)}}, Dropped: 2},
	} {
		b, err := encodeEvent(7, e)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Add([]byte(`{"type":"usage","body":{"cpu_seconds":-1,"gpus":[{"utilization":1e300}]}}`))
	f.Add([]byte(`{"type":"news"}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		_, event, err := decodeEvent(b)
		if err != nil {
			if event != nil {
				t.Error("both an event and an error")
			}
			return
		}
		switch e := event.(type) {
		case Log:
			if len(e.Lines) > MaxLogBatch || e.Dropped < 0 {
				t.Errorf("%d lines, %d dropped", len(e.Lines), e.Dropped)
			}
			for _, line := range e.Lines {
				if len(line.Text) > MaxLogLine || !utf8.ValidString(line.Text) || len(line.Stream) > 16 {
					t.Errorf("line %q", line.Text)
				}
			}
		case Usage:
			if e.CPU < 0 || e.Memory < 0 || len(e.GPUs) > MaxGPUs {
				t.Errorf("usage %+v", e)
			}
			for _, g := range e.GPUs {
				if g.Utilization < -1 || g.Utilization > 100 {
					t.Errorf("gpu %+v", g)
				}
			}
		case Exited:
			if e.Code < 0 || e.Code > 255 || e.Signal < 0 || len(e.Error) > MaxText {
				t.Errorf("exited %+v", e)
			}
		}
		if event == nil {
			return
		}
		if _, err := encodeEvent(1, event); err != nil {
			t.Errorf("what was read cannot be written: %v", err)
		}
	})
}

func FuzzDecodeClaim(f *testing.F) {
	good, err := Claim{Session: "s", Attempt: 1, Instance: "i", JobID: "1", Host: "h"}.encode()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good)
	f.Add("e30")
	f.Fuzz(func(t *testing.T, header string) {
		c, err := decodeClaim(header)
		if err != nil {
			return
		}
		if !validID(c.Session) || c.Attempt < 1 || c.Restarts < 0 || c.Secret != "" || strings.ContainsAny(c.Host+c.JobID+c.AgentVersion, "\r\n\x00") {
			t.Errorf("accepted %+v", c)
		}
	})
}

// FuzzManifest holds what an agent is told to bounds that keep it on its own
// ground.
func FuzzManifest(f *testing.F) {
	good, err := encode(typeManifest, 0, Manifest{
		Session: "s", Attempt: 1, BasePath: "/", Command: []string{"a"}, Listen: ListenUnix,
		Files: map[string]string{"a/b": "c"}, Env: map[string]string{"A": "b"},
	})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good)
	f.Add(bytes.ReplaceAll(good, []byte("a/b"), []byte("../b")))
	f.Fuzz(func(t *testing.T, b []byte) {
		message, err := decode(b)
		if err != nil {
			return
		}
		var m Manifest
		if message.body(&m) != nil || m.Validate() != nil {
			return
		}
		if len(m.Command) == 0 || !strings.HasSuffix(m.BasePath, "/") {
			t.Errorf("accepted %+v", m)
		}
		for name := range m.Files {
			if strings.HasPrefix(name, "/") || strings.Contains("/"+name+"/", "/../") {
				t.Errorf("accepted the file %q", name)
			}
		}
		for _, word := range m.Command {
			if strings.Contains(word, "${TOKEN}") {
				t.Errorf("accepted the argument %q", word)
			}
		}
	})
}

func FuzzReadHello(f *testing.F) {
	h := Hello{Gateways: []string{"https://h:1"}, Fingerprints: []string{strings.Repeat("0", 64)}, Session: "s", Attempt: 1, Secret: "x"}
	good, err := h.Line()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good)
	f.Add([]byte("{}\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		h, err := ReadHello(bytes.NewReader(b))
		if err != nil {
			if h.Secret != "" && len(h.Secret) > 4 && strings.Contains(err.Error(), h.Secret.Reveal()) {
				t.Errorf("the error quotes the secret: %v", err)
			}
			return
		}
		if _, err := h.Line(); err != nil {
			t.Errorf("what was read cannot be written: %v", err)
		}
	})
}

func FuzzReadRefusal(f *testing.F) {
	f.Add(409, `{"code":"superseded","reason":"x","final":true}`)
	f.Add(502, `<html>`)
	f.Fuzz(func(t *testing.T, status int, body string) {
		err := readRefusal(status, strings.NewReader(body))
		if err == nil || (isFinal(err) && (status < 400 || status >= 500)) {
			t.Errorf("%d: %v", status, err)
		}
	})
}

func FuzzNegotiate(f *testing.F) {
	f.Add("2, 1")
	f.Fuzz(func(t *testing.T, s string) {
		if v, ok := negotiate(s, 1, 2); ok && (v < 1 || v > 2) {
			t.Errorf("%q: %d", s, v)
		}
	})
}
