package clock_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ops-jrz1/bridge/internal/emulator/clock"
)

func TestStepFiresWhatIsDueInOrderAndNothingElse(t *testing.T) {
	c := clock.New(0)
	t.Cleanup(c.Close)
	start := c.Now()
	var fired []string
	c.AfterFunc(60*time.Second, func() { fired = append(fired, "b") })
	c.AfterFunc(3*time.Second, func() {
		fired = append(fired, "a")
		c.AfterFunc(time.Second, func() { fired = append(fired, "a+1") })
	})
	c.AfterFunc(300*time.Second, func() { fired = append(fired, "never") })
	stopped := c.AfterFunc(5*time.Second, func() { fired = append(fired, "stopped") })
	require.True(t, stopped.Stop())
	require.False(t, stopped.Stop())

	c.Step(2 * time.Second)
	require.Empty(t, fired)
	c.Step(58 * time.Second)
	require.Equal(t, []string{"a", "a+1", "b"}, fired)
	require.Equal(t, 60*time.Second, c.Now().Sub(start))
	require.Equal(t, 60*time.Second, c.Wall().Sub(start))
	require.Equal(t, 1, c.Pending())
}

func TestScaleMakesTimersComeSooner(t *testing.T) {
	c := clock.New(0.001)
	t.Cleanup(c.Close)
	began := time.Now()
	done := make(chan struct{})
	c.AfterFunc(60*time.Second, func() { close(done) })
	<-done
	took := time.Since(began)
	require.GreaterOrEqual(t, took, 50*time.Millisecond)
	require.Less(t, took, 20*time.Second)
}

func TestFloorKeepsARealMinimum(t *testing.T) {
	fast := clock.New(0.01)
	t.Cleanup(fast.Close)
	require.Equal(t, 100*time.Second, fast.Floor(3*time.Second, time.Second))
	slow := clock.New(1)
	t.Cleanup(slow.Close)
	require.Equal(t, 3*time.Second, slow.Floor(3*time.Second, time.Second))
	still := clock.New(0)
	t.Cleanup(still.Close)
	require.Equal(t, 3*time.Second, still.Floor(3*time.Second, time.Second))
}

func TestSetScaleWakesAClockThatStoodStill(t *testing.T) {
	c := clock.New(0)
	t.Cleanup(c.Close)
	done := make(chan struct{})
	c.AfterFunc(time.Hour, func() { close(done) })
	c.SetScale(0.000001)
	<-done
}
