package emulator_test

import (
	"strings"
	"testing"

	"github.com/slack-go/slack"
	"github.com/stretchr/testify/require"
)

// powers are scopes for changes of conversations, some of which the bridge's own
// manifest does not ask for.
var powers = []string{"channels:manage", "groups:write", "channels:write.topic", "channels:write.invites", "groups:write.invites"}

func TestConversations(t *testing.T) {
	e := start(t)
	e.with(powers...)
	t.Run("joining: public only, and ok with a warning when already in", func(t *testing.T) {
		ch, warning, _, err := e.slack.JoinConversationContext(e.ctx(), lounge)
		require.NoError(t, err)
		require.Empty(t, warning)
		require.True(t, ch.IsMember)
		a := e.must("conversations.join", "channel", lounge)
		require.Equal(t, "already_in_channel", a.at("warning"))
		require.Equal(t, "method_not_supported_for_channel_type", e.form("conversations.join", "channel", leaders).code())
		require.Equal(t, "is_archived", e.form("conversations.join", "channel", oldOne).code())
		require.Equal(t, "channel_not_found", e.form("conversations.join", "channel", "C0NOWHERE1").code())
	})
	t.Run("leaving: not_in_channel true instead of an error when not in", func(t *testing.T) {
		require.Nil(t, e.must("conversations.leave", "channel", lounge).at("not_in_channel"))
		require.Equal(t, true, e.must("conversations.leave", "channel", lounge).at("not_in_channel"))
		require.Equal(t, "cant_leave_general", e.form("conversations.leave", "channel", general).code())
	})
	t.Run("inviting: errors name each user that was refused", func(t *testing.T) {
		a := e.form("conversations.invite", "channel", random, "users", "U0DAN00001,U0NOBODY01,"+ann)
		require.Equal(t, "user_not_found", a.code())
		require.Equal(t, []any{
			map[string]any{"ok": false, "user": "U0NOBODY01", "error": "user_not_found"},
			map[string]any{"ok": false, "user": ann, "error": "already_in_channel"},
		}, a.at("errors"))
		require.NotContains(t, members(e, random), "U0DAN00001")
		a = e.form("conversations.invite", "channel", random, "users", "U0DAN00001,U0NOBODY01", "force", "true")
		require.True(t, a.ok(), a.raw)
		require.Len(t, a.at("errors"), 1)
		require.Contains(t, members(e, random), "U0DAN00001")
		require.Equal(t, "cant_invite_self", e.form("conversations.invite", "channel", random, "users", botUser).code())
		require.Equal(t, "not_in_channel", e.form("conversations.invite", "channel", lounge, "users", ann).code())
	})
	t.Run("kicking: only others, only members, not from general", func(t *testing.T) {
		require.Equal(t, map[string]any{}, e.must("conversations.kick", "channel", random, "user", "U0DAN00001").at("errors"))
		require.Equal(t, "not_in_channel", e.form("conversations.kick", "channel", random, "user", "U0DAN00001").code())
		require.Equal(t, "cant_kick_self", e.form("conversations.kick", "channel", random, "user", botUser).code())
		require.Equal(t, "cant_kick_from_general", e.form("conversations.kick", "channel", general, "user", ann).code())
		require.Equal(t, "user_not_found", e.form("conversations.kick", "channel", random).code())
	})
	t.Run("creating: names are checked and unique, the creator joins", func(t *testing.T) {
		ch, err := e.slack.CreateConversationContext(e.ctx(), slack.CreateConversationParams{ChannelName: "made-by-bot"})
		require.NoError(t, err)
		require.True(t, ch.IsMember)
		require.Equal(t, botUser, ch.Creator)
		for name, code := range map[string]string{
			"made-by-bot": "name_taken", "Upper": "invalid_name_specials", "a b": "invalid_name_specials", "a.b": "invalid_name_specials",
			"--": "invalid_name_punctuation", strings.Repeat("n", 81): "invalid_name_maxlength", "": "invalid_name_required",
		} {
			require.Equal(t, code, e.form("conversations.create", "name", name).code(), name)
		}
		private := e.must("conversations.create", "name", "secret", "is_private", "true")
		require.Equal(t, true, private.at("channel", "is_private"))
	})
	t.Run("renaming: only the bot's own channels", func(t *testing.T) {
		require.Equal(t, "not_authorized", e.form("conversations.rename", "channel", random, "name", "renamed").code())
		own := e.must("conversations.create", "name", "first").at("channel", "id").(string)
		a := e.must("conversations.rename", "channel", own, "name", "second")
		require.Equal(t, "second", a.at("channel", "name"))
		require.Equal(t, []any{"first"}, a.at("channel", "previous_names"))
	})
	t.Run("topic and purpose: 250 characters, by members", func(t *testing.T) {
		require.Equal(t, "news", e.must("conversations.setTopic", "channel", random, "topic", "news").at("channel", "topic", "value"))
		require.Equal(t, "too_long", e.form("conversations.setTopic", "channel", random, "topic", strings.Repeat("t", 251)).code())
		require.Equal(t, "not_in_channel", e.form("conversations.setPurpose", "channel", lounge, "purpose", "x").code())
		require.Equal(t, "channel_topic", e.history(random)[0]["subtype"])
		require.Equal(t, "news", e.history(random)[0]["topic"])
	})
	t.Run("archiving: general and DMs cannot be, what is archived cannot be again", func(t *testing.T) {
		id := e.must("conversations.create", "name", "to-archive").at("channel", "id").(string)
		require.True(t, e.form("conversations.archive", "channel", id).ok())
		require.Equal(t, "is_archived", e.form("chat.postMessage", "channel", id, "text", "x").code())
		require.Equal(t, "already_archived", e.form("conversations.archive", "channel", id).code())
		require.NoError(t, e.ctl.Unarchive(e.ctx(), ann, id))
		require.Equal(t, "not_archived", e.form("conversations.unarchive", "channel", id).code())
		require.Equal(t, "cant_archive_general", e.form("conversations.archive", "channel", general).code())
		require.Equal(t, "method_not_supported_for_channel_type", e.form("conversations.archive", "channel", annBot).code())
	})
	t.Run("listing: a bot sees private conversations only where it is in", func(t *testing.T) {
		ids, _ := e.pages("conversations.list", "channels", "id", "types", "public_channel,private_channel,mpim,im")
		require.Subset(t, ids, []string{general, random, lounge, oldOne, leaders, annBot, mpim})
		require.NotContains(t, ids, annBob)
		ids, _ = e.pages("conversations.list", "channels", "id", "exclude_archived", "true")
		require.NotContains(t, ids, oldOne)
		own, _ := e.pages("users.conversations", "channels", "id")
		require.NotContains(t, own, lounge)
		require.Contains(t, own, general)
		require.Equal(t, "invalid_types", e.form("conversations.list", "types", "castles").code())
	})
	t.Run("conversation objects tell what kind they are", func(t *testing.T) {
		c := e.must("conversations.info", "channel", leaders, "include_num_members", "true").at("channel").(map[string]any)
		require.Equal(t, true, c["is_private"])
		require.Equal(t, true, c["is_member"])
		require.InDelta(t, 3, c["num_members"], 0)
		im := e.must("conversations.info", "channel", annBot).at("channel").(map[string]any)
		require.Equal(t, true, im["is_im"])
		require.Equal(t, ann, im["user"])
		g := e.must("conversations.info", "channel", mpim).at("channel").(map[string]any)
		require.Equal(t, true, g["is_mpim"])
		require.True(t, strings.HasPrefix(g["name"].(string), "mpdm-"))
		require.Equal(t, "channel_not_found", e.form("conversations.info", "channel", annBob).code())
		require.Equal(t, false, e.must("conversations.info", "channel", lounge).at("channel", "is_member"))
	})
	t.Run("opening DMs: the same one each time, group DMs by their members", func(t *testing.T) {
		ch, noOp, open, err := e.slack.OpenConversationContext(e.ctx(), &slack.OpenConversationParameters{Users: []string{ann}, ReturnIM: true})
		require.NoError(t, err)
		require.Equal(t, annBot, ch.ID)
		require.True(t, noOp)
		require.True(t, open)
		fresh := e.must("conversations.open", "users", cleo).at("channel", "id")
		require.Equal(t, fresh, e.must("conversations.open", "users", cleo).at("channel", "id"))
		require.Equal(t, mpim, e.must("conversations.open", "users", bob+","+ann).at("channel", "id"))
		require.Equal(t, "users_list_not_supplied", e.form("conversations.open").code())
		require.Equal(t, "user_not_found", e.form("conversations.open", "users", "U0NOBODY01").code())
		require.Equal(t, "not_enough_users", e.form("conversations.open", "users", botUser).code())
		require.Equal(t, "channel_not_found", e.form("conversations.open", "users", "U0DAN00001", "prevent_creation", "true").code())
		require.True(t, e.form("conversations.close", "channel", annBot).ok())
		require.Equal(t, true, e.must("conversations.close", "channel", annBot).at("already_closed"))
	})
	t.Run("marking moves the bot's own marker", func(t *testing.T) {
		require.True(t, e.form("conversations.mark", "channel", general, "ts", "1700000000.000100").ok())
		require.Equal(t, "invalid_timestamp", e.form("conversations.mark", "channel", general, "ts", "soon").code())
		require.Equal(t, "not_in_channel", e.form("conversations.mark", "channel", lounge, "ts", "1700000000.000100").code())
	})
}

