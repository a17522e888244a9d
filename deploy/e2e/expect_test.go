package e2e

import (
	"errors"
	"fmt"

	"github.com/berth-hpc/berth/deploy/e2e/client"
)

var (
	errStillConnected = errors.New("the agent is still connected")
	errEarly          = errors.New("it is too early to tell")
)

// is gives an error unless the answer has the status.
func is(a *client.Answer, status int) error {
	if a.Status != status {
		return fmt.Errorf("%s; want %d", a, status)
	}
	return nil
}

// says gives an error unless the answer has the text.
func says(a *client.Answer, text string) error {
	if !a.Says(text) {
		return fmt.Errorf("%q is not in %s", text, a)
	}
	return nil
}
