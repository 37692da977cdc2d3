package emulator_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"ops-jrz1/bridge/internal/emulator/control"
	"ops-jrz1/bridge/internal/emulator/workspace"
)

func TestWhoHearsOfEvents(t *testing.T) {
	t.Run("events come only for subscribed bot_events", func(t *testing.T) {
		e := start(t)
		_, err := e.ctl.ChangeApp(e.ctx(), control.AppRequest{RemoveEvents: []string{"message.groups", "reaction_added"}})
		require.NoError(t, err)
		w := e.connect()
		ts, err := e.ctl.Say(e.ctx(), ann, leaders, "not subscribed")
		require.NoError(t, err)
		require.NoError(t, e.ctl.React(e.ctx(), ann, leaders, ts, "tada"))
		e.silent(w)
	})
	t.Run("events come only with the granted scope", func(t *testing.T) {
		e := start(t)
		e.without("groups:history", "users:read")
		w := e.connect()
		_, err := e.ctl.Say(e.ctx(), ann, leaders, "no scope")
		require.NoError(t, err)
		_, err = e.ctl.ChangeProfile(e.ctx(), profile("bob", "Robert"))
		require.NoError(t, err)
		e.silent(w)
	})
	t.Run("messages and reactions come only from conversations the bot is in", func(t *testing.T) {
		e := start(t)
		w := e.connect()
		ts, err := e.ctl.Say(e.ctx(), bob, lounge, "not a member")
		require.NoError(t, err)
		require.NoError(t, e.ctl.React(e.ctx(), bob, lounge, ts, "tada"))
		_, err = e.ctl.Say(e.ctx(), ann, annBob, "private talk")
		require.NoError(t, err)
		require.NoError(t, e.ctl.Join(e.ctx(), ann, lounge))
		e.silent(w)
	})
	t.Run("public channels' creation, rename and archive come without membership", func(t *testing.T) {
		e := start(t)
		w := e.connect()
		ch, err := e.ctl.CreateChannel(e.ctx(), "bob", "fresh", false)
		require.NoError(t, err)
		v := w.take()
		require.Equal(t, "channel_created", v.event("type"))
		require.Equal(t, "fresh", v.Payload.Event["channel"].(map[string]any)["name"])
		require.NoError(t, e.ctl.RenameChannel(e.ctx(), "bob", ch.ID, "fresher"))
		require.Equal(t, "fresher", w.take().Payload.Event["channel"].(map[string]any)["name"])
		require.NoError(t, e.ctl.Archive(e.ctx(), "bob", ch.ID))
		require.Equal(t, "channel_archive", w.take().event("type"))
		require.NoError(t, e.ctl.Unarchive(e.ctx(), "bob", ch.ID))
		require.Equal(t, "channel_unarchive", w.take().event("type"))
		require.NoError(t, e.ctl.DeleteChannel(e.ctx(), "bob", ch.ID))
		require.Equal(t, ch.ID, w.take().event("channel"))
		_, err = e.ctl.CreateChannel(e.ctx(), "bob", "hidden", true)
		require.NoError(t, err)
		e.silent(w)
	})
	t.Run("the app's own actions are echoed: posts, edits, reactions, pins, joins", func(t *testing.T) {
		e := start(t)
		w := e.connect()
		ts := e.must("chat.postMessage", "channel", random, "text", "mine").at("ts").(string)
		require.Equal(t, ts, w.take().event("ts"))
		e.must("chat.update", "channel", random, "ts", ts, "text", "changed")
		require.Equal(t, "message_changed", w.take().event("subtype"))
		e.must("reactions.add", "channel", random, "timestamp", ts, "name", "tada")
		v := w.take()
		require.Equal(t, "reaction_added", v.event("type"))
		require.Equal(t, botUser, v.event("user"))
		e.must("pins.add", "channel", random, "timestamp", ts)
		require.Equal(t, "pin_added", w.take().event("type"))
		require.Equal(t, "message_changed", w.take().event("subtype"))
		e.must("conversations.join", "channel", lounge)
		require.Equal(t, "channel_join", w.take().event("subtype"))
		v = w.take()
		require.Equal(t, "member_joined_channel", v.event("type"))
		require.Equal(t, botUser, v.event("user"))
	})
	t.Run("two apps hear each for itself", func(t *testing.T) {
		e := start(t, withSeed(t, `
users: [{name: ann, id: U0ANN00001}]
apps:
  - {id: A0BRIDGE01, bot_user_id: U0BRIDGE01}
  - id: A0OTHER001
    bot_user_id: U0OTHER001
    manifest:
      display_information: {name: Other}
      features: {bot_user: {display_name: other}}
      oauth_config: {scopes: {bot: [channels:history, chat:write]}}
      settings: {socket_mode_enabled: true, event_subscriptions: {bot_events: [message.channels]}}
channels: [{id: C0GENERAL1, name: general, members: [ann, U0BRIDGE01]}]
`))
		w := e.connect()
		_, err := e.ctl.Say(e.ctx(), ann, general, "only the bridge is here")
		require.NoError(t, err)
		require.Equal(t, app, w.take().Payload.App)
		require.NoError(t, e.ctl.Invite(e.ctx(), ann, general, "Other"))
		w.wait("member_joined_channel", "")
		_, err = e.ctl.Say(e.ctx(), ann, general, "both")
		require.NoError(t, err)
		heard := map[string]int{}
		for _, d := range e.Hub.Records() {
			heard[d.App]++
		}
		require.Equal(t, 2, heard["A0OTHER001"], "its own join message and the text")
		require.Equal(t, 4, heard[app])
	})
}

