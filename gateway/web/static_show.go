package web

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"
)

// staticShow serves one hashed file. Its name changes with its content, so a
// browser may keep it for ever.
func (w *Web) staticShow(c *gin.Context) error {
	f, ok := w.static.byServed[c.Param("file")]
	if !ok {
		w.Error(c, http.StatusNotFound, "There is no such file", "The page that asked for it may be from an older version. Reload it.", "")
		return nil
	}
	h := c.Writer.Header()
	h.Set("Content-Type", f.mime)
	h.Set("Cache-Control", "public, max-age=31536000, immutable")
	h.Set("X-Content-Type-Options", "nosniff")
	body := f.body
	if f.packed != nil {
		h.Set("Vary", "Accept-Encoding")
		if acceptsGzip(c.Request) {
			h.Set("Content-Encoding", "gzip")
			body = f.packed
		}
	}
	h.Set("Content-Length", strconv.Itoa(len(body)))
	c.Writer.WriteHeader(http.StatusOK)
	_, _ = c.Writer.Write(body) // a browser that has gone is no fault
	return nil
}

// acceptsGzip reads Accept-Encoding (RFC 9110, section 12.5.3) as far as needed:
// gzip is named and not refused with q=0.
func acceptsGzip(r *http.Request) bool {
	for _, part := range strings.Split(r.Header.Get("Accept-Encoding"), ",") {
		coding, param, _ := strings.Cut(strings.TrimSpace(part), ";")
		if strings.EqualFold(strings.TrimSpace(coding), "gzip") {
			q := strings.ReplaceAll(param, " ", "")
			return q != "q=0" && !strings.HasPrefix(q, "q=0.000")
		}
	}
	return false
}
