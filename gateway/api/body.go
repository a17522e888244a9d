package api

import (
	"errors"
	"io"
	"mime"
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"
)

// MaxBody is how long a request body may be, in bytes. Longer ones are an
// *http.MaxBytesError.
const MaxBody = 16 << 10

// readObject reads the request's body, which is one JSON object. Its errors are
// *BadRequest and *http.MaxBytesError.
func readObject(c *gin.Context) (object, error) {
	if err := checkMedia(c.Request.Header); err != nil {
		return nil, err
	}
	data, err := io.ReadAll(http.MaxBytesReader(c.Writer, c.Request.Body, MaxBody))
	if err != nil {
		if tooLong := (*http.MaxBytesError)(nil); errors.As(err, &tooLong) {
			return nil, err
		}
		return nil, &BadRequest{Status: http.StatusBadRequest, Detail: "the body ended before it was complete", Offset: int64(len(data))}
	}
	return parseObject(data)
}

// checkMedia refuses everything but JSON in UTF-8. Above all it refuses forms,
// which any page on the web can make a browser send.
func checkMedia(h http.Header) error {
	kind, params, err := mime.ParseMediaType(h.Get("Content-Type"))
	if err != nil || kind != "application/json" {
		return &BadRequest{Status: http.StatusUnsupportedMediaType, Detail: "send the body as JSON, with Content-Type: application/json"}
	}
	if charset := params["charset"]; charset != "" && !strings.EqualFold(charset, "utf-8") {
		return &BadRequest{Status: http.StatusUnsupportedMediaType, Detail: "send the JSON in UTF-8"}
	}
	if coding := h.Get("Content-Encoding"); coding != "" && !strings.EqualFold(coding, "identity") {
		return &BadRequest{Status: http.StatusUnsupportedMediaType, Detail: "send the body without a Content-Encoding"}
	}
	return nil
}
