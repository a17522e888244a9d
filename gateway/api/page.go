package api

import (
	"strconv"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/berth-hpc/berth/gateway/admin"
	"github.com/berth-hpc/berth/gateway/session"
)

// The sizes of one page of a list.
const (
	usualPage = 100
	mostPage  = 500
)

// pageSize reads ?limit.
func pageSize(c *gin.Context) (int, error) {
	n, err := queryNumber(c, "limit", usualPage, mostPage)
	if err == nil && n == 0 {
		err = invalid("limit", "0", "a whole number from 1 to 500", "limit must be at least 1")
	}
	return int(n), err
}

// markText is a session's place in a list as a word for ?after.
func markText(s session.Session) string {
	return strconv.FormatInt(s.CreatedAt.UnixMicro(), 10) + "." + string(s.ID)
}

// markOf reads ?after; no value is the list's beginning.
func markOf(c *gin.Context) (admin.SessionMark, error) {
	text := c.Query("after")
	if text == "" {
		return admin.SessionMark{}, nil
	}
	at, id, _ := strings.Cut(text, ".")
	n, err := strconv.ParseInt(at, 10, 64)
	if err != nil || n < 0 || n > 1<<52 || !session.ID(id).Valid() {
		return admin.SessionMark{}, invalid("after", text, "the `next` of the page before", "after is not what a page ended with")
	}
	return admin.SessionMark{At: time.UnixMicro(n).UTC(), ID: session.ID(id)}, nil
}

// cut cuts rows, of which one more was asked for than a page has, to the page;
// next is the last one's key, nil if nothing follows.
func cut[T any](rows []T, size int, key func(T) string) (page []T, next *string) {
	if len(rows) <= size {
		return rows, nil
	}
	last := key(rows[size-1])
	return rows[:size], &last
}
