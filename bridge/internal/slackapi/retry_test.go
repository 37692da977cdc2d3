package slackapi_test

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"ops-jrz1/bridge/internal/slackapi"
)

var (
	aUser   = say(`{'ok':true,'user':{'id':'U1'}}`)
	aPost   = say(`{'ok':true,'ts':'1700000000.000100'}`)
	allDone = say(`{'ok':true}`)
)

// gaps are the times between calls, rounded down to tenths of a second.
func gaps(calls []received) (out []time.Duration) {
	for i := 1; i < len(calls); i++ {
		out = append(out, calls[i].at.Sub(calls[i-1].at).Truncate(100*time.Millisecond))
	}
	return out
}

func TestReadsAreRepeatedWithBackoff(t *testing.T) {
	inBubble(t, func(t *testing.T, f *fakeSlack, c *slackapi.Client) {
		f.on("users.info", serverError, cutOff, refuse("internal_error"), aUser)
		user, err := c.User(t.Context(), "U1")
		require.NoError(t, err)
		require.Equal(t, "U1", user.ID)
		between := gaps(f.seen("users.info"))
		require.Len(t, between, 3)
		for i, gap := range between {
			whole := 500 * time.Millisecond << i
			require.GreaterOrEqual(t, gap, (whole / 2).Truncate(100*time.Millisecond))
			require.Less(t, gap, whole)
		}
	})
}

func TestRepeatingHasAnEnd(t *testing.T) {
	inBubble(t, func(t *testing.T, f *fakeSlack, c *slackapi.Client) {
		f.on("users.info", serverError)
		_, err := c.User(t.Context(), "U1")
		require.Equal(t, slackapi.Temporary, slackapi.KindOf(err))
		require.Len(t, f.seen("users.info"), 4)
	})
}

func TestCancelledBetweenAttempts(t *testing.T) {
	inBubble(t, func(t *testing.T, f *fakeSlack, c *slackapi.Client) {
		f.on("chat.update", serverError)
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		defer cancel()
		start := time.Now()
		err := c.Update(ctx, slackapi.UpdateRequest{Channel: "C1", TS: "1.1"})
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.True(t, slackapi.MayHaveHappened(err), "the attempt that was made still counts")
		require.Equal(t, 100*time.Millisecond, time.Since(start))
	})
}

func TestJitterSpreadsCallers(t *testing.T) {
	inBubble(t, func(t *testing.T, f *fakeSlack, c *slackapi.Client) {
		f.on("users.info", serverError)
		var group sync.WaitGroup
		for range 8 {
			group.Go(func() {
				_, err := c.User(t.Context(), "U1")
				require.Error(t, err)
			})
		}
		group.Wait()
		moments := map[time.Time]bool{}
		for _, call := range f.seen("users.info")[8:] {
			moments[call.at] = true
		}
		require.Greater(t, len(moments), 12, "24 repeats at nearly as many moments")
	})
}

func TestWritesOfOneEffectAreRepeated(t *testing.T) {
	inBubble(t, func(t *testing.T, f *fakeSlack, c *slackapi.Client) {
		for method, call := range map[string]func() error{
			"chat.update": func() error {
				return c.Update(t.Context(), slackapi.UpdateRequest{Channel: "C1", TS: "1.1", Text: "x"})
			},
			"chat.delete":      func() error { return c.Delete(t.Context(), "C1", "1.1") },
			"reactions.add":    func() error { return c.AddReaction(t.Context(), "C1", "1.1", "tada") },
			"reactions.remove": func() error { return c.RemoveReaction(t.Context(), "C1", "1.1", "tada") },
		} {
			f.on(method, cutOff, allDone)
			require.NoError(t, call(), method)
			require.Len(t, f.seen(method), 2, method)
		}
	})
}

