package supervisor

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// The files of a job's directory.
const (
	lockFile    = "lock"
	orderFile   = "order.json"
	scriptFile  = "script"
	startedFile = "started"
	cancelFile  = "cancel"
	endedFile   = "ended"
)

// folder is a job's directory.
type folder string

func (f folder) file(name string) string { return filepath.Join(string(f), name) }

// make makes the directory, and those above it, for the owner alone.
func (f folder) make() error {
	parent := filepath.Dir(string(f))
	if err := os.MkdirAll(parent, 0o700); err != nil {
		return err
	}
	err := os.Mkdir(string(f), 0o700)
	if errors.Is(err, fs.ErrExist) {
		return f.owned()
	}
	return err
}

// owned refuses a directory that somebody else has put there.
func (f folder) owned() error {
	info, err := os.Lstat(string(f))
	if err != nil {
		return err
	}
	s, ok := info.Sys().(*syscall.Stat_t)
	if !info.IsDir() || !ok || int(s.Uid) != os.Getuid() || info.Mode().Perm()&0o077 != 0 {
		return fmt.Errorf("%s is not a directory of one's own: %w", f, fs.ErrPermission)
	}
	return nil
}

// cancelled reports whether somebody has cancelled the job.
func (f folder) cancelled() bool {
	_, err := os.Lstat(f.file(cancelFile))
	return err == nil
}

// errBusy means that somebody else holds the lock.
var errBusy = errors.New("the job's lock is held")

// lock takes the job's lock without waiting. The lock belongs to the open file:
// a supervisor that inherits it holds it until it ends.
func (f folder) lock() (*os.File, error) {
	file, err := os.OpenFile(f.file(lockFile), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	err = syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if err == nil {
		return file, nil
	}
	_ = file.Close()
	if errors.Is(err, syscall.EWOULDBLOCK) {
		err = errBusy
	}
	return nil, err
}

// put writes one of the files, whole and for good.
func (f folder) put(name string, content []byte) error {
	draft, err := os.CreateTemp(string(f), "."+name+"-*") // mode 0600
	if err != nil {
		return err
	}
	_, err = draft.Write(content)
	err = errors.Join(err, draft.Sync(), draft.Close())
	if err == nil {
		err = os.Rename(draft.Name(), f.file(name))
	}
	if err != nil {
		_ = os.Remove(draft.Name())
		return err
	}
	dir, err := os.Open(string(f))
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}

func (f folder) putJSON(name string, v any) error {
	content, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return f.put(name, content)
}

// get reads one of the files; false if it is not there.
func (f folder) get(name string, into any) (bool, error) {
	content, err := os.ReadFile(f.file(name))
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err == nil {
		err = json.Unmarshal(content, into)
	}
	return err == nil, err
}

// report says where the job is, by its directory and its lock.
func (f folder) report() (Report, error) {
	var r Report
	var e Exit
	if over, err := f.get(endedFile, &e); err != nil {
		return r, err
	} else if over {
		r.State, r.Exit = Ended, &e
	}
	var s started
	begun, err := f.get(startedFile, &s)
	if err != nil {
		return r, err
	}
	r.Process, r.Started = s.Process, s.At
	switch {
	case r.State == Ended:
	case !begun:
		r.State = Absent
	case s.Process.Alive():
		r.State = Running
	default:
		r.State = Vanished
		// It may have ended between the two looks.
		if over, err := f.get(endedFile, &e); err == nil && over {
			r.State, r.Exit = Ended, &e
		}
	}
	return r, nil
}
