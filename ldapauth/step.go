package ldapauth

import (
	"context"
	"time"
)

// StepName says what a Step was about.
type StepName string

// The steps of a sign-in, in the order in which they come.
const (
	StepUsername    StepName = "name" // the user name as it will be used
	StepDial        StepName = "dial"
	StepStartTLS    StepName = "starttls"
	StepBindService StepName = "bind as service"
	StepFindUser    StepName = "find user"
	StepBindUser    StepName = "bind as user"
	StepEntry       StepName = "entry"
	StepGroups      StepName = "groups"
	StepDecision    StepName = "decision"
)

// Step is one thing that was done on the way to an answer. It never holds a
// password.
type Step struct {
	Name StepName
	Text string        // what was asked and what came back: one line, for people
	Err  error         // nil: it worked
	Took time.Duration // 0 for decisions
}

// maxStepText bounds Step.Text, in bytes. Part of it comes from the directory.
const maxStepText = 1000

type stepsKey struct{}

// WithSteps makes Authenticate, Lookup and Ping report each step to fn, in
// order and from the calling goroutine.
func WithSteps(ctx context.Context, fn func(Step)) context.Context {
	return context.WithValue(ctx, stepsKey{}, fn)
}

// begin starts a step; the function that it returns ends it.
func begin(ctx context.Context, name StepName) func(text string, err error) {
	fn, ok := ctx.Value(stepsKey{}).(func(Step))
	if !ok || fn == nil {
		return func(string, error) {}
	}
	start := time.Now()
	return func(text string, err error) {
		fn(Step{Name: name, Text: clean(text, maxStepText), Err: err, Took: time.Since(start)})
	}
}

// note reports a step that takes no time.
func note(ctx context.Context, name StepName, text string, err error) {
	if fn, ok := ctx.Value(stepsKey{}).(func(Step)); ok && fn != nil {
		fn(Step{Name: name, Text: clean(text, maxStepText), Err: err})
	}
}
