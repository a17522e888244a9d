package chaos

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/berth-hpc/berth/deploy/e2e/client"
)

// mostLive is how many sessions one person has at a time.
const mostLive = 3

// use is one person at work, and an outsider who interferes with the jobs.
func (k *soak) use(ctx context.Context, t testing.TB, user string, dice *rand.Rand) {
	who := k.users[user]
	for n := 0; pause(ctx, dice, 100*time.Millisecond, 700*time.Millisecond); n++ {
		live := k.living(user)
		if len(live) == 0 || len(live) < mostLive && dice.IntN(3) == 0 {
			k.ask(t, who, fmt.Sprintf("s%d", n))
			continue
		}
		s := live[dice.IntN(len(live))]
		switch chance := dice.IntN(100); {
		case chance < 75:
			k.request(ctx, t, who, s)
		case chance < 90:
			k.stop(t, who, s)
		case chance < 96:
			k.fromOutside(ctx, s, "cancelled", []string{"scancel", s.JobID}, "cancelled")
		default: // the session goes on as its next attempt
			k.fromOutside(ctx, s, "requeued", []string{"scontrol", "requeue", s.JobID})
		}
	}
}

// pause waits a random time and reports whether there is more to do.
func pause(ctx context.Context, dice *rand.Rand, least, most time.Duration) bool {
	timer := time.NewTimer(least + time.Duration(dice.Int64N(int64(most-least))))
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}

func (k *soak) ask(t testing.TB, who *client.Client, name string) {
	request := tiny(name)
	request["time_limit"] = "1d"
	body, _ := json.Marshal(request)
	made := launch{name: name, owner: who.User}
	k.launched(made)
	a, err := who.Try(t, http.MethodPost, "/api/v1/sessions", strings.NewReader(string(body)), "Content-Type", "application/json")
	if err != nil {
		k.counts.add("launch: no answer")
		return
	}
	made.status = a.Status
	k.launched(made)
	k.counts.add(fmt.Sprintf("launch: %d", a.Status))
}

func (k *soak) stop(t testing.TB, who *client.Client, s client.Session) {
	k.excuse(s, "stopped")
	a, err := who.Try(t, http.MethodDelete, s.Path(), nil)
	if err != nil {
		k.counts.add("stop: no answer")
		return
	}
	k.counts.add(fmt.Sprintf("stop: %d", a.Status))
}

// fromOutside does something to the session's job behind berth's back.
func (k *soak) fromOutside(ctx context.Context, s client.Session, what string, argv []string, reasons ...string) {
	if s.JobID == "" {
		return
	}
	k.excuse(s, reasons...)
	if err := exec.CommandContext(ctx, argv[0], argv[1:]...).Run(); err == nil {
		k.counts.add("fault: job " + what + " from outside")
	}
}

// request uses the session's app. Whatever the answer is, it is not somebody
// else's.
func (k *soak) request(ctx context.Context, t testing.TB, who *client.Client, s client.Session) {
	if s.State != "Ready" {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, k.URL+s.At("x"), nil)
	if err != nil {
		t.Error(err)
		return
	}
	response, err := who.HTTP.Do(request)
	if err != nil {
		k.counts.add("request: no answer")
		return
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		k.counts.add("request: no answer")
		return
	}
	k.counts.add(fmt.Sprintf("request: %d", response.StatusCode))
	if want := fmt.Sprintf("job %s at %s\n", s.JobID, s.At("")); response.StatusCode == http.StatusOK && string(body) != want {
		t.Errorf("a request for %s is answered %q, want %q", s.ID, body, want)
	}
}