// The first attempt was carried out and its answer lost: the second finds the
// work done.
func TestDoneAlreadyIsDone(t *testing.T) {
	inBubble(t, func(t *testing.T, f *fakeSlack, c *slackapi.Client) {
		f.on("chat.delete", cutOff, refuse("message_not_found"))
		f.on("reactions.add", serverError, refuse("already_reacted"))
		f.on("reactions.remove", cutOff, refuse("no_reaction"), refuse("message_not_found"))
		require.NoError(t, c.Delete(t.Context(), "C1", "1.1"))
		require.NoError(t, c.AddReaction(t.Context(), "C1", "1.1", "tada"))
		require.NoError(t, c.RemoveReaction(t.Context(), "C1", "1.1", "tada"))
		require.NoError(t, c.RemoveReaction(t.Context(), "C1", "1.1", "tada"), "with the message went its reactions")
	})
}

func TestWhatIsNotDoneIsAnError(t *testing.T) {
	inBubble(t, func(t *testing.T, f *fakeSlack, c *slackapi.Client) {
		f.on("chat.update", refuse("message_not_found")).on("reactions.add", refuse("message_not_found"))
		f.on("chat.delete", refuse("cant_delete_message")).on("reactions.remove", refuse("invalid_name"))
		for _, err := range []error{
			c.Update(t.Context(), slackapi.UpdateRequest{Channel: "C1", TS: "1.1"}),
			c.AddReaction(t.Context(), "C1", "1.1", "tada"),
			c.Delete(t.Context(), "C1", "1.1"),
			c.RemoveReaction(t.Context(), "C1", "1.1", "tada"),
		} {
			require.Equal(t, slackapi.Permanent, slackapi.KindOf(err))
		}
	})
}

func TestRetryAfterIsObeyed(t *testing.T) {
	for name, tc := range map[string]struct {
		answer http.HandlerFunc
		wait   time.Duration
	}{
		"429":             {slowDown("7"), 7 * time.Second},
		"without header":  {slowDown(""), 30 * time.Second},
		"strange header":  {slowDown("soon"), 30 * time.Second},
		"negative header": {slowDown("-3"), 30 * time.Second},
		"said in a 200":   {refuse("ratelimited"), 30 * time.Second},
		"its other name":  {refuse("rate_limited"), 30 * time.Second},
		"by a page": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", "3")
			w.WriteHeader(http.StatusTooManyRequests)
			fmt.Fprint(w, "<html>slow down</html>")
		}, 3 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, f *fakeSlack, c *slackapi.Client) {
				f.on("users.info", tc.answer, aUser)
				_, err := c.User(t.Context(), "U1")
				require.NoError(t, err)
				require.Equal(t, []time.Duration{tc.wait}, gaps(f.seen("users.info")))
			})
		})
	}
}

func TestRetryAfterHoldsBackThatMethodAndChannelOnly(t *testing.T) {
	inBubble(t, func(t *testing.T, f *fakeSlack, c *slackapi.Client) {
		f.on("chat.postMessage", slowDown("20"), aPost).on("users.info", slowDown("5"), aUser).on("chat.delete", allDone)
		start := time.Now()
		var group sync.WaitGroup
		took := map[string]time.Duration{}
		var mu sync.Mutex
		run := func(name string, call func() error) {
			group.Go(func() {
				err := call()
				mu.Lock()
				defer mu.Unlock()
				require.NoError(t, err, name)
				took[name] = time.Since(start)
			})
			synctest.Wait()
		}
		post := func(channel string) func() error {
			return func() error {
				_, err := c.Post(t.Context(), slackapi.PostRequest{Channel: channel, Text: "x"})
				return err
			}
		}
		run("C1", post("C1"))
		run("C2", post("C2"))
		run("C1 again", post("C1"))
		run("user", func() error { _, err := c.User(t.Context(), "U1"); return err })
		run("delete", func() error { return c.Delete(t.Context(), "C1", "1.1") })
		group.Wait()
		require.Equal(t, map[string]time.Duration{
			"C1": 20 * time.Second, "C1 again": 21 * time.Second, "C2": 0, "user": 5 * time.Second, "delete": 0,
		}, took)
	})
}

func TestEndlessRateLimitEnds(t *testing.T) {
	inBubble(t, func(t *testing.T, f *fakeSlack, c *slackapi.Client) {
		f.on("chat.update", slowDown("4"))
		err := c.Update(t.Context(), slackapi.UpdateRequest{Channel: "C1", TS: "1.1"})
		require.Equal(t, slackapi.RateLimited, slackapi.KindOf(err))
		after, ok := slackapi.RetryAfter(err)
		require.True(t, ok)
		require.Equal(t, 4*time.Second, after)
		require.ErrorContains(t, err, "slack chat.update: ratelimited: waiting 4s")
		require.Len(t, f.seen("chat.update"), 10)
	})
}

