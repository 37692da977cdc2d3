package emulator_test

import (
	"fmt"
	"testing"

	"github.com/slack-go/slack"
	"github.com/stretchr/testify/require"

	"ops-jrz1/bridge/internal/emulator/control"
	"ops-jrz1/bridge/internal/emulator/web"
)

func TestReactions(t *testing.T) {
	e := start(t)
	ts, err := e.ctl.Say(e.ctx(), ann, random, "react to me")
	require.NoError(t, err)
	item := []string{"channel", random, "timestamp", ts}
	react := func(name string) answer { return e.form("reactions.add", append(item, "name", name)...) }
	t.Run("the same reaction twice is already_reacted", func(t *testing.T) {
		require.True(t, react("tada").ok())
		require.Equal(t, "already_reacted", react("tada").code())
	})
	t.Run("a reaction that is not there is no_reaction", func(t *testing.T) {
		require.Equal(t, "no_reaction", e.form("reactions.remove", append(item, "name", "eyes")...).code())
	})
	t.Run("an unknown emoji is invalid_name", func(t *testing.T) {
		for _, name := range []string{"no_such_emoji", ":tada:", "tada::skin-tone-9", "🎉"} {
			require.Equal(t, "invalid_name", react(name).code(), name)
		}
	})
	t.Run("an alias is kept under its first name, skin tones and custom emoji are taken", func(t *testing.T) {
		require.True(t, react("thumbsup").ok())
		require.Equal(t, "already_reacted", react("+1").code())
		require.True(t, react("wave::skin-tone-3").ok())
		require.True(t, react("acme").ok())
	})
	t.Run("users are in the order of reacting, with their count", func(t *testing.T) {
		require.NoError(t, e.ctl.React(e.ctx(), cleo, random, ts, "tada"))
		require.NoError(t, e.ctl.React(e.ctx(), bob, random, ts, "tada"))
		reactions, err := e.slack.GetReactionsContext(e.ctx(), slack.NewRefToMessage(random, ts), slack.NewGetReactionsParameters())
		require.NoError(t, err)
		require.Equal(t, "tada", reactions.Reactions[0].Name)
		require.Equal(t, []string{botUser, cleo, bob}, reactions.Reactions[0].Users)
		require.Equal(t, 3, reactions.Reactions[0].Count)
		require.Equal(t, "+1", reactions.Reactions[1].Name)
		require.Contains(t, e.history(random)[0]["reactions"].([]any)[2].(map[string]any)["name"], "wave::skin-tone-3")
	})
	t.Run("the last one to take a reaction back ends it", func(t *testing.T) {
		e.must("reactions.remove", append(item, "name", "acme")...)
		require.Equal(t, "no_reaction", e.form("reactions.remove", append(item, "name", "acme")...).code())
	})
	t.Run("an unknown message, channel or timestamp is told apart", func(t *testing.T) {
		require.Equal(t, "message_not_found", e.form("reactions.add", "channel", random, "timestamp", "1.000000", "name", "tada").code())
		require.Equal(t, "bad_timestamp", e.form("reactions.add", "channel", random, "timestamp", "x", "name", "tada").code())
		require.Equal(t, "channel_not_found", e.form("reactions.add", "channel", "C0NOWHERE1", "timestamp", ts, "name", "tada").code())
		require.Equal(t, "no_item_specified", e.form("reactions.remove", "name", "tada").code())
	})
	t.Run("too many distinct emoji are too_many_reactions of one person", func(t *testing.T) {
		names := []string{"one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "zero", "a", "b", "heart", "eyes", "fire", "rocket", "bug", "cat", "dog", "cow", "pig", "frog", "tiger", "wolf", "bear"}
		code := ""
		for _, name := range names {
			if a := react(name); !a.ok() {
				code = a.code()
				break
			}
		}
		require.Equal(t, "too_many_reactions", code)
	})
	t.Run("reactions.list tells what a user reacted to", func(t *testing.T) {
		items, next, err := e.slack.ListReactionsContext(e.ctx(), slack.ListReactionsParameters{User: cleo, Limit: 1})
		require.NoError(t, err)
		require.Len(t, items, 1)
		require.Equal(t, ts, items[0].Message.Timestamp, "the newest first")
		require.NotEmpty(t, next)
		require.Len(t, e.must("reactions.list", "user", cleo, "count", "10").at("items"), 2)
	})
	t.Run("events tell reaction, item and whose message it was", func(t *testing.T) {
		w := e.connect()
		require.NoError(t, e.ctl.React(e.ctx(), bob, random, ts, "eyes"))
		v := w.take()
		require.Equal(t, "reaction_added", v.event("type"))
		require.Equal(t, bob, v.event("user"))
		require.Equal(t, ann, v.event("item_user"))
		require.Equal(t, map[string]any{"type": "message", "channel": random, "ts": ts}, v.Payload.Event["item"])
		require.NoError(t, e.ctl.Unreact(e.ctx(), bob, random, ts, "eyes"))
		require.Equal(t, "reaction_removed", w.take().event("type"))
	})
}

func TestPins(t *testing.T) {
	e := start(t)
	ts, err := e.ctl.Say(e.ctx(), ann, random, "pin me")
	require.NoError(t, err)
	item := []string{"channel", random, "timestamp", ts}
	w := e.connect()
	e.must("pins.add", item...)
	v := w.wait("pin_added", "")
	require.Equal(t, random, v.event("channel_id"))
	require.Equal(t, "already_pinned", e.form("pins.add", item...).code())
	list := objects(e.must("pins.list", "channel", random).at("items"))
	require.Equal(t, "pin me", list[0]["message"].(map[string]any)["text"])
	require.Equal(t, botUser, list[0]["created_by"])
	require.InDelta(t, 1, e.must("conversations.history", "channel", random).at("pin_count"), 0)
	require.NoError(t, e.ctl.Unpin(e.ctx(), ann, random, ts))
	removed := w.wait("pin_removed", "")
	require.Equal(t, false, removed.Payload.Event["has_pins"])
	require.Equal(t, "no_pin", e.form("pins.remove", item...).code())
}

func TestLongListsOfReactions(t *testing.T) {
	e := start(t)
	ts, err := e.ctl.Say(e.ctx(), ann, random, "everybody likes it")
	require.NoError(t, err)
	for _, user := range []string{ann, bob, cleo} {
		require.NoError(t, e.ctl.React(e.ctx(), user, random, ts, "tada"))
	}
	item := []string{"channel", random, "timestamp", ts}
	e.must("reactions.add", append(item, "name", "tada")...)
	require.NoError(t, e.ctl.SetSwitches(e.ctx(), control.Switches{Web: web.Switches{ReactionUsers: 2}}))
	first := func(m map[string]any) map[string]any { return m["reactions"].([]any)[0].(map[string]any) }
	t.Run("beyond a bound users are left out of history, replies and reactions.get, the count tells of all", func(t *testing.T) {
		for name, m := range map[string]map[string]any{
			"conversations.history": e.history(random)[0],
			"conversations.replies": objects(e.must("conversations.replies", "channel", random, "ts", ts).at("messages"))[0],
			"reactions.get":         e.must("reactions.get", item...).at("message").(map[string]any),
		} {
			require.InDelta(t, 4, first(m)["count"], 0, name)
			require.Equal(t, []any{ann, botUser}, first(m)["users"], "%s: the calling user is always among them", name)
		}
	})
	t.Run("full=true of reactions.get gives all", func(t *testing.T) {
		m := e.must("reactions.get", append(item, "full", "true")...).at("message").(map[string]any)
		require.Equal(t, []any{ann, bob, cleo, botUser}, first(m)["users"])
	})
	t.Run("full is no argument of history", func(t *testing.T) {
		require.Len(t, first(e.history(random, "full", "true")[0])["users"], 2)
	})
	t.Run("the ordinary bound is 50", func(t *testing.T) {
		require.NoError(t, e.ctl.SetSwitches(e.ctx(), control.Switches{}))
		for i := range 50 {
			u, err := e.ctl.NewUser(e.ctx(), control.UserRequest{Name: fmt.Sprintf("fan%d", i)})
			require.NoError(t, err)
			require.NoError(t, e.ctl.Invite(e.ctx(), ann, random, u.ID))
			require.NoError(t, e.ctl.React(e.ctx(), u.ID, random, ts, "tada"))
		}
		r := first(e.must("reactions.get", item...).at("message").(map[string]any))
		require.Len(t, r["users"], 50)
		require.InDelta(t, 54, r["count"], 0)
	})
	t.Run("the message of a tombstone has no reactions to get", func(t *testing.T) {
		_, err := e.ctl.Reply(e.ctx(), bob, random, ts, "a reply that stays")
		require.NoError(t, err)
		require.NoError(t, e.ctl.Delete(e.ctx(), ann, random, ts))
		require.Equal(t, "message_not_found", e.form("reactions.get", item...).code())
	})
}
