package supervisor

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"syscall"
	"time"
)

// What a supervisor inherits beside its standard streams.
const (
	lockFD  = 3 // the job's lock, which is its to hold
	readyFD = 4 // to be told "ok" when it has taken charge
)

const readyWord = "ok"

// start starts the job if nobody ever has.
func (t Tool) start(f folder, o Order, p person) (Report, error) {
	if _, err := interpreter(o.Script); err != nil {
		return Report{}, err
	}
	if o.Home != "" {
		if err := os.MkdirAll(p.home, 0o700); err != nil {
			return Report{}, err
		}
	}
	if err := f.make(); err != nil {
		return Report{}, err
	}
	f.tidy(time.Now())
	lock, err := f.lock()
	if errors.Is(err, errBusy) {
		return f.settled()
	}
	if err != nil {
		return Report{}, err
	}
	defer func() { _ = lock.Close() }()
	r, err := f.report()
	if err != nil || r.State != Absent {
		return r, err
	}
	if f.cancelled() {
		return f.neverStarted()
	}
	script := o.Script
	o.Script = nil
	err = errors.Join(f.put(scriptFile, script), f.putJSON(orderFile, o))
	if err == nil {
		err = t.spawn(f, lock, o, p)
	}
	r, reportErr := f.report()
	if reportErr == nil && r.State != Absent {
		return r, nil // it has taken charge, whatever came after
	}
	return r, errors.Join(err, reportErr, os.Remove(f.file(scriptFile)))
}

// neverStarted writes down the end of a job that was cancelled first.
func (f folder) neverStarted() (Report, error) {
	if err := f.putJSON(endedFile, Exit{At: time.Now(), Cause: Cancelled}); err != nil {
		return Report{}, err
	}
	return f.report()
}

// spawn starts the supervisor and waits until it has taken charge. It is in a
// session of its own, has nothing of this process but the lock, and is adopted by
// init when this process ends.
func (t Tool) spawn(f folder, lock *os.File, o Order, p person) error {
	null, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	defer func() { _ = null.Close() }()
	ready, readyEnd, err := os.Pipe()
	if err != nil {
		return err
	}
	defer func() { _ = ready.Close() }()
	words, wordsEnd, err := os.Pipe()
	if err != nil {
		_ = readyEnd.Close()
		return err
	}
	defer func() { _ = words.Close() }()
	argv := append(append(append([]string{}, o.Wrap...), t.Self...), Supervise, string(f))
	process, err := os.StartProcess(argv[0], argv, &os.ProcAttr{
		Dir: "/", Env: environment(o, p),
		Files: []*os.File{null, null, wordsEnd, lock, readyEnd},
		Sys:   &syscall.SysProcAttr{Setsid: true},
	})
	_, _ = readyEnd.Close(), wordsEnd.Close()
	if err != nil {
		return err
	}
	_ = process.Release()
	_ = ready.SetReadDeadline(time.Now().Add(patience))
	word := make([]byte, len(readyWord))
	if _, err := io.ReadFull(ready, word); err == nil && string(word) == readyWord {
		return nil
	}
	_ = words.SetReadDeadline(time.Now().Add(time.Second))
	said, _ := io.ReadAll(io.LimitReader(words, 2000))
	return fmt.Errorf("the supervisor did not take charge: %s", strings.TrimSpace(string(said)))
}

// jobVariable tells a job's processes, the agent among them, whose they are.
const jobVariable = "LOCAL_JOB_ID"

// environment is the whole environment of the supervisor, and of the script.
func environment(o Order, p person) []string {
	env := []string{
		"HOME=" + p.home, "USER=" + p.name, "LOGNAME=" + p.name, "SHELL=" + p.shell,
		"PATH=/usr/local/bin:/usr/bin:/bin", "LANG=C.UTF-8",
		// The owner's service manager, for launchers that ask it for limits.
		fmt.Sprintf("XDG_RUNTIME_DIR=/run/user/%d", os.Getuid()),
		jobVariable + "=" + o.Job,
	}
	return append(env, o.Env...)
}
