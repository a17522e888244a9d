package local

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/berth-hpc/berth/batch"
	"github.com/berth-hpc/berth/batch/local/supervisor"
)

// store keeps the records on disk:
//
//	lock              taken for every change (flock(2))
//	meta              the directory's own name, and the next job's number
//	live/ID.json      a job that has not ended
//	live/ID.script    its script, until it was started; it carries a secret
//	done/ID.json      a job that has ended; it never changes again
//
// Files are written whole, synced and renamed. A record moves from live to done
// by being written there first: where both are, done counts. So a reader needs no
// lock when it looks at live before it looks at done.
type store struct {
	dir string

	mu   sync.Mutex
	done map[string]record // by file name; those read so far
}

// meta is the file of that name.
type meta struct {
	Name string `json:"name"` // part of every id
	Next int64  `json:"next"`
}

const (
	liveDir, doneDir = "live", "done"
	suffix           = ".json"
)

// open makes the directory if it is not there.
func openStore(dir string) (*store, error) {
	s := &store{dir: dir, done: map[string]record{}}
	for _, d := range []string{dir, filepath.Join(dir, liveDir), filepath.Join(dir, doneDir)} {
		if err := os.MkdirAll(d, 0o700); err != nil {
			return nil, err
		}
	}
	release, err := s.lock(context.Background())
	if err != nil {
		return nil, err
	}
	defer release()
	_, err = s.meta()
	if errors.Is(err, fs.ErrNotExist) {
		err = s.write("meta", meta{Name: strings.ToLower(rand.Text()[:4]), Next: 1})
	}
	return s, err
}

func (s *store) path(parts ...string) string {
	return filepath.Join(append([]string{s.dir}, parts...)...)
}

// unavailable is what a directory that cannot be used says of every job: nothing.
func unavailable(err error) error {
	if err == nil || errors.Is(err, batch.ErrUnavailable) {
		return err
	}
	return fmt.Errorf("%w: %w", batch.ErrUnavailable, err)
}

// lock waits for the lock until the context ends.
func (s *store) lock(ctx context.Context) (release func(), err error) {
	file, err := os.OpenFile(s.path("lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	pause := time.NewTicker(2 * time.Millisecond)
	defer pause.Stop()
	for {
		err = syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if err == nil {
			return func() { _ = file.Close() }, nil
		}
		if !errors.Is(err, syscall.EWOULDBLOCK) && !errors.Is(err, syscall.EINTR) {
			_ = file.Close()
			return nil, err
		}
		select {
		case <-ctx.Done():
			_ = file.Close()
			return nil, ctx.Err()
		case <-pause.C:
		}
	}
}

func (s *store) meta() (meta, error) {
	var m meta
	content, err := os.ReadFile(s.path("meta"))
	if err == nil {
		err = json.Unmarshal(content, &m)
	}
	if err == nil && (m.Next < 1 || !supervisor.JobPattern.MatchString("1-"+m.Name)) {
		err = fmt.Errorf("%s makes no sense", s.path("meta"))
	}
	return m, err
}

// change calls fn with the live records, in the order of submission and under the
// lock. fn writes what it changes with put.
func (s *store) change(ctx context.Context, fn func(records []*record) error) error {
	release, err := s.lock(ctx)
	if err != nil {
		return unavailable(err)
	}
	defer release()
	records, err := s.live()
	if err == nil {
		err = fn(records)
	}
	return unavailable(err)
}

// take gives out the next job's number and id. Only under the lock.
func (s *store) take() (int64, batch.JobID, error) {
	m, err := s.meta()
	if err != nil {
		return 0, "", err
	}
	number := m.Next
	m.Next++
	return number, batch.JobID(strconv.FormatInt(number, 10) + "-" + m.Name), s.write("meta", m)
}

// put writes a record. One that has ended moves to where it stays. Only under the
// lock.
func (s *store) put(r *record) error {
	name := string(r.ID) + suffix
	if r.live() {
		return s.write(filepath.Join(liveDir, name), r)
	}
	if err := s.write(filepath.Join(doneDir, name), r); err != nil {
		return err
	}
	return errors.Join(absent(os.Remove(s.path(liveDir, name))), s.dropScript(r.ID))
}

func absent(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

func (s *store) scriptPath(id batch.JobID) string { return s.path(liveDir, string(id)+".script") }

func (s *store) putScript(id batch.JobID, body []byte) error {
	return writeFile(s.scriptPath(id), body)
}

func (s *store) script(id batch.JobID) ([]byte, error) { return os.ReadFile(s.scriptPath(id)) }

func (s *store) dropScript(id batch.JobID) error { return absent(os.Remove(s.scriptPath(id))) }

// live reads the records of jobs that have not ended.
func (s *store) live() ([]*record, error) {
	if _, err := s.meta(); err != nil {
		return nil, err // nothing can be said of a directory that is not there
	}
	files, err := os.ReadDir(s.path(liveDir))
	if err != nil {
		return nil, err
	}
	var records []*record
	for _, f := range files {
		if !strings.HasSuffix(f.Name(), suffix) {
			continue
		}
		r, err := s.read(filepath.Join(liveDir, f.Name()))
		if errors.Is(err, fs.ErrNotExist) {
			continue // it has ended meanwhile
		}
		if err != nil {
			return nil, err
		}
		if _, err := os.Stat(s.path(doneDir, f.Name())); err == nil {
			continue // it has, and the last step of that is not done
		}
		records = append(records, &r)
	}
	slices.SortFunc(records, func(a, b *record) int { return cmp.Compare(a.Number, b.Number) })
	return records, nil
}

func (s *store) read(name string) (record, error) {
	var r record
	content, err := os.ReadFile(s.path(name))
	if err == nil {
		err = json.Unmarshal(content, &r)
	}
	if err == nil && (!supervisor.JobPattern.MatchString(string(r.ID)) || r.Owner == "") {
		err = fmt.Errorf("%s is no record", s.path(name))
	}
	return r, err
}

func (s *store) write(name string, v any) error {
	content, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return writeFile(s.path(name), content)
}
