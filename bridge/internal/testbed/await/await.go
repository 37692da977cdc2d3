// Package await waits for conditions: it asks again until the answer is yes, the
// context ends or the question itself fails. It must not be used to let time
// pass; the caller names what is waited for.
package await

import (
	"context"
	"fmt"
	"time"
)

// Interval is how often a condition is checked. It is short compared with
// everything that is waited for, and long compared with the cost of one check.
const Interval = 20 * time.Millisecond

// Until asks condition until it returns true. An error of condition ends the
// wait at once; the end of ctx is an error that says what was waited for.
func Until(ctx context.Context, what string, condition func(context.Context) (bool, error)) error {
	return Every(ctx, Interval, what, condition)
}

// Every is Until for conditions that are too expensive to check that often.
func Every(ctx context.Context, interval time.Duration, what string, condition func(context.Context) (bool, error)) error {
	tick := time.NewTicker(interval)
	defer tick.Stop()
	for {
		done, err := condition(ctx)
		if err != nil {
			return fmt.Errorf("waiting for %s: %w", what, err)
		}
		if done {
			return nil
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return fmt.Errorf("waiting for %s: %w", what, context.Cause(ctx))
		}
	}
}