func profile(user, name string) control.ProfileRequest {
	return control.ProfileRequest{User: user, ProfileChange: workspace.ProfileChange{DisplayName: &name}}
}

func TestEvents(t *testing.T) {
	t.Run("messages in each kind of conversation tell its channel_type", func(t *testing.T) {
		e := start(t)
		w := e.connect()
		for id, kind := range map[string]string{general: "channel", leaders: "group", annBot: "im", mpim: "mpim"} {
			_, err := e.ctl.Say(e.ctx(), ann, id, "hi")
			require.NoError(t, err)
			v := w.take()
			require.Equal(t, id, v.event("channel"))
			require.Equal(t, kind, v.event("channel_type"))
			require.Equal(t, v.event("ts"), v.event("event_ts"))
			require.NotEmpty(t, v.event("client_msg_id"))
		}
	})
	t.Run("joins and leaves are told by message and event", func(t *testing.T) {
		e := start(t)
		w := e.connect()
		require.NoError(t, e.ctl.Invite(e.ctx(), ann, random, "dan"))
		v := w.take()
		require.Equal(t, "channel_join", v.event("subtype"))
		require.Equal(t, ann, v.event("inviter"))
		v = w.take()
		require.Equal(t, "member_joined_channel", v.event("type"))
		require.Equal(t, "C", v.event("channel_type"))
		require.Equal(t, ann, v.event("inviter"))
		require.NoError(t, e.ctl.Leave(e.ctx(), "dan", random))
		require.Equal(t, "channel_leave", w.take().event("subtype"))
		require.Equal(t, "member_left_channel", w.take().event("type"))
	})
	t.Run("a bot that is kicked or leaves hears channel_left or group_left and nothing more", func(t *testing.T) {
		e := start(t) // the member's event is for those who stay (seen on slack.com: openma-ai/open-managed-agents#24)
		e.with(powers...)
		w := e.connect()
		require.NoError(t, e.ctl.Kick(e.ctx(), ann, random, "Matrix Bridge"))
		v := w.take()
		require.Equal(t, "channel_left", v.event("type"))
		require.Equal(t, random, v.event("channel"))
		require.Equal(t, ann, v.event("actor_id"))
		require.NoError(t, e.ctl.Kick(e.ctx(), ann, leaders, "Matrix Bridge"))
		require.Equal(t, "group_left", w.take().event("type"))
		_, err := e.ctl.Say(e.ctx(), ann, random, "it is gone")
		require.NoError(t, err)
		e.silent(w)
		e.must("conversations.join", "channel", lounge)
		w.wait("member_joined_channel", "")
		e.must("conversations.leave", "channel", lounge)
		require.Equal(t, "channel_left", w.take().event("type"))
		e.silent(w)
	})
	t.Run("other apps in the channel hear member_left_channel of the bot that went", func(t *testing.T) {
		e := start(t, withSeed(t, `
users: [{name: ann, id: U0ANN00001}]
apps:
  - {id: A0BRIDGE01, bot_user_id: U0BRIDGE01}
  - id: A0OTHER001
    bot_user_id: U0OTHER001
    manifest:
      display_information: {name: Other}
      features: {bot_user: {display_name: other}}
      oauth_config: {scopes: {bot: [channels:read, channels:history]}}
      settings: {socket_mode_enabled: true, event_subscriptions: {bot_events: [channel_left, member_left_channel]}}
channels: [{id: C0GENERAL1, name: general, members: [ann, U0BRIDGE01, U0OTHER001]}]
`))
		require.NoError(t, e.ctl.Kick(e.ctx(), ann, general, "U0OTHER001"))
		require.NoError(t, e.ctl.Invite(e.ctx(), ann, general, "U0OTHER001"))
		require.NoError(t, e.ctl.Kick(e.ctx(), ann, general, "U0BRIDGE01"))
		heard := map[string][]string{}
		for _, d := range e.Hub.Records() {
			if d.Event != "message" && d.Event != "member_joined_channel" {
				heard[d.App] = append(heard[d.App], d.Event)
			}
		}
		require.Equal(t, map[string][]string{
			"A0OTHER001": {"channel_left", "member_left_channel"},
			"A0BRIDGE01": {"member_left_channel", "channel_left"},
		}, heard)
	})
	t.Run("app_mention is for what people and bots say in channels", func(t *testing.T) {
		e := start(t)
		e.with("app_mentions:read")
		_, err := e.ctl.ChangeApp(e.ctx(), control.AppRequest{AddEvents: []string{"app_mention"}})
		require.NoError(t, err)
		w := e.connect()
		mention := "hi <@" + botUser + ">"
		for _, place := range []string{general, leaders, mpim} {
			_, err := e.ctl.Say(e.ctx(), ann, place, mention)
			require.NoError(t, err)
			require.Equal(t, "message", w.take().event("type"))
			v := w.take()
			require.Equal(t, "app_mention", v.event("type"), place)
			require.Equal(t, mention, v.event("text"))
		}
		_, err = e.ctl.Post(e.ctx(), control.PostRequest{Bot: "B0DEPLOY01", Channel: general, Text: "cc <@" + botUser + "|bridge>"})
		require.NoError(t, err)
		w.take()
		require.Equal(t, "app_mention", w.take().event("type"))
	})
	t.Run("DMs, Slack's own messages and longer ids dispatch no app_mention", func(t *testing.T) {
		e := start(t)
		e.with(append(powers, "app_mentions:read")...)
		_, err := e.ctl.ChangeApp(e.ctx(), control.AppRequest{AddEvents: []string{"app_mention"}})
		require.NoError(t, err)
		for _, text := range []string{"hi <@" + botUser + ">", "hi <@" + botUser + "9>"} {
			_, err = e.ctl.Say(e.ctx(), ann, annBot, text)
			require.NoError(t, err)
		}
		_, err = e.ctl.Say(e.ctx(), ann, general, "hi <@"+botUser+"9>")
		require.NoError(t, err)
		require.NoError(t, e.ctl.SetTopic(e.ctx(), ann, random, "ask <@"+botUser+">"))
		e.must("conversations.archive", "channel", e.must("conversations.create", "name", "short-lived").at("channel", "id").(string))
		require.NoError(t, e.ctl.Kick(e.ctx(), ann, random, "Matrix Bridge"))
		require.NoError(t, e.ctl.Invite(e.ctx(), ann, random, "Matrix Bridge"))
		for _, d := range e.Hub.Records() {
			require.NotEqual(t, "app_mention", d.Event)
		}
	})
	t.Run("an invited bot hears of its own joining", func(t *testing.T) {
		e := start(t)
		w := e.connect()
		require.NoError(t, e.ctl.Invite(e.ctx(), bob, lounge, "Matrix Bridge"))
		require.Equal(t, "channel_join", w.take().event("subtype"))
		v := w.take()
		require.Equal(t, "member_joined_channel", v.event("type"))
		require.Equal(t, botUser, v.event("user"))
		require.Equal(t, bob, v.event("inviter"))
	})
	t.Run("topic, purpose and name are told by messages", func(t *testing.T) {
		e := start(t)
		w := e.connect()
		require.NoError(t, e.ctl.SetTopic(e.ctx(), ann, random, "new topic"))
		require.Equal(t, "new topic", w.wait("message", "channel_topic").event("topic"))
		require.NoError(t, e.ctl.SetPurpose(e.ctx(), ann, leaders, "new purpose"))
		require.Equal(t, "new purpose", w.wait("message", "group_purpose").event("purpose"))
		require.NoError(t, e.ctl.RenameChannel(e.ctx(), ann, random, "chatter"))
		v := w.wait("message", "channel_name")
		require.Equal(t, "random", v.event("old_name"))
		require.Equal(t, "chatter", v.event("name"))
		require.Equal(t, "channel_rename", w.take().event("type"))
		require.NoError(t, e.ctl.RenameChannel(e.ctx(), ann, leaders, "board"))
		w.wait("message", "group_name")
		require.Equal(t, "group_rename", w.take().event("type"))
	})
	t.Run("a DM that is opened with the bot raises im_created, im_open and app_home_opened", func(t *testing.T) {
		e := start(t)
		_, err := e.ctl.ChangeApp(e.ctx(), control.AppRequest{AddEvents: []string{"im_open", "app_home_opened"}})
		require.NoError(t, err)
		w := e.connect()
		require.NoError(t, e.ctl.OpenHome(e.ctx(), cleo, "", "messages"))
		created := w.wait("im_created", "")
		require.Equal(t, cleo, created.event("user"))
		require.Equal(t, cleo, created.Payload.Event["channel"].(map[string]any)["user"])
		require.Equal(t, created.Payload.Event["channel"].(map[string]any)["id"], w.wait("im_open", "").event("channel"))
		home := w.wait("app_home_opened", "")
		require.Equal(t, "messages", home.event("tab"))
	})
	t.Run("people: team_join, user_change and user_profile_changed, without the address", func(t *testing.T) {
		e := start(t)
		_, err := e.ctl.ChangeApp(e.ctx(), control.AppRequest{AddEvents: []string{"user_profile_changed", "user_status_changed"}})
		require.NoError(t, err)
		w := e.connect()
		u, err := e.ctl.NewUser(e.ctx(), control.UserRequest{Name: "eve", RealName: "Eve Ems", Email: "eve@acme.example"})
		require.NoError(t, err)
		v := w.wait("team_join", "")
		user := v.Payload.Event["user"].(map[string]any)
		require.Equal(t, u.ID, user["id"])
		require.Nil(t, user["profile"].(map[string]any)["email"])
		require.Equal(t, u.ID, w.wait("member_joined_channel", "").event("user"), "new people come into general")
		_, err = e.ctl.ChangeProfile(e.ctx(), profile("bob", "Robert"))
		require.NoError(t, err)
		v = w.wait("user_change", "")
		require.Equal(t, "Robert", v.Payload.Event["user"].(map[string]any)["profile"].(map[string]any)["display_name"])
		require.Equal(t, []any{}, v.Payload.Event["user"].(map[string]any)["profile"].(map[string]any)["fields"])
		w.wait("user_profile_changed", "")
		deleted := true
		_, err = e.ctl.ChangeProfile(e.ctx(), control.ProfileRequest{User: "bob", Deleted: &deleted})
		require.NoError(t, err)
		require.Equal(t, true, w.wait("user_change", "").Payload.Event["user"].(map[string]any)["deleted"])
	})
	t.Run("the team: team_rename, team_domain_change and emoji_changed", func(t *testing.T) {
		e := start(t)
		w := e.connect()
		require.NoError(t, e.ctl.ChangeTeam(e.ctx(), control.TeamRequest{Name: "Acme Ltd", Domain: "acme-ltd"}))
		require.Equal(t, "Acme Ltd", w.wait("team_rename", "").event("name"))
		require.Equal(t, "acme-ltd", w.wait("team_domain_change", "").event("domain"))
		require.NoError(t, e.ctl.SetEmoji(e.ctx(), "blob", "https://acme.example/blob.png"))
		require.Equal(t, "blob", w.wait("emoji_changed", "add").event("name"))
		require.NoError(t, e.ctl.SetEmoji(e.ctx(), "blob", ""))
		require.Equal(t, []any{"blob"}, w.wait("emoji_changed", "remove").Payload.Event["names"])
	})
	t.Run("user groups: subteam_created, subteam_updated and subteam_members_changed", func(t *testing.T) {
		e := start(t)
		w := e.connect()
		g, err := e.ctl.SaveUserGroup(e.ctx(), control.UserGroupRequest{Name: "Devs", Handle: "devs", Users: []string{"ann"}})
		require.NoError(t, err)
		require.Equal(t, g.ID, w.wait("subteam_created", "").Payload.Event["subteam"].(map[string]any)["id"])
		_, err = e.ctl.SaveUserGroup(e.ctx(), control.UserGroupRequest{ID: g.ID, Name: "Devs", Handle: "developers", Users: []string{"bob"}})
		require.NoError(t, err)
		require.Equal(t, "developers", w.wait("subteam_updated", "").Payload.Event["subteam"].(map[string]any)["handle"])
		v := w.wait("subteam_members_changed", "")
		require.Equal(t, []any{bob}, v.Payload.Event["added_users"])
		require.Equal(t, []any{ann}, v.Payload.Event["removed_users"])
		require.Equal(t, []any{bob}, e.must("usergroups.users.list", "usergroup", g.ID).at("users"))
	})
	t.Run("unfurls and pins come as message_changed without edited", func(t *testing.T) {
		e := start(t)
		w := e.connect()
		ts := e.say("see https://acme.example")
		w.take()
		require.NoError(t, e.ctl.Unfurl(e.ctx(), general, ts, json.RawMessage(`[{"from_url":"https://acme.example","title":"Acme"}]`)))
		m := w.wait("message", "message_changed").Payload.Event["message"].(map[string]any)
		require.Nil(t, m["edited"])
		require.Equal(t, "Acme", m["attachments"].([]any)[0].(map[string]any)["title"])
		require.NoError(t, e.ctl.Pin(e.ctx(), bob, general, ts))
		w.wait("pin_added", "")
		m = w.wait("message", "message_changed").Payload.Event["message"].(map[string]any)
		require.Nil(t, m["edited"])
		require.Equal(t, []any{general}, m["pinned_to"])
		require.NoError(t, e.ctl.EditWith(e.ctx(), control.EditRequest{User: "ann", Channel: general, TS: ts, Text: "edited", Attachments: json.RawMessage(`[]`)}))
		m = w.wait("message", "message_changed").Payload.Event["message"].(map[string]any)
		require.Equal(t, ann, m["edited"].(map[string]any)["user"])
		require.Nil(t, m["attachments"])
	})
	t.Run("tokens_revoked names the bot user", func(t *testing.T) {
		e := start(t)
		w := e.connect()
		require.NoError(t, e.ctl.RevokeTokens(e.ctx(), control.TokenRequest{Kind: workspace.BotToken}))
		v := w.wait("tokens_revoked", "")
		require.Equal(t, []any{botUser}, v.Payload.Event["tokens"].(map[string]any)["bot"])
	})
	t.Run("messages of foreign bots are bot_message without user", func(t *testing.T) {
		e := start(t)
		w := e.connect()
		_, err := e.ctl.Post(e.ctx(), control.PostRequest{Bot: "B0DEPLOY01", Channel: general, Text: "deployed"})
		require.NoError(t, err)
		v := w.take()
		require.Equal(t, "bot_message", v.event("subtype"))
		require.Equal(t, "deploys", v.event("username"))
		require.Nil(t, v.Payload.Event["user"])
	})
	t.Run("event ids are unique and the wrapper is whole", func(t *testing.T) {
		e := start(t)
		w := e.connect()
		seen := map[string]bool{}
		for range 20 {
			_, err := e.ctl.Say(e.ctx(), ann, general, "x")
			require.NoError(t, err)
			v := w.take()
			require.False(t, seen[v.Payload.EventID])
			seen[v.Payload.EventID] = true
			require.Equal(t, "T0ACME0001", v.Payload.Team)
			require.Equal(t, "event_callback", v.Payload.Type)
			require.NotEmpty(t, v.Payload.Context)
		}
	})
}
