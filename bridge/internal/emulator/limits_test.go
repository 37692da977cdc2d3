package emulator_test

import (
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/slack-go/slack"
	"github.com/stretchr/testify/require"

	"ops-jrz1/bridge/internal/emulator"
	"ops-jrz1/bridge/internal/emulator/control"
	"ops-jrz1/bridge/internal/emulator/web"
)

// limited starts an emulator with rate limits on, at a scale.
func limited(t *testing.T, scale float64) *emu {
	return start(t, func(o *emulator.Options) { o.RateScale = &scale })
}

// until calls until it is refused, and returns how many calls passed.
func (e *emu) until(most int, method string, args ...string) (passed int, refused answer) {
	e.t.Helper()
	for passed = 0; passed < most; passed++ {
		if refused = e.form(method, args...); refused.status == http.StatusTooManyRequests {
			return passed, refused
		}
	}
	return passed, refused
}

func TestRateLimits(t *testing.T) {
	for method, c := range map[string]struct {
		budget int
		args   []string
	}{
		"users.list":         {20, nil},
		"conversations.info": {50, []string{"channel", general}},
		"users.info":         {100, []string{"user", ann}},
	} {
		t.Run("the tier's budget of "+method+" ends with 429 and an integer Retry-After", func(t *testing.T) {
			e := limited(t, 1)
			passed, refused := e.until(200, method, c.args...)
			require.Equal(t, c.budget, passed)
			require.Equal(t, "ratelimited", refused.code())
			after, err := strconv.Atoi(refused.header.Get("Retry-After"))
			require.NoError(t, err)
			require.Positive(t, after)
			e.Clock.Step(time.Duration(after) * time.Second)
			require.True(t, e.form(method, c.args...).ok(), "after Retry-After the call passes")
		})
	}
	for _, method := range limited(t, 1).Web.Methods() {
		e := limited(t, 1)
		m := e.Web.Reference(method)
		budget, ordinary := map[web.Tier]int{1: 1, 2: 20, 3: 50, 4: 100}[m.Tier]
		if !ordinary || method == "apps.connections.open" { // which takes another token
			continue
		}
		if strings.HasPrefix(method, "apps.manifest.") {
			e.bot = e.Workspace.IssueConfiguration(ann, "", "").Token
		}
		t.Run("the documented tier holds for "+method, func(t *testing.T) {
			passed, refused := e.until(200, method, plausible(m)...)
			require.Equal(t, budget, passed)
			require.Equal(t, "ratelimited", refused.code())
		})
	}
	t.Run("apps.connections.open is of tier 3", func(t *testing.T) {
		e := limited(t, 1)
		for range 50 {
			require.True(t, e.do(http.MethodPost, "apps.connections.open", e.level, "", "").ok())
		}
		require.Equal(t, http.StatusTooManyRequests, e.do(http.MethodPost, "apps.connections.open", e.level, "", "").status)
	})
	t.Run("chat.postMessage takes one a second and channel with a short burst", func(t *testing.T) {
		e := limited(t, 1)
		passed, refused := e.until(50, "chat.postMessage", "channel", general, "text", "x")
		require.Greater(t, passed, 1)
		require.Less(t, passed, 10)
		require.Equal(t, "1", refused.header.Get("Retry-After"))
		require.True(t, e.form("chat.postMessage", "channel", random, "text", "x").ok(), "another channel has its own budget")
		for range 20 {
			e.Clock.Step(time.Second)
			e.must("chat.postMessage", "channel", general, "text", "x")
		}
	})
	t.Run("budgets are per method", func(t *testing.T) {
		e := limited(t, 1)
		_, refused := e.until(200, "users.list")
		require.Equal(t, http.StatusTooManyRequests, refused.status)
		require.True(t, e.form("users.info", "user", ann).ok())
	})
	t.Run("the scale multiplies the budgets", func(t *testing.T) {
		e := limited(t, 2)
		passed, _ := e.until(200, "users.list")
		require.Equal(t, 40, passed)
	})
	t.Run("scale 0 takes the limits away", func(t *testing.T) {
		e := limited(t, 0)
		passed, _ := e.until(200, "users.list")
		require.Equal(t, 200, passed)
	})
	t.Run("the non-marketplace switch makes history once a minute and 15 at most", func(t *testing.T) {
		e := limited(t, 1)
		require.NoError(t, e.ctl.SetSwitches(e.ctx(), control.Switches{Web: web.Switches{NonMarketplace: true}}))
		for range 20 {
			_, err := e.ctl.Say(e.ctx(), ann, general, "x")
			require.NoError(t, err)
		}
		require.Len(t, e.must("conversations.history", "channel", general, "limit", "200").at("messages"), 15)
		a := e.form("conversations.history", "channel", general)
		require.Equal(t, http.StatusTooManyRequests, a.status)
		require.Equal(t, "60", a.header.Get("Retry-After"))
	})
	t.Run("slack-go sees a RateLimitedError", func(t *testing.T) {
		e := limited(t, 1)
		var err error
		for range 100 {
			if _, err = e.slack.GetUserGroupsContext(e.ctx()); err != nil {
				break
			}
		}
		var refused *slack.RateLimitedError
		require.ErrorAs(t, err, &refused)
		require.Equal(t, 3*time.Second, refused.RetryAfter)
	})
}
