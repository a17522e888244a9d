package api

import "fmt"

// BadRequest is a request that is refused before anybody looks at what it asks
// for: its body is no JSON, say. Package session and others have the errors of
// what is asked for.
type BadRequest struct {
	Status int    // 400, 415, or 429 for too many event streams
	Detail string // in words; repeats nothing of the request
	Offset int64  // where in the body, in bytes from its start; only with 400
}

func (e *BadRequest) Error() string {
	if e.Offset == 0 {
		return e.Detail
	}
	return fmt.Sprintf("%s (at byte %d of the body)", e.Detail, e.Offset)
}
