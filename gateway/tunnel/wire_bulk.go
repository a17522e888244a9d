package tunnel

import (
	"sync"
)

// A bulk stream spends most of its time in the kernel, and crypto/tls asks for
// two calls to it for each record of 16 KiB. While a stream is bulky, a wire
// therefore reads ahead, and writes the records of one Write in one call.
// Streams that are not never hold a buffer.
const (
	fullRecord = 16 << 10
	// bulkSize holds eight full records, with their headers and tags.
	bulkSize = 8 * (fullRecord + 64)
)

var bulkBuffers = sync.Pool{New: func() any { b := make([]byte, bulkSize); return &b }}

// ahead is what a wire has read and not yet handed on.
type ahead struct {
	bulky bool // the latest read filled what it was given
	buf   *[]byte
	at, n int
}

func (a *ahead) take(p []byte) int {
	n := copy(p, (*a.buf)[a.at:a.n])
	if a.at += n; a.at == a.n {
		a.drop()
	}
	return n
}

func (a *ahead) drop() {
	if a.buf != nil {
		bulkBuffers.Put(a.buf)
		a.buf = nil
	}
	a.at, a.n = 0, 0
}

// gather collects the records of one Write.
type gather struct {
	mu  sync.Mutex
	buf *[]byte // nil: nothing is gathered
	n   int
	err error // of a write that had been taken for done: nothing may follow it
}

// begin has what is written gathered until end.
func (w *wire) begin() {
	w.out.mu.Lock()
	defer w.out.mu.Unlock()
	if w.out.buf == nil {
		w.out.buf = bulkBuffers.Get().(*[]byte) //nolint:forcetypeassert // the pool holds nothing else
	}
}

// end writes what is left.
func (w *wire) end() error {
	w.out.mu.Lock()
	defer w.out.mu.Unlock()
	w.flush()
	bulkBuffers.Put(w.out.buf)
	w.out.buf = nil
	return w.out.err
}

// flush writes what was gathered. The caller holds out.mu.
func (w *wire) flush() {
	if w.out.n > 0 && w.out.err == nil {
		_, w.out.err = w.TCPConn.Write((*w.out.buf)[:w.out.n])
	}
	w.out.n = 0
}

func (w *wire) Write(p []byte) (int, error) {
	w.out.mu.Lock()
	defer w.out.mu.Unlock()
	if w.out.err != nil {
		return 0, w.out.err
	}
	if w.out.buf == nil || len(p) > bulkSize {
		w.flush()
		n, err := w.TCPConn.Write(p)
		w.out.err = err
		return n, err
	}
	if w.out.n+len(p) > bulkSize {
		if w.flush(); w.out.err != nil {
			return 0, w.out.err
		}
	}
	w.out.n += copy((*w.out.buf)[w.out.n:], p)
	return len(p), nil
}
