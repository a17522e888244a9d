package await

import "fmt"

// Hopeless is a condition's error that waiting longer cannot change.
type Hopeless struct{ cause error }

// Never makes an error that ends the waiting at once.
func Never(format string, args ...any) error { return &Hopeless{fmt.Errorf(format, args...)} }

func (h *Hopeless) Error() string { return h.cause.Error() }

// Unwrap gives the cause.
func (h *Hopeless) Unwrap() error { return h.cause }
