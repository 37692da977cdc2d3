package slackapi_test

import (
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ops-jrz1/bridge/internal/slackapi"
)

// slackIsBehind has Slack say that its clock is behind this machine's.
func slackIsBehind(t *testing.T, f *fakeSlack, c *slackapi.Client, by time.Duration) (itsTime time.Time) {
	t.Helper()
	itsTime = time.Now().Add(-by)
	f.on("users.info", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Date", itsTime.UTC().Format(http.TimeFormat))
		aUser(w, r)
	})
	_, err := c.User(t.Context(), "U1")
	require.NoError(t, err)
	return itsTime
}

// oldest is the time from which on the last search has read; the zero time if it had no bound.
func oldest(t *testing.T, f *fakeSlack) time.Time {
	t.Helper()
	calls := f.seen("conversations.history")
	form := calls[len(calls)-1].form
	if !form.Has("oldest") {
		return time.Time{}
	}
	seconds, _, _ := strings.Cut(form.Get("oldest"), ".")
	at, err := strconv.ParseInt(seconds, 10, 64)
	require.NoError(t, err)
	return time.Unix(at, 0)
}

// TestWhereASearchBegins: only messages since the post are read, by Slack's clock and not by ours.
// Where our clock is of no use, the sender's homeserver says when the message was said, unless that
// cannot be. Without either, all is read.
func TestWhereASearchBegins(t *testing.T) {
	const ahead = time.Hour // this machine's clock
	for name, tc := range map[string]struct {
		since, said time.Duration // after Slack's time
		neverSaid   bool
		want        time.Duration
		unbounded   bool
	}{
		"our clock":                           {since: ahead - 5*time.Minute, neverSaid: true, want: -5*time.Minute - 2*time.Minute},
		"our clock is preferred":              {since: ahead - 5*time.Minute, said: -time.Hour, want: -5*time.Minute - 2*time.Minute},
		"set back, and no event":              {since: 2 * ahead, neverSaid: true, unbounded: true},
		"set back":                            {since: 2 * ahead, said: -time.Hour, want: -time.Hour - 24*time.Hour},
		"set back, said now":                  {since: 2 * ahead, said: 0, want: -24 * time.Hour},
		"set back, said in the future":        {since: 2 * ahead, said: time.Minute, unbounded: true},
		"set back, said far in the future":    {since: 2 * ahead, said: 100 * 365 * 24 * time.Hour, unbounded: true},
		"set back, said before there is time": {since: 2 * ahead, said: -100 * 365 * 24 * time.Hour, unbounded: true},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, f *fakeSlack, c *slackapi.Client) {
				slack := slackIsBehind(t, f, c, ahead)
				f.on("conversations.history", say(`{'ok':true,'messages':[]}`))
				r := slackapi.PostRequest{Channel: "C1", EventID: "$e", Since: slack.Add(tc.since), Said: slack.Add(tc.said)}
				if tc.neverSaid {
					r.Said = time.Time{}
				}
				found, err := c.FindPosted(t.Context(), r)
				require.NoError(t, err)
				require.False(t, found.Found)
				if tc.unbounded {
					require.Zero(t, oldest(t, f))
					return
				}
				require.WithinDuration(t, slack.Add(tc.want), oldest(t, f), 2*time.Second)
			})
		})
	}
	t.Run("before Slack has told its time", func(t *testing.T) {
		inBubble(t, func(t *testing.T, f *fakeSlack, c *slackapi.Client) {
			f.on("conversations.history", say(`{'ok':true,'messages':[]}`))
			_, err := c.FindPosted(t.Context(), slackapi.PostRequest{Channel: "C1", EventID: "$e", Since: time.Now(), Said: time.Now().Add(-time.Hour)})
			require.NoError(t, err)
			require.Zero(t, oldest(t, f))
		})
	})
	t.Run("a post that is looked for again", func(t *testing.T) {
		inBubble(t, func(t *testing.T, f *fakeSlack, c *slackapi.Client) {
			slack := slackIsBehind(t, f, c, ahead)
			f.on("conversations.history", say(`{'ok':true,'messages':[]}`)).on("chat.postMessage", aPost)
			r := request
			r.Since, r.Said = slack.Add(2*ahead), slack.Add(-time.Hour)
			_, err := c.Post(t.Context(), r)
			require.NoError(t, err)
			require.WithinDuration(t, slack.Add(-25*time.Hour), oldest(t, f), 2*time.Second)
		})
	})
}

// TestASearchEndsAtFiftyPages: that a message is not there is said only when all was read. Else it
// stays open whether it is, for good, and nothing is posted.
func TestASearchEndsAtFiftyPages(t *testing.T) {
	for name, tc := range map[string]struct {
		messages int
		finished bool
	}{"all that there is": {50, true}, "one page more": {51, false}} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, f *fakeSlack, c *slackapi.Client) {
				ch := &channel{page: 1}
				for range tc.messages {
					ch.add("", "")
				}
				f.on("conversations.history", ch.history).on("chat.postMessage", ch.carryOut(aPost))
				r := request
				r.Since = time.Now().Add(-time.Minute)
				_, err := c.Post(t.Context(), r)
				require.Equal(t, 50, len(f.seen("conversations.history")))
				if tc.finished {
					require.NoError(t, err)
					require.Len(t, f.seen("chat.postMessage"), 1)
					return
				}
				require.ErrorContains(t, err, "not among the newest 10000 messages")
				require.True(t, slackapi.MayHaveHappened(err))
				require.Equal(t, slackapi.Permanent, slackapi.KindOf(err), "it is not tried without end")
				require.Empty(t, f.seen("chat.postMessage"))
			})
		})
	}
}
