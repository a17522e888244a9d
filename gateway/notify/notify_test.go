package notify_test

import (
	"bufio"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"mime/quotedprintable"
	"net"
	"net/http"
	"net/http/httptest"
	"net/mail"
	"strings"
	"testing"
	"time"

	"github.com/berth-hpc/berth/gateway/notify"
	"github.com/berth-hpc/berth/gateway/session"
)

var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

func at() time.Time { return noon }

var over = notify.Notice{
	Session: "aaaaaaaaaaaaaaaa", Event: 7, Kind: notify.Ended, Owner: "alice", Mail: "alice@example.org", Name: "lab",
	App: "lab", Reason: session.OutOfMemory, Text: "ended\r\nBcc: eve@example.org – 8 GB", At: noon,
}

// exchange is a mail server for one connection: what it was told, line by line.
func exchange(t *testing.T, refuse string) (addr string, told <-chan []string) {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	done := make(chan []string, 1)
	go func() {
		var lines []string
		defer func() { done <- lines }()
		conn, err := l.Accept()
		if err != nil {
			return
		}
		defer conn.Close()
		say := func(s string) { _, _ = io.WriteString(conn, s+"\r\n") }
		say("220 test")
		in, data := bufio.NewScanner(conn), false
		for in.Scan() {
			line := in.Text()
			lines = append(lines, line)
			switch {
			case data && line != ".":
			case data:
				data = false
				say("250 kept")
			case refuse != "" && strings.HasPrefix(line, "RCPT"):
				say(refuse)
			case line == "DATA":
				data = true
				say("354 go on")
			case line == "QUIT":
				say("221 bye")
				return
			default:
				say("250 ok")
			}
		}
	}()
	return l.Addr().String(), done
}

func mailer(addr, how string) notify.Mailer {
	return notify.Mailer{
		Server: addr, From: mail.Address{Name: "berth", Address: "berth@example.org"}, TLS: how,
		Public: "https://berth.example.org", Site: "Nova", Now: at,
	}
}

func TestMail(t *testing.T) {
	t.Parallel()
	addr, told := exchange(t, "")
	if err := mailer(addr, notify.Cleartext).Send(t.Context(), over); err != nil {
		t.Fatal(err)
	}
	text := strings.Join(<-told, "\r\n")
	envelope, rest, ok := strings.Cut(text, "DATA\r\n")
	if !ok || !strings.Contains(envelope, "MAIL FROM:<berth@example.org>") || !strings.Contains(envelope, "RCPT TO:<alice@example.org>") {
		t.Fatalf("%q", text)
	}
	m, err := mail.ReadMessage(strings.NewReader(rest))
	if err != nil {
		t.Fatal(err)
	}
	subject, _ := new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject"))
	if subject != "[Nova] lab has ended: It was ended for using more memory than it asked for" || m.Header.Get("Bcc") != "" ||
		m.Header.Get("Message-ID") != "<aaaaaaaaaaaaaaaa.7@example.org>" || m.Header.Get("To") != "<alice@example.org>" {
		t.Errorf("%q %v", subject, m.Header)
	}
	body, _ := io.ReadAll(quotedprintable.NewReader(m.Body))
	for _, want := range []string{"https://berth.example.org/sessions/aaaaaaaaaaaaaaaa", "ended  Bcc: eve@example.org – 8 GB"} {
		if !strings.Contains(string(body), want) {
			t.Errorf("%q is not in %q", want, body)
		}
	}
}

func TestMailThatCannotBeSent(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		refuse, how, to string
		never           bool
	}{
		"no such person":   {"550 unknown", notify.Cleartext, over.Mail, true},
		"not now":          {"451 later", notify.Cleartext, over.Mail, false},
		"no STARTTLS":      {"", notify.StartTLS, over.Mail, false},
		"no address":       {"", notify.Cleartext, "", true},
		"several and more": {"", notify.Cleartext, "a@x, b@y\r\nBcc: c@z", true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			addr, _ := exchange(t, c.refuse)
			n := over
			n.Mail = c.to
			err := mailer(addr, c.how).Send(t.Context(), n)
			if err == nil || errors.Is(err, notify.ErrNever) != c.never {
				t.Errorf("%v", err)
			}
		})
	}
}

func TestWebhook(t *testing.T) {
	t.Parallel()
	secret := []byte("s3cret")
	status := http.StatusNoContent
	var got map[string]any
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if r.Method != http.MethodPost || r.Header.Get(notify.SignatureHeader) != notify.Sign(secret, noon, body) {
			t.Errorf("%s, signature %q", r.Method, r.Header.Get(notify.SignatureHeader))
		}
		_ = json.Unmarshal(body, &got)
		w.Header().Set("Location", "/elsewhere")
		w.WriteHeader(status)
	}))
	defer s.Close()
	hook := notify.Hook{URL: s.URL, Secret: secret, Public: "https://berth.example.org", Now: at}
	if err := hook.Send(t.Context(), over); err != nil {
		t.Fatal(err)
	}
	if got["event"] != "ended" || got["reason"] != "out_of_memory" || got["id"] != "aaaaaaaaaaaaaaaa.7" || got["owner"] != "alice" {
		t.Errorf("%v", got)
	}
	for _, status = range []int{http.StatusInternalServerError, http.StatusFound, http.StatusNotFound} {
		if err := hook.Send(t.Context(), over); err == nil {
			t.Errorf("%d is a success", status)
		}
	}
}

// TestSignature: the value that deploy/docs/notify.md gives as an example.
func TestSignature(t *testing.T) {
	t.Parallel()
	const want = "t=1795435200,v1="
	if got := notify.Sign([]byte("s3cret"), noon, []byte("{}")); !strings.HasPrefix(got, want) || len(got) != len(want)+64 {
		t.Error(got)
	}
}
