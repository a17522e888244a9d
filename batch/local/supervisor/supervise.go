package supervisor

import (
	"errors"
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

const (
	memoryEvery  = 2 * time.Second
	defaultGrace = 30 * time.Second // Slurm's KillWait
	// lastTry bounds how long the end is tried to be written to a full disk, and
	// how long killed processes may take to be gone.
	lastTry = 30 * time.Second
)

// charge is one job under supervision.
type charge struct {
	folder folder
	order  Order
	main   int // pid of the script, whose process group it leads

	cause   Cause
	reaped  bool
	status  syscall.WaitStatus // of main, once it was reaped
	kill    *time.Timer        // SIGKILL to what SIGTERM does not end
	signals chan os.Signal
}

// supervise is the supervisor's whole life.
func supervise(f folder) error {
	// The script dies with the thread that starts it (PR_SET_PDEATHSIG in
	// prctl(2)): that is this one, for as long as the supervisor lives.
	runtime.LockOSThread()
	syscall.CloseOnExec(lockFD)
	syscall.CloseOnExec(readyFD)
	ready := os.NewFile(readyFD, "ready")
	c := &charge{folder: f, signals: make(chan os.Signal, 16)}
	if found, err := f.get(orderFile, &c.order); err != nil || !found {
		return fmt.Errorf("no order: %w", err)
	}
	if c.order.Grouped {
		if err := grouped(c.order.Job); err != nil {
			return err
		}
	}
	// Caught and passed over, not ignored: the script would inherit that.
	signal.Notify(c.signals, syscall.SIGTERM, syscall.SIGCHLD, syscall.SIGHUP, syscall.SIGINT, syscall.SIGQUIT)
	// What loses its parent becomes a child of this process, so that nothing of the
	// job gets out of sight.
	if err := unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); err != nil {
		return fmt.Errorf("prctl: %w", err)
	}
	self, err := Identify(os.Getpid())
	if err != nil {
		return err
	}
	begin := started{Process: self, At: time.Now()}
	if err := f.putJSON(startedFile, begin); err != nil {
		return err
	}
	_, _ = ready.WriteString(readyWord)
	_ = ready.Close()
	hush()
	return f.end(c.live(begin.At))
}

// hush gives up the starter's pipe: standard error is /dev/null from now on.
func hush() {
	if null, err := os.OpenFile(os.DevNull, os.O_RDWR, 0); err == nil {
		_ = unix.Dup3(int(null.Fd()), 2, 0)
		_ = null.Close()
	}
}

// live starts the script and stays until nothing of the job is left.
func (c *charge) live(since time.Time) Exit {
	if err := c.begin(); err != nil {
		return Exit{At: time.Now(), Code: 127, Error: err.Error()}
	}
	if c.folder.cancelled() { // before the supervisor could hear of it
		c.stop(Cancelled)
	}
	due, stopDue := after(c.order.TimeLimit-time.Since(since), c.order.TimeLimit > 0)
	defer stopDue()
	look := time.NewTicker(memoryEvery)
	defer look.Stop()
	for !c.reaped {
		select {
		case s := <-c.signals:
			switch s {
			case syscall.SIGCHLD:
				c.reap()
			case syscall.SIGTERM:
				c.stop(c.whoAsked())
			}
		case <-due:
			c.stop(TimeLimit)
		case <-c.killTime():
			c.killRest()
		case <-look.C:
			c.lookAtMemory()
		}
	}
	e := Exit{At: time.Now(), Cause: c.cause}
	switch {
	case c.status.Signaled():
		e.Signal = int(c.status.Signal())
	default:
		e.Code = c.status.ExitStatus()
	}
	c.clean()
	return e
}

// begin starts the script as the leader of a process group.
func (c *charge) begin() error {
	p, err := whoami(c.order)
	if err != nil {
		return err
	}
	text, err := os.ReadFile(c.folder.file(scriptFile))
	if err != nil {
		return err
	}
	argv, err := interpreter(text)
	if err != nil {
		return err
	}
	argv = append(argv, c.folder.file(scriptFile))
	if c.order.Login {
		argv = append([]string{p.shell, "-l", "-c", `exec -- "$@"`, "job"}, argv...)
	}
	null, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	defer func() { _ = null.Close() }()
	syscall.Umask(0o022)
	process, err := os.StartProcess(argv[0], argv, &os.ProcAttr{
		Dir: workDir(c.order.WorkDir, p.home), Env: environment(c.order, p), Files: []*os.File{null, null, null},
		Sys: &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL},
	})
	if err != nil {
		return err
	}
	c.main = process.Pid
	return process.Release() // reap waits for whatever ends
}

// workDir is the first directory that can be entered.
func workDir(choices ...string) string {
	for _, dir := range choices {
		if info, err := os.Stat(dir); dir != "" && err == nil && info.IsDir() && unix.Access(dir, unix.X_OK) == nil {
			return dir
		}
	}
	return "/"
}

// reap takes note of every child that has ended: the script, and orphans.
func (c *charge) reap() {
	for {
		var status syscall.WaitStatus
		pid, err := syscall.Wait4(-1, &status, syscall.WNOHANG, nil)
		if errors.Is(err, syscall.EINTR) {
			continue
		}
		if err != nil || pid <= 0 {
			return
		}
		if pid == c.main {
			c.reaped, c.status = true, status
		}
	}
}

// whoAsked tells a cancelled job from a machine that is going down.
func (c *charge) whoAsked() Cause {
	if c.folder.cancelled() {
		return Cancelled
	}
	return Terminated
}

// stop asks the script to end, and sees to it that it does. The first cause
// counts; asking again changes nothing.
func (c *charge) stop(why Cause) {
	if c.cause != "" {
		return
	}
	c.cause = why
	_ = syscall.Kill(-c.main, syscall.SIGTERM)
	_ = syscall.Kill(-c.main, syscall.SIGCONT) // a stopped process ends only when it goes on
	grace := c.order.Grace
	if grace == 0 {
		grace = defaultGrace
	}
	c.kill = time.NewTimer(grace)
}

func (c *charge) killTime() <-chan time.Time {
	if c.kill == nil {
		return nil
	}
	return c.kill.C
}

func (c *charge) lookAtMemory() {
	if c.order.Memory > 0 && ownMemory(descendants(os.Getpid())) > c.order.Memory {
		if c.cause == "" {
			c.cause = Memory
		}
		c.killRest()
	}
}

// killRest ends everything below the supervisor, at once.
func (c *charge) killRest() {
	for _, pid := range descendants(os.Getpid()) {
		_ = syscall.Kill(pid, syscall.SIGKILL)
	}
}

// clean ends what the script has left behind, and waits until it is gone.
func (c *charge) clean() {
	for deadline := time.Now().Add(lastTry); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		c.killRest()
		c.reap()
		if len(children(os.Getpid())) == 0 {
			return
		}
	}
}

// end writes down how the job ended. A disk that is full may have room again.
func (f folder) end(e Exit) error {
	_ = os.Remove(f.file(scriptFile))
	var err error
	for deadline := time.Now().Add(lastTry); time.Now().Before(deadline); time.Sleep(time.Second) {
		if err = f.putJSON(endedFile, e); err == nil {
			return nil
		}
	}
	return err
}

// after is a timer that fires at once for a time that has passed.
func after(d time.Duration, wanted bool) (<-chan time.Time, func()) {
	if !wanted {
		return nil, func() {}
	}
	t := time.NewTimer(max(d, 0))
	return t.C, func() { t.Stop() }
}
