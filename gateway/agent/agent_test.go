package agent

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/berth-hpc/berth/gateway/tunnel"
)

func TestAppIsServed(t *testing.T) {
	t.Parallel()
	s := startSite(t, testManifest(t, "serve"))
	home := ""
	r := startAgent(t, s.hello(), func(_ *Config, env map[string]string) { home = env["HOME"]; env["SLURMD_NODENAME"] = "c3" })
	if ready := await[tunnel.Ready](s); ready.After <= 0 {
		t.Errorf("ready after %s", ready.After)
	}
	v := s.look()

	dir := filepath.Dir(v.Args[1])
	if len(v.Args[1]) > 107 || !strings.HasPrefix(v.Args[1], r.tmp) {
		t.Errorf("socket path %q", v.Args[1])
	}
	for path, mode := range map[string]os.FileMode{dir: 0o700, dir + "/conf": 0o700, dir + "/conf/token": 0o600} {
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != mode {
			t.Errorf("%s: %v, %v", path, info.Mode(), err)
		}
	}
	if v.Dir != home {
		t.Errorf("working directory %q, not %q", v.Dir, home)
	}
	if v.PGID != v.PID {
		t.Error("the app is in its agent's process group")
	}
	if want := "AT=/user/alice/lab/ alice " + home + " ${PATH} $DIR ${OTHER}"; !slices.Contains(v.Env, want) {
		t.Errorf("no %q in %q", want, v.Env)
	}
	about := strings.Join(append(v.Env, v.Args...), "\n")
	if strings.Contains(about, testToken) || strings.Contains(about, "claim-secret") || strings.Contains(about, "BERTH_") {
		t.Errorf("a secret or berth's own variable is in argv or environment:\n%s", about)
	}
	if c := s.auth.claims[0]; c.JobID != "77" || c.Host != "c3" || c.AgentVersion != "test" || c.PID != os.Getpid() {
		t.Errorf("claim %+v", c)
	}

	s.Stop("s1", "enough")
	e := await[tunnel.Exited](s)
	if e.Code != 0 || e.Signal != 0 || e.Error != "" || e.Cause != tunnel.CauseStopped {
		t.Errorf("exited %+v", e)
	}
	if err := r.outcome(); err != nil {
		t.Errorf("Run: %v", err)
	}
	if got := r.output.String(); got != "serving\nterminated\n" {
		t.Errorf("the job's log got %q", got)
	}
}

func TestPortInsteadOfSocket(t *testing.T) {
	t.Parallel()
	m := testManifest(t, "serve", "${PORT}", "${DIR}/conf/token")
	m.Listen = tunnel.ListenPort
	s := startSite(t, m)
	startAgent(t, s.hello(), nil)
	await[tunnel.Ready](s)
	s.look()
}

func TestAppsOwnEnd(t *testing.T) {
	t.Parallel()
	s := startSite(t, testManifest(t, "exit", "3"))
	r := startAgent(t, s.hello(), nil)
	wantExit(t, r.outcome(), 3, 0)
	lines := map[string]string{}
	for {
		switch e := (<-s.auth.events).(type) {
		case tunnel.Log:
			for _, line := range e.Lines {
				lines[line.Text] = line.Stream
			}
		case tunnel.Ready:
			t.Error("an app that never served is ready")
		case tunnel.Exited:
			if e.Code != 3 || e.Signal != 0 || e.Cause != "" {
				t.Errorf("exited %+v", e)
			}
			want := map[string]string{"out of luck": "stdout", "no luck either": "stderr", "no end of line": "stdout"}
			if fmt.Sprint(lines) != fmt.Sprint(want) {
				t.Errorf("before its end it said %v", lines)
			}
			return
		}
	}
}

func TestAppIsKilled(t *testing.T) {
	t.Parallel()
	s := startSite(t, testManifest(t, "die"))
	r := startAgent(t, s.hello(), nil)
	wantExit(t, r.outcome(), 128+9, 9)
	if e := await[tunnel.Exited](s); e.Signal != 9 || e.Code != 0 {
		t.Errorf("exited %+v", e)
	}
}

