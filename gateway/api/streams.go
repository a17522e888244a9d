package api

import (
	"fmt"
	"net/http"
	"sync"
)

// MaxStreams is how many event streams one person may hold open at once.
const MaxStreams = 50

// streams counts each person's open event streams.
type streams struct {
	most int
	mu   sync.Mutex
	open map[string]int
}

// enter counts one more; the function that it returns counts it off again.
func (s *streams) enter(user string) (func(), error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.open[user] >= s.most {
		return nil, &BadRequest{
			Status: http.StatusTooManyRequests,
			Detail: fmt.Sprintf("you have %d event streams open, which is as many as one person may", s.most),
		}
	}
	s.open[user]++
	return func() { s.leave(user) }, nil
}

func (s *streams) leave(user string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.open[user]--; s.open[user] == 0 {
		delete(s.open, user)
	}
}
