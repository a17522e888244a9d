package proxy

import "sync"

// Bodies are copied through a small buffer until they fill it, and then through
// a large one: what trickles is cheap to keep open, and what streams costs few
// calls to the kernel.
var (
	smallBodies = sync.Pool{New: func() any { b := make([]byte, 16<<10); return &b }}
	largeBodies = sync.Pool{New: func() any { b := make([]byte, 128<<10); return &b }}
)

// buffer is what one body is copied through. Its zero value is ready.
type buffer struct {
	pool *sync.Pool
	b    *[]byte
	full bool // the latest read filled it
}

// next is what to read into.
func (b *buffer) next() []byte {
	switch {
	case b.b == nil:
		b.take(&smallBodies)
	case b.full && b.pool == &smallBodies:
		b.done()
		b.take(&largeBodies)
	}
	return *b.b
}

// got is what was read.
func (b *buffer) got(n int) []byte {
	b.full = n == len(*b.b)
	return (*b.b)[:n]
}

func (b *buffer) take(pool *sync.Pool) {
	b.pool, b.b, b.full = pool, pool.Get().(*[]byte), false
}

// done gives the buffer back.
func (b *buffer) done() {
	if b.b != nil {
		b.pool.Put(b.b)
		b.b = nil
	}
}
