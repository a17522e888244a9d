package supervisor

import (
	"errors"
	"io/fs"
	"syscall"
)

// cancel ends the job. Of a job that was not started it writes down that it never
// will be. The report says where the job is then: it may take a while to end.
func cancel(f folder, o Order) (Report, error) {
	r, err := f.cancel(o)
	if o.Begun && errors.Is(err, fs.ErrNotExist) {
		return Report{State: Absent}, nil // it has ended and was forgotten
	}
	return r, err
}

func (f folder) cancel(o Order) (Report, error) {
	if !o.Begun {
		if err := f.make(); err != nil {
			return Report{}, err
		}
	}
	if !f.cancelled() {
		if err := f.put(cancelFile, nil); err != nil {
			return Report{}, err
		}
	}
	lock, err := f.lock()
	switch {
	case err == nil:
		defer func() { _ = lock.Close() }()
		r, err := f.report()
		if err == nil && r.State == Absent {
			return f.neverStarted()
		}
		if err == nil && r.State == Vanished {
			sweep(o.Job)
		}
		return r, err
	case !errors.Is(err, errBusy):
		return Report{}, err
	}
	r, err := f.settled()
	if err != nil || r.State != Running {
		return r, err
	}
	if o.Kill {
		r.Process.killAll(o.Job)
	} else if err := syscall.Kill(r.Process.PID, syscall.SIGTERM); err != nil && !errors.Is(err, syscall.ESRCH) {
		return r, err
	}
	return f.report()
}

// killAll ends everything below a supervisor that does not do it itself, and then
// the supervisor.
func (p Process) killAll(job string) {
	below := descendants(p.PID)
	_ = syscall.Kill(p.PID, syscall.SIGKILL)
	for _, pid := range below {
		_ = syscall.Kill(pid, syscall.SIGKILL)
	}
	sweep(job)
}
