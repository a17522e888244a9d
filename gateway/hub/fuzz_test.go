package hub

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/berth-hpc/berth/gateway/login"
)

// Whatever a body holds, it is read or refused, and what is read is bounded.
func FuzzBodies(f *testing.F) {
	for _, seed := range []string{
		``, `null`, `{}`, `[]`, `{"auth": {"username": "alice", "password": "x"}, "note": "Requested by JupyterHub extension in VSCode"}`,
		`{"expires_in": 3600, "scopes": ["read:servers!user=alice", "self"], "note": "é\u0000"}`, `{"roles": ["user"]}`,
		`{"user_options": {"queue": ["gpu"], "gpus": 1, "memory": "4G"}, "display_name": "x"}`, `{"queue": "gpu", "cpus": 1e3}`,
		`{"last_activity": "2026-11-23T12:00:00.123456Z", "servers": {"": {"last_activity": "2026-11-23T12:00:00"}}}`, `{"remove": true}`,
	} {
		f.Add([]byte(seed))
	}
	noon := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, data []byte) {
		body, err := parseFields(data)
		ours := func(err error) bool {
			var refusal *Refusal
			var invalid *login.InvalidToken
			return err == nil || errors.As(err, &refusal) && refusal.Status == 400 && refusal.Message != "" || errors.As(err, &invalid)
		}
		if !ours(err) {
			t.Fatalf("parse: %v", err)
		}
		n, err := readToken("alice", body)
		if !ours(err) {
			t.Errorf("token: %v", err)
		}
		if err == nil && (n.Name == "" || len(n.Name) > mostNote || !utf8.ValidString(n.Name) || n.Life < 0) {
			t.Errorf("token %+v", n)
		}
		if unknown := func(s login.Scope) bool { return !slices.Contains(login.AllScopes(), s) }; err == nil && slices.ContainsFunc(n.Scopes, unknown) {
			t.Errorf("scopes %v", n.Scopes)
		}
		names, err := readActivity(body, noon)
		if !ours(err) || len(names) > mostReported {
			t.Errorf("activity: %d names, %v", len(names), err)
		}
		request, err := readOptions(body)
		if !ours(err) {
			t.Errorf("options: %v", err)
		}
		if _, named := request["name"]; named || slices.Contains(valuesOf(request), "") {
			t.Errorf("options %q", request)
		}
	})
}

func valuesOf(m map[string]string) (out []string) {
	for _, v := range m {
		out = append(out, v)
	}
	return out
}

func TestTimesOfActivity(t *testing.T) {
	t.Parallel()
	noon := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	for text, ok := range map[string]bool{
		"2026-11-23T12:00:00Z": true, "2026-11-23T12:00:00.123456Z": true, "2026-11-23T12:00:00.123456": true,
		"2026-11-23T14:58:00+02:00": true, "2026-11-23T12:59:30Z": false, "2099-01-01T00:00:00Z": false, "noon": false, "": false,
	} {
		if err := checkTime(text, noon); (err == nil) != ok {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestNotes(t *testing.T) {
	t.Parallel()
	for note, want := range map[string]string{
		" my script\n": "my script", "\x00": "", "a\xffb": "ab", strings.Repeat("é", 40): strings.Repeat("é", 32), "x\u202ey": "xy",
	} {
		if got := plainNote(note); got != want {
			t.Errorf("%q is %q", note, got)
		}
	}
}
