package sample

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
)

const (
	mostUpload  = 1 << 30 // bytes of one file
	mostUploads = 8       // files; the oldest makes room
)

// upload is one file that was uploaded.
type upload struct {
	Number int
	Name   string
	Size   int64
	SHA256 string
}

// Human is the size for people.
func (u upload) Human() string {
	size, unit := float64(u.Size), "bytes"
	for _, next := range []string{"KiB", "MiB", "GiB"} {
		if size < 1024 {
			break
		}
		size, unit = size/1024, next
	}
	return strings.TrimSuffix(strconv.FormatFloat(size, 'f', 1, 64), ".0") + " " + unit
}

// shelf keeps uploads.
type shelf struct {
	dir  string
	mu   sync.Mutex
	next int
	kept []upload
}

func (s *shelf) list() []upload {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]upload(nil), s.kept...)
}

func (s *shelf) path(number int) string { return filepath.Join(s.dir, strconv.Itoa(number)) }

var errTooLarge = errors.New("the file is too large")

// keep writes one file and remembers it.
func (s *shelf) keep(name string, from io.Reader) error {
	s.mu.Lock()
	s.next++
	u := upload{Number: s.next, Name: name}
	s.mu.Unlock()
	file, err := os.OpenFile(s.path(u.Number), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	sum := sha256.New()
	u.Size, err = io.Copy(io.MultiWriter(file, sum), io.LimitReader(from, mostUpload+1))
	err = errors.Join(err, file.Close())
	if err == nil && u.Size > mostUpload {
		err = errTooLarge
	}
	if err != nil {
		return errors.Join(err, os.Remove(s.path(u.Number)))
	}
	u.SHA256 = hex.EncodeToString(sum.Sum(nil))
	s.mu.Lock()
	defer s.mu.Unlock()
	s.kept = append(s.kept, u)
	if len(s.kept) > mostUploads {
		_ = os.Remove(s.path(s.kept[0].Number))
		s.kept = s.kept[1:]
	}
	return nil
}

// upload takes the first file of a form, as it comes in.
func (a *app) upload(w http.ResponseWriter, r *http.Request) {
	form, err := r.MultipartReader()
	if err != nil {
		http.Error(w, "This is no form with a file.", http.StatusBadRequest)
		return
	}
	part, err := form.NextPart()
	if err != nil || part.FileName() == "" {
		http.Error(w, "Choose a file first, then go back and upload it.", http.StatusBadRequest)
		return
	}
	err = a.shelf.keep(part.FileName(), part)
	switch {
	case errors.Is(err, errTooLarge):
		http.Error(w, "The file is larger than 1 GiB.", http.StatusRequestEntityTooLarge)
	case err != nil:
		http.Error(w, "The file could not be kept.", http.StatusInternalServerError)
	default:
		http.Redirect(w, r, a.BasePath+"#files", http.StatusSeeOther)
	}
}

// file gives an upload back.
func (a *app) file(w http.ResponseWriter, r *http.Request) {
	number, _ := strconv.Atoi(r.PathValue("number"))
	for _, u := range a.shelf.list() {
		if u.Number == number {
			w.Header().Set("Content-Type", "application/octet-stream")
			w.Header().Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": u.Name}))
			http.ServeFile(w, r, a.shelf.path(number))
			return
		}
	}
	http.NotFound(w, r)
}

const mostStream = 4096 // MiB

// stream sends as many MiB as are asked for.
func (a *app) stream(w http.ResponseWriter, r *http.Request) {
	mib, err := strconv.Atoi(r.FormValue("mib"))
	if err != nil || mib < 1 || mib > mostStream {
		http.Error(w, fmt.Sprintf("Ask for 1 to %d MiB.", mostStream), http.StatusBadRequest)
		return
	}
	w.Header().Set("Content-Type", "application/octet-stream")
	w.Header().Set("Content-Length", strconv.Itoa(mib<<20))
	w.Header().Set("Content-Disposition", fmt.Sprintf(`attachment; filename="%d-MiB.bin"`, mib))
	block := make([]byte, 1<<20)
	for range mib {
		if _, err := w.Write(block); err != nil {
			return
		}
	}
}