func TestWaitAtMost(t *testing.T) {
	inBubble(t, func(t *testing.T, f *fakeSlack, c *slackapi.Client) {
		f.on("users.info", slowDown("60"), aUser)
		ctx := slackapi.WaitAtMost(t.Context(), 5*time.Second)
		start := time.Now()
		_, err := c.User(ctx, "U1")
		after, ok := slackapi.RetryAfter(err)
		require.True(t, ok, "%v", err)
		require.Equal(t, time.Minute, after)
		require.False(t, slackapi.MayHaveHappened(err))
		require.Zero(t, time.Since(start), "told at once")

		require.NoError(t, c.Ready(t.Context(), "users.info", ""))
		require.Equal(t, time.Minute, time.Since(start))
		_, err = c.User(ctx, "U1")
		require.NoError(t, err)
		require.Equal(t, time.Minute, time.Since(start))

		_, ok = slackapi.RetryAfter(context.Canceled)
		require.False(t, ok)
	})
}

func TestScaleShortensEveryWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake(t).on("users.info", slowDown("100"), aUser).on("chat.postMessage", aPost)
		cfg := config(t)
		cfg.HTTPClient, cfg.Scale = &http.Client{Transport: inMemory{f}}, 0.01
		c := slackapi.New(cfg)
		_, err := c.User(t.Context(), "U1")
		require.NoError(t, err)
		require.Equal(t, []time.Duration{time.Second}, gaps(f.seen("users.info")))
		start := time.Now()
		for range 103 {
			_, err := c.Post(t.Context(), slackapi.PostRequest{Channel: "C1", Text: "x"})
			require.NoError(t, err)
		}
		require.Equal(t, time.Second, time.Since(start), "a hundred a second after the burst of three")
	})
}

func TestPostsKeepToOneASecondAndChannel(t *testing.T) {
	inBubble(t, func(t *testing.T, f *fakeSlack, c *slackapi.Client) {
		f.on("chat.postMessage", aPost)
		for range 6 {
			_, err := c.Post(t.Context(), slackapi.PostRequest{Channel: "C1", Text: "x"})
			require.NoError(t, err)
		}
		require.Equal(t, []time.Duration{0, 0, time.Second, time.Second, time.Second}, gaps(f.seen("chat.postMessage")))
	})
}

