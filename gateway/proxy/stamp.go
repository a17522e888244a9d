package proxy

import (
	"io"
	"net/http"
	"sync"
)

// stampedBody notes that an upload moves.
type stampedBody struct {
	io.ReadCloser
	route *route
}

func (b *stampedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	b.route.stamp()
	return n, err
}

// stampedWriter notes that an answer moves.
type stampedWriter struct {
	http.ResponseWriter
	route *route
}

func (w *stampedWriter) Write(p []byte) (int, error) {
	n, err := w.ResponseWriter.Write(p)
	w.route.stamp()
	return n, err
}

// Unwrap is for http.ResponseController.
func (w *stampedWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// bufferPool lends buffers to ReverseProxy.
type bufferPool struct{ pool sync.Pool }

const bufferSize = 32 << 10

func (b *bufferPool) Get() []byte {
	if p, ok := b.pool.Get().(*[]byte); ok {
		return *p
	}
	return make([]byte, bufferSize)
}

func (b *bufferPool) Put(p []byte) { b.pool.Put(&p) }
