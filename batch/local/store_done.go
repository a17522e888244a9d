package local

import (
	"cmp"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/berth-hpc/berth/batch"
)

// ended reads the record of a job that has ended.
func (s *store) ended(id batch.JobID) (record, bool, error) {
	name := string(id) + suffix
	s.mu.Lock()
	r, ok := s.done[name]
	s.mu.Unlock()
	if ok {
		return r, true, nil
	}
	r, err := s.read(filepath.Join(doneDir, name))
	if errors.Is(err, fs.ErrNotExist) {
		return r, false, nil
	}
	if err != nil {
		return r, false, err
	}
	s.mu.Lock()
	s.done[name] = r
	s.mu.Unlock()
	return r, true, nil
}

// allEnded reads the records of every job that has ended, in the order of
// submission.
func (s *store) allEnded() ([]*record, error) {
	files, err := os.ReadDir(s.path(doneDir))
	if err != nil {
		return nil, err
	}
	var records []*record
	for _, f := range files {
		id, ok := strings.CutSuffix(f.Name(), suffix)
		if !ok {
			continue
		}
		r, found, err := s.ended(batch.JobID(id))
		if err != nil {
			return nil, err
		}
		if found {
			records = append(records, &r)
		}
	}
	slices.SortFunc(records, func(a, b *record) int { return cmp.Compare(a.Number, b.Number) })
	return records, nil
}

// purge forgets what ended before the time.
func (s *store) purge(before time.Time) error {
	records, err := s.allEnded()
	for _, r := range records {
		if !r.EndedAt.Before(before) {
			continue
		}
		name := string(r.ID) + suffix
		err = errors.Join(err, absent(os.Remove(s.path(doneDir, name))))
		s.mu.Lock()
		delete(s.done, name)
		s.mu.Unlock()
	}
	return err
}