func TestNoSuchProgram(t *testing.T) {
	t.Parallel()
	m := testManifest(t, "serve")
	m.Command = []string{"/no/such/program"}
	s := startSite(t, m)
	r := startAgent(t, s.hello(), nil)
	wantExit(t, r.outcome(), 127, 0)
	if e := await[tunnel.Exited](s); !strings.Contains(e.Error, "/no/such/program") {
		t.Errorf("exited %+v", e)
	}
}

func TestAppThatNeverAnswers(t *testing.T) {
	t.Parallel()
	m := testManifest(t, "serve")
	m.Ready.Path, m.Ready.Timeout = "/starting", 300*time.Millisecond
	s := startSite(t, m)
	r := startAgent(t, s.hello(), nil)
	if e := await[tunnel.Exited](s); e.Cause != tunnel.CauseNotReady {
		t.Errorf("exited %+v", e)
	}
	_ = r.outcome()
}

func TestDeadline(t *testing.T) {
	t.Parallel()
	m := testManifest(t, "serve")
	m.Deadline = time.Now().Add(time.Second)
	s := startSite(t, m)
	startAgent(t, s.hello(), nil)
	if e := await[tunnel.Exited](s); e.Cause != tunnel.CauseDeadline {
		t.Errorf("exited %+v", e)
	}
}

// The scheduler's SIGTERM, to an app that does not care.
func TestSignalThenKill(t *testing.T) {
	t.Parallel()
	m := testManifest(t, "deaf", "x")
	m.StopGrace = 100 * time.Millisecond
	s := startSite(t, m)
	r := startAgent(t, s.hello(), nil)
	if got := await[tunnel.Log](s); got.Lines[0].Text != "deaf" {
		t.Errorf("log %+v", got)
	}
	r.signals <- syscall.SIGTERM
	if e := await[tunnel.Exited](s); e.Signal != 9 || e.Cause != tunnel.CauseSignal {
		t.Errorf("exited %+v", e)
	}
	wantExit(t, r.outcome(), 128+9, 9)
}

func TestSupersededAgentGivesWay(t *testing.T) {
	t.Parallel()
	s := startSite(t, testManifest(t, "serve"))
	first := startAgent(t, s.hello(), nil)
	await[tunnel.Ready](s)
	old := s.look()
	second := startAgent(t, s.hello(), func(_ *Config, env map[string]string) { env["SLURM_RESTART_COUNT"] = "1" })
	if err := first.outcome(); err != nil {
		t.Errorf("the superseded agent ended with %v", err)
	}
	if syscall.Kill(old.PID, 0) == nil {
		t.Error("its app lives")
	}
	await[tunnel.Ready](s)
	if now := s.look(); now.PID == old.PID {
		t.Error("the old app still answers")
	}
	second.signals <- syscall.SIGTERM
	_ = second.outcome()
}

func TestRevokedAgentEnds(t *testing.T) {
	t.Parallel()
	s := startSite(t, testManifest(t, "serve"))
	r := startAgent(t, s.hello(), nil)
	await[tunnel.Ready](s)
	v := s.look()
	s.Revoke("s1", "over")
	var refused *tunnel.Refused
	if err := r.outcome(); !errors.As(err, &refused) || refused.Code != tunnel.CodeRevoked {
		t.Errorf("Run: %v", err)
	}
	if syscall.Kill(v.PID, 0) == nil {
		t.Error("its app lives")
	}
}

func TestRefusedClaim(t *testing.T) {
	t.Parallel()
	s := startSite(t, testManifest(t, "serve"))
	s.auth.refuse = &tunnel.Refused{Code: tunnel.CodeUnknown, Reason: "no such session", Final: true}
	if err := startAgent(t, s.hello(), nil).outcome(); err == nil {
		t.Error("a refused agent must not look like a success")
	}
}

