package client

import (
	"bufio"
	"strings"
	"testing"

	"github.com/berth-hpc/berth/gateway/api"
)

func FuzzRead(f *testing.F) {
	f.Add("event: log\ndata: {\"seq\":8,\"text\":\"two\"}\n\nevent: end\ndata: {}\n\n")
	f.Add(": x\nevent\ndata\n\n:\n\n")
	f.Fuzz(func(t *testing.T, stream string) {
		w := Watch{Line: func(l api.LogLine) {}, Session: func(api.Session) bool { return true }}
		done := w.read(bufio.NewScanner(strings.NewReader(stream)))
		if done && !strings.Contains(stream, "end") {
			t.Errorf("%q is an end", stream)
		}
	})
}