func members(e *emu, channel string) []string {
	e.t.Helper()
	ids, _ := e.pages("conversations.members", "members", "", "channel", channel)
	return ids
}

func TestUninstall(t *testing.T) {
	e := start(t)
	require.Equal(t, "client_id_token_mismatch", e.form("apps.uninstall", "client_id", "1.2", "client_secret", "x").code())
	require.Equal(t, "bad_client_secret", e.form("apps.uninstall", "client_id", "1000000000.2000000000", "client_secret", "x").code())
	w := e.connect()
	e.must("apps.uninstall", "client_id", "1000000000.2000000000", "client_secret", "emulated-client-secret")
	types := []string{w.take().event("type"), w.take().event("type")}
	require.ElementsMatch(t, []string{"app_uninstalled", "tokens_revoked"}, types)
	require.Equal(t, "account_inactive", e.form("auth.test").code())
}

// TestAnotherID gives a channel another id: the app in it hears of it, and the old id is
// one of no channel (Slack docs: channel_id_changed).
func TestAnotherID(t *testing.T) {
	e := start(t)
	e.with(powers...)
	w := e.connect()
	ts, err := e.ctl.Say(e.ctx(), ann, random, "before")
	require.NoError(t, err)
	w.take()
	changed, err := e.ctl.ChangeChannelID(e.ctx(), ann, random)
	require.NoError(t, err)
	require.NotEqual(t, random, changed.ID)
	event := w.take()
	require.Equal(t, []string{"channel_id_changed", random, changed.ID}, []string{event.event("type"), event.event("old_channel_id"), event.event("new_channel_id")})
	require.NotEmpty(t, event.event("event_ts"))
	e.silent(w)
	require.Equal(t, "channel_not_found", e.form("chat.postMessage", "channel", random, "text", "x").code())
	e.must("chat.postMessage", "channel", changed.ID, "text", "after")
	require.Equal(t, changed.ID, w.take().event("channel"))
	require.Equal(t, ts, e.must("conversations.replies", "channel", changed.ID, "ts", ts).at("messages").([]any)[0].(map[string]any)["ts"])
}
