package local

import (
	"errors"
	"os"
	"path/filepath"
)

// writeFile writes a file of mode 0600 whole, and for good: synced, renamed, and
// the directory synced.
func writeFile(path string, content []byte) error {
	dir := filepath.Dir(path)
	draft, err := os.CreateTemp(dir, ".draft-*")
	if err != nil {
		return err
	}
	_, err = draft.Write(content)
	err = errors.Join(err, draft.Sync(), draft.Close())
	if err == nil {
		err = os.Rename(draft.Name(), path)
	}
	if err != nil {
		_ = os.Remove(draft.Name())
		return err
	}
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
