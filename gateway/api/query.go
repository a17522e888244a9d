package api

import (
	"fmt"
	"math"
	"mime"
	"net/http"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"
)

// mostSeq is the highest number a log line can have.
const mostSeq = math.MaxInt64

// queryNumber reads a whole number from 0 to most out of the query. Its error is
// a *session.Invalid.
func queryNumber(c *gin.Context, name string, fallback, most int64) (int64, error) {
	text, given := c.GetQuery(name)
	if !given {
		return fallback, nil
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 0 || n > most {
		possible := "a whole number, 0 or more"
		if most < mostSeq {
			possible = fmt.Sprintf("a whole number from 0 to %d", most)
		}
		return 0, invalid(name, text, possible, "%s must be %s", name, possible)
	}
	return n, nil
}

// prefersText reports whether the asker would rather have plain text than JSON
// (RFC 9110, section 12.5.1). Whoever does not care gets JSON.
func prefersText(h http.Header) bool {
	var text, json, other float64
	for part := range strings.SplitSeq(strings.Join(h.Values("Accept"), ","), ",") {
		kind, params, err := mime.ParseMediaType(part)
		if err != nil {
			continue
		}
		q := 1.0
		if given, ok := params["q"]; ok {
			if q, err = strconv.ParseFloat(given, 64); err != nil {
				continue
			}
		}
		switch kind {
		case "text/plain", "text/*":
			text = max(text, q)
		case "application/json", "application/*":
			json = max(json, q)
		case "*/*":
			other = q
		}
	}
	if json > 0 {
		return text > json
	}
	return text > 0 && text >= other
}
