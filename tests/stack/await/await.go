// Package await asks a question until the answer is yes.
package await

import (
	"context"
	"fmt"
	"time"
)

// interval is how often the question is asked.
const interval = 100 * time.Millisecond

// Until asks until the answer is yes or ctx ends. An error is an answer too, which
// is told if it was the last one.
func Until(ctx context.Context, what string, ask func(context.Context) (bool, error)) error {
	tick := time.NewTicker(interval)
	defer tick.Stop()
	for {
		yes, err := ask(ctx)
		if yes && err == nil {
			return nil
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			if err != nil {
				return fmt.Errorf("waiting for %s: %w; the last answer: %w", what, ctx.Err(), err)
			}
			return fmt.Errorf("waiting for %s: %w", what, ctx.Err())
		}
	}
}
