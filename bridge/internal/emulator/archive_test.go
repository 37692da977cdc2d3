package emulator_test

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// TestArchiving: a bot is put out of a channel that is archived and comes back by
// an invitation alone (seen on slack.com: elastic/connectors#1972).
func TestArchiving(t *testing.T) {
	archived := func(t *testing.T, channel string) (*emu, *ws) {
		e := start(t)
		e.with(powers...)
		w := e.connect()
		_, err := e.ctl.Say(e.ctx(), ann, channel, "before")
		require.NoError(t, err)
		w.take()
		require.NoError(t, e.ctl.Archive(e.ctx(), ann, channel))
		return e, w
	}
	t.Run("the bot hears of it and is put out without a further event, people stay", func(t *testing.T) {
		for channel, prefix := range map[string]string{random: "channel", leaders: "group"} {
			e, w := archived(t, channel)
			require.Equal(t, prefix+"_archive", w.take().event("subtype"))
			require.Equal(t, prefix+"_archive", w.take().event("type"))
			e.silent(w)
			ch, err := e.ctl.Channel(e.ctx(), channel)
			require.NoError(t, err)
			require.NotContains(t, ch.Members, botUser)
			require.Contains(t, ch.Members, ann)
		}
	})
	t.Run("the bot reads nothing of it", func(t *testing.T) {
		e, _ := archived(t, random)
		before, err := e.ctl.Messages(e.ctx(), random)
		require.NoError(t, err)
		ts := before[0].TS
		require.Equal(t, "not_in_channel", e.form("conversations.history", "channel", random).code())
		require.Equal(t, "not_in_channel", e.form("conversations.replies", "channel", random, "ts", ts).code())
		require.Equal(t, false, e.must("conversations.info", "channel", random).at("channel", "is_member"))
		require.Equal(t, true, e.must("conversations.info", "channel", random).at("channel", "is_archived"))
		own, _ := e.pages("users.conversations", "channels", "id")
		require.NotContains(t, own, random)
		require.Equal(t, "is_archived", e.form("chat.postMessage", "channel", random, "text", "x").code())
		require.Equal(t, "is_archived", e.form("conversations.join", "channel", random).code())
	})
	t.Run("a private channel is gone for it", func(t *testing.T) {
		e, _ := archived(t, leaders)
		for _, method := range []string{"conversations.info", "conversations.history", "conversations.unarchive"} {
			require.Equal(t, "channel_not_found", e.form(method, "channel", leaders).code(), method)
		}
	})
	t.Run("a bot cannot unarchive: not_in_channel", func(t *testing.T) {
		e, _ := archived(t, random)
		require.Equal(t, "not_in_channel", e.form("conversations.unarchive", "channel", random).code())
	})
	t.Run("no one is invited to an archived channel", func(t *testing.T) {
		e, _ := archived(t, random)
		require.Error(t, e.ctl.Invite(e.ctx(), ann, random, "Matrix Bridge"))
	})
	t.Run("after unarchiving nothing comes and nothing goes until it is invited", func(t *testing.T) {
		e, w := archived(t, random)
		require.NoError(t, e.ctl.Unarchive(e.ctx(), ann, random))
		w.wait("channel_unarchive", "")
		_, err := e.ctl.Say(e.ctx(), ann, random, "not for the bot")
		require.NoError(t, err)
		e.silent(w)
		require.Equal(t, "not_in_channel", e.form("conversations.history", "channel", random).code())
		require.Equal(t, "not_in_channel", e.form("chat.postMessage", "channel", random, "text", "x").code())
		require.NoError(t, e.ctl.Invite(e.ctx(), ann, random, "Matrix Bridge"))
		w.wait("member_joined_channel", "")
		_, err = e.ctl.Say(e.ctx(), ann, random, "for the bot again")
		require.NoError(t, err)
		require.Equal(t, "for the bot again", w.take().event("text"))
		require.Contains(t, texts(e.history(random)), "not for the bot", "an invited bot reads what was said before")
	})
	t.Run("a private channel that is unarchived says nothing to a bot that was put out", func(t *testing.T) {
		e, w := archived(t, leaders)
		w.wait("group_archive", "")
		require.NoError(t, e.ctl.Unarchive(e.ctx(), ann, leaders))
		e.silent(w)
	})
	t.Run("a seed's archived channel has no bots either", func(t *testing.T) {
		e := start(t, withSeed(t, `
users: [{name: ann, id: U0ANN00001}]
apps: [{id: A0BRIDGE01, bot_user_id: U0BRIDGE01}]
channels: [{id: C0OLD00001, name: old, archived: true, members: [ann, U0BRIDGE01]}]
`))
		ch, err := e.ctl.Channel(e.ctx(), "old")
		require.NoError(t, err)
		require.Equal(t, []string{ann}, ch.Members)
	})
}
