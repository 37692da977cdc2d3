package await_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"ops-jrz1/bridge/internal/testbed/await"
)

func TestUntil(t *testing.T) {
	broken := errors.New("broken")
	for name, tc := range map[string]struct {
		condition func(asked int) (bool, error)
		asked     int
		err       error
	}{
		"at once":    {func(int) (bool, error) { return true, nil }, 1, nil},
		"later":      {func(n int) (bool, error) { return n == 5, nil }, 5, nil},
		"an error":   {func(n int) (bool, error) { return false, map[bool]error{true: broken}[n == 2] }, 2, broken},
		"never true": {func(int) (bool, error) { return false, nil }, 50, context.DeadlineExceeded},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithTimeout(t.Context(), 50*await.Interval-time.Millisecond)
				defer cancel()
				asked := 0
				err := await.Until(ctx, "the moon", func(context.Context) (bool, error) {
					asked++
					return tc.condition(asked)
				})
				require.ErrorIs(t, err, tc.err)
				require.Equal(t, tc.asked, asked)
				if tc.err != nil {
					require.ErrorContains(t, err, "waiting for the moon")
				}
			})
		})
	}
}
