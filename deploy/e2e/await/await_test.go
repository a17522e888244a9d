package await_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/berth-hpc/berth/deploy/e2e/await"
)

var errNotYet = errors.New("not yet")

func TestUntilReturnsWhenTheConditionHolds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tries := 0
		_, err := await.Until(t.Context(), time.Minute, func() error {
			if tries++; tries < 5 {
				return errNotYet
			}
			return nil
		})
		if err != nil || tries != 5 {
			t.Errorf("after %d tries: %v", tries, err)
		}
	})
}

func TestUntilGivesTheLastErrorWhenItIsLate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		took, err := await.Until(t.Context(), time.Minute, func() error { return errNotYet })
		if !errors.Is(err, errNotYet) || took < time.Minute {
			t.Errorf("after %s: %v", took, err)
		}
	})
}

func TestUntilEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err := await.Until(ctx, time.Hour, func() error { return errNotYet })
		if !errors.Is(err, context.DeadlineExceeded) || !errors.Is(err, errNotYet) {
			t.Errorf("ended with %v", err)
		}
	})
}

func TestUntilDoesNotWaitForTheHopeless(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		took, err := await.Until(t.Context(), time.Hour, func() error { return await.Never("over: %w", errNotYet) })
		if !errors.Is(err, errNotYet) || took != 0 {
			t.Errorf("after %s: %v", took, err)
		}
	})
}
