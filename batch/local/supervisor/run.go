package supervisor

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// The commands, by the word that asks for them. Each but Supervise reads an Order
// and writes a Report.
const (
	Check     = "check"     // can jobs be run for this owner here? changes nothing
	Start     = "start"     // start the job, once
	Status    = "status"    // where is it?
	Cancel    = "cancel"    // end it, or see to it that it is never started
	Forget    = "forget"    // remove the directory of a job that has ended
	Supervise = "supervise" // be the supervisor; Start's own
)

// mostOrder bounds what is read: scripts are a few kilobytes.
const mostOrder = 4 << 20

// patience is how long somebody else may take to start a job.
const patience = 10 * time.Second

// Tool is the program as it was called.
type Tool struct {
	Self []string // argv of this program up to the command's word
	In   io.Reader
	Out  io.Writer
}

// Run carries out one command. An error of Start means that nothing was started.
func (t Tool) Run(args []string) error {
	if len(args) == 2 && args[0] == Supervise {
		return supervise(folder(args[1]))
	}
	if len(args) != 1 {
		return errors.New("one command is needed: check, start, status, cancel or forget")
	}
	var o Order
	if err := json.NewDecoder(io.LimitReader(t.In, mostOrder)).Decode(&o); err != nil {
		return errors.New("the order is not JSON") // the decoder's words might quote it
	}
	if err := o.check(); err != nil {
		return err
	}
	p, err := whoami(o)
	if err != nil {
		return err
	}
	place, err := o.place(p)
	if err != nil {
		return err
	}
	report, err := t.run(args[0], folder(place), o, p)
	if err != nil {
		return err
	}
	return json.NewEncoder(t.Out).Encode(report)
}

func (t Tool) run(command string, f folder, o Order, p person) (Report, error) {
	switch command {
	case Check:
		return Report{State: Absent}, f.usable(o, p)
	case Start:
		return t.start(f, o, p)
	case Status:
		return status(f, o)
	case Cancel:
		return cancel(f, o)
	case Forget:
		return forget(f)
	}
	return Report{}, fmt.Errorf("%.40q is no command", command)
}

// usable makes the directory above the jobs' and tries to write there.
func (f folder) usable(o Order, p person) error {
	if o.Home != "" {
		if err := os.MkdirAll(p.home, 0o700); err != nil {
			return err
		}
	}
	parent := filepath.Dir(string(f))
	if err := os.MkdirAll(parent, 0o700); err != nil {
		return err
	}
	probe, err := os.MkdirTemp(parent, ".check-")
	if err != nil {
		return err
	}
	return os.Remove(probe)
}

func status(f folder, o Order) (Report, error) {
	r, err := f.settled()
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return Report{State: Absent}, nil
	case err == nil && r.State == Vanished:
		sweep(o.Job)
	}
	return r, err
}

// settled is the report once nobody is starting the job.
func (f folder) settled() (Report, error) {
	for deadline := time.Now().Add(patience); ; time.Sleep(20 * time.Millisecond) {
		r, err := f.report()
		if err != nil || r.State != Absent || time.Now().After(deadline) {
			return r, err
		}
		lock, err := f.lock()
		if err == nil {
			defer func() { _ = lock.Close() }()
			return f.report()
		}
		if !errors.Is(err, errBusy) {
			return Report{}, err
		}
	}
}

// keepFor is how long the directory of a job that has ended stays at most.
const keepFor = 7 * 24 * time.Hour

// tidy removes such directories beside the job's own: of those that the gateway
// did not live to forget.
func (f folder) tidy(now time.Time) {
	parent := filepath.Dir(string(f))
	entries, err := os.ReadDir(parent)
	if err != nil {
		return
	}
	for _, e := range entries {
		other := folder(filepath.Join(parent, e.Name()))
		info, err := os.Lstat(other.file(endedFile))
		if err == nil && JobPattern.MatchString(e.Name()) && now.Sub(info.ModTime()) > keepFor {
			_ = os.RemoveAll(string(other))
		}
	}
}

// forget removes what is left of a job that does not run.
func forget(f folder) (Report, error) {
	lock, err := f.lock()
	if errors.Is(err, fs.ErrNotExist) {
		return Report{State: Absent}, nil
	}
	if err != nil {
		return Report{}, err
	}
	defer func() { _ = lock.Close() }()
	if r, err := f.report(); err != nil || r.State == Running {
		return r, err
	}
	return Report{State: Absent}, os.RemoveAll(string(f))
}
