package main

import (
	"errors"
	"fmt"

	"github.com/berth-hpc/berth/gateway/hint"
)

// hints passes on what is wrong with the site's hints.
func (k *checker) hints(c *fileConfig) {
	_, err := hint.Compile(c.Hints)
	for _, err := range faultsIn(err) {
		f, ok := errors.AsType[*hint.Fault](err)
		if !ok {
			k.fault("hints", "%v", err)
			continue
		}
		text := f.Message
		if u, ok := errors.AsType[*hint.Unknown](err); ok {
			text += suggest(u.Word, u.Known)
		}
		key := fmt.Sprintf("hints[%d]", f.Rule)
		if f.Key != "" {
			key += "." + f.Key
		}
		k.fault(key, "%s", text)
	}
}

// faultsIn takes joined errors apart.
func faultsIn(err error) []error {
	if many, ok := err.(interface{ Unwrap() []error }); ok {
		return many.Unwrap()
	}
	if err == nil {
		return nil
	}
	return []error{err}
}