// Each method is called as fast as the client lets it for five minutes: no
// minute may hold more calls than Slack's tier, and the tier should be used.
func TestTiers(t *testing.T) {
	calls := map[string]struct {
		perMinute int
		call      func(context.Context, *slackapi.Client) error
	}{
		"users.info":            {100, func(ctx context.Context, c *slackapi.Client) error { _, err := c.User(ctx, "U1"); return err }},
		"bots.info":             {50, func(ctx context.Context, c *slackapi.Client) error { _, err := c.Bot(ctx, "B1"); return err }},
		"team.info":             {50, func(ctx context.Context, c *slackapi.Client) error { _, err := c.Team(ctx); return err }},
		"auth.test":             {100, func(ctx context.Context, c *slackapi.Client) error { _, err := c.AuthTest(ctx); return err }},
		"apps.connections.open": {50, func(ctx context.Context, c *slackapi.Client) error { _, err := c.OpenSocket(ctx); return err }},
		"users.conversations":   {50, func(ctx context.Context, c *slackapi.Client) error { _, err := c.Conversations(ctx); return err }},
		"conversations.info":    {50, func(ctx context.Context, c *slackapi.Client) error { _, err := c.Conversation(ctx, "C1"); return err }},
		"conversations.list":    {20, func(ctx context.Context, c *slackapi.Client) error { return drain(c.PublicChannels(ctx)) }},
		"conversations.members": {100, func(ctx context.Context, c *slackapi.Client) error { _, err := c.Members(ctx, "C1", 0); return err }},
		"conversations.open":    {50, func(ctx context.Context, c *slackapi.Client) error { _, err := c.OpenDM(ctx, "U1"); return err }},
		"conversations.join":    {50, func(ctx context.Context, c *slackapi.Client) error { _, err := c.Join(ctx, "C1"); return err }},
		"conversations.history": {50, func(ctx context.Context, c *slackapi.Client) error {
			_, err := c.History(ctx, slackapi.HistoryRequest{Channel: "C1"})
			return err
		}},
		"conversations.replies": {50, func(ctx context.Context, c *slackapi.Client) error {
			_, err := c.Replies(ctx, slackapi.HistoryRequest{Channel: "C1", ThreadTS: "1.1"})
			return err
		}},
		"chat.getPermalink": {100, func(ctx context.Context, c *slackapi.Client) error {
			_, err := c.Permalink(ctx, "C1", "1.1")
			return err
		}},
		"chat.update":      {50, func(ctx context.Context, c *slackapi.Client) error { return c.Update(ctx, slackapi.UpdateRequest{}) }},
		"chat.delete":      {50, func(ctx context.Context, c *slackapi.Client) error { return c.Delete(ctx, "C1", "1.1") }},
		"reactions.add":    {50, func(ctx context.Context, c *slackapi.Client) error { return c.AddReaction(ctx, "C1", "1.1", "x") }},
		"reactions.remove": {20, func(ctx context.Context, c *slackapi.Client) error { return c.RemoveReaction(ctx, "C1", "1.1", "x") }},
	}
	everything := say(`{'ok':true,'url':'wss://h/','team_id':'T1','user_id':'U1','user':{'id':'U1'},'bot':{'id':'B1'},'team':{'id':'T1'},'channel':{'id':'C1'}}`)
	for method, tc := range calls {
		t.Run(method, func(t *testing.T) {
			inBubble(t, func(t *testing.T, f *fakeSlack, c *slackapi.Client) {
				f.on(method, everything)
				ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
				defer cancel()
				for ctx.Err() == nil {
					if err := tc.call(ctx, c); ctx.Err() == nil && method != "auth.test" {
						require.NoError(t, err)
					}
				}
				seen := f.seen(method)
				require.Greater(t, len(seen), tc.perMinute*7/2, "at least 70%% of what Slack allows")
				for i := range seen {
					within := 0
					for _, later := range seen[i:] {
						if later.at.Sub(seen[i].at) < time.Minute {
							within++
						}
					}
					require.LessOrEqual(t, within, tc.perMinute)
				}
			})
		})
	}
}

func TestPeopleBeforeBackground(t *testing.T) {
	inBubble(t, func(t *testing.T, f *fakeSlack, c *slackapi.Client) {
		f.on("conversations.history", say(`{'ok':true,'messages':[]}`))
		read := func(ctx context.Context, channel string) {
			_, err := c.History(ctx, slackapi.HistoryRequest{Channel: channel})
			require.NoError(t, err)
		}
		var group sync.WaitGroup
		for range 40 {
			group.Go(func() { read(slackapi.Background(t.Context()), "backfill") })
		}
		synctest.Wait()
		start := time.Now()
		for range 4 {
			read(t.Context(), "person")
		}
		require.Zero(t, time.Since(start), "backfill has left a part of the burst")
		read(t.Context(), "person")
		require.Less(t, time.Since(start), 2*time.Second, "and people do not stand behind it in the line")
		group.Wait()
	})
}

func TestMetrics(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake(t).on("users.info", serverError, slowDown("5"), refuse("user_not_found"))
		counters := &slackapi.Counters{}
		cfg := config(t)
		cfg.HTTPClient, cfg.Metrics = &http.Client{Transport: inMemory{f}}, counters
		_, err := slackapi.New(cfg).User(t.Context(), "U1")
		require.Error(t, err)
		got := counters.Snapshot()["users.info"]
		require.Equal(t, map[string]int{"ratelimited": 1, "unreachable": 1, "user_not_found": 1}, got.Outcomes)
		require.Equal(t, 2, got.Repeats)
		require.Equal(t, 1, got.Waits)
		require.Equal(t, 5*time.Second, got.WaitTime)
	})
}
