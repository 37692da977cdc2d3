package emulator_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestAnswersAreDatedAsMessagesAre has emulated time pass: what asks Slack for the time by
// its Date header learns the time of which the ts of messages are made.
func TestAnswersAreDatedAsMessagesAre(t *testing.T) {
	e := start(t)
	date := func() time.Time {
		resp, err := http.Post(e.APIURL()+"api.test", "application/x-www-form-urlencoded", nil)
		require.NoError(t, err)
		require.NoError(t, resp.Body.Close())
		at, err := http.ParseTime(resp.Header.Get("Date"))
		require.NoError(t, err)
		return at
	}
	before := date()
	e.Clock.Step(20 * time.Minute)
	require.WithinRange(t, date(), before.Add(20*time.Minute), e.Clock.Wall())
}