func TestAgentThatCannotClaimGivesUp(t *testing.T) {
	t.Parallel()
	hello := tunnel.Hello{
		Gateways: []string{"https://127.0.0.1:1"}, Fingerprints: []string{strings.Repeat("00", 32)},
		Session: "s1", Attempt: 1, Secret: "x", ClaimTimeout: 50 * time.Millisecond,
	}
	if err := startAgent(t, hello, nil).outcome(); err == nil {
		t.Error("no error")
	}
	r := startAgent(t, hello, func(_ *Config, env map[string]string) { delete(env, "SLURM_JOB_ID") })
	if err := r.outcome(); err == nil || !strings.Contains(err.Error(), "no job") {
		t.Errorf("outside of a job: %v", err)
	}
}

func TestAppOutlivesTheGateway(t *testing.T) {
	t.Parallel()
	s := startSite(t, testManifest(t, "serve"))
	r := startAgent(t, s.hello(), nil)
	await[tunnel.Ready](s)
	before := s.look()
	s.shut()
	again := startSiteAt(t, s.addr, s.auth)
	if after := again.look(); after.PID != before.PID {
		t.Errorf("the app was started anew: %d, %d", before.PID, after.PID)
	}
	if c := again.auth.claims[len(again.auth.claims)-1]; c.App != tunnel.AppReady {
		t.Errorf("the second claim says the app is %q", c.App)
	}
	again.Stop("s1", "enough")
	if err := r.outcome(); err != nil {
		t.Errorf("Run: %v", err)
	}
}

func TestNothingIsLeftOfTheApp(t *testing.T) {
	t.Parallel()
	m := testManifest(t, "parent")
	s := startSite(t, m)
	r := startAgent(t, s.hello(), nil)
	await[tunnel.Ready](s)
	_, body := s.get("/child")
	child, err := strconv.Atoi(body)
	if err != nil {
		t.Fatal(err)
	}
	s.Stop("s1", "enough")
	if err := r.outcome(); err != nil {
		t.Errorf("Run: %v", err)
	}
	eventually(t, "the app's child is gone", func() bool { return gone(child) })
}

// gone reports whether the process has ended, reaped or not.
func gone(pid int) bool {
	b, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "stat"))
	return err != nil || strings.Contains(string(b), ") Z ")
}

// An agent that is killed takes its app with it, without a word.
func TestKilledAgentLeavesNoApp(t *testing.T) {
	t.Parallel()
	s := startSite(t, testManifest(t, "serve"))
	line, err := s.hello().Line()
	if err != nil {
		t.Fatal(err)
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), self)
	tmp, err := os.MkdirTemp("/tmp", "bt") //nolint:usetesting // its name is too long for a socket
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(tmp) })
	cmd.Env = []string{"TEST_APP=agent", "PBS_JOBID=12.pbs", "HOME=" + t.TempDir(), "TMPDIR=" + tmp}
	cmd.Stdin = strings.NewReader(string(line))
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	await[tunnel.Ready](s)
	if c := s.auth.claims[0]; c.JobID != "12.pbs" {
		t.Errorf("claim %+v", c)
	}
	v := s.look()
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
	eventually(t, "the app is gone", func() bool { return gone(v.PID) })
}

// runTestAgent is an agent in a process of its own.
func runTestAgent() int {
	hello, err := tunnel.ReadHello(os.Stdin)
	if err != nil {
		return 2
	}
	if Run(context.Background(), Config{Hello: hello, Getenv: os.Getenv, Environ: os.Environ}) != nil {
		return 1
	}
	return 0
}

func TestUsageArrives(t *testing.T) {
	t.Parallel()
	s := startSite(t, testManifest(t, "serve"))
	startAgent(t, s.hello(), func(c *Config, _ map[string]string) { c.sampleEvery = 50 * time.Millisecond })
	u := await[tunnel.Usage](s)
	if u.Memory <= 0 || u.CPU <= 0 || u.Processes < 2 || u.Source == "" || u.At.IsZero() {
		t.Errorf("usage %+v", u)
	}
}
