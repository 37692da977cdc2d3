package emulator_test

import (
	"maps"
	"net/http"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"ops-jrz1/bridge/internal/emulator/control"
)

// TestMeasuredOnSlack holds the emulator to what others measured on slack.com and
// wrote down in public, each statement with its source. What belongs to a family
// of methods or events is tested there: TestAbsentAndEmptyArguments,
// TestArchiving, TestEvents, TestEveryMethod, TestLongListsOfReactions.
func TestMeasuredOnSlack(t *testing.T) {
	t.Run("no credential is not_authed, whatever form it does not take (brekkylab/backlot#73)", func(t *testing.T) {
		e := start(t)
		for name, header := range map[string]string{"no header": "", "an empty bearer": "Bearer ", "another scheme": "Basic dXNlcjpwYXNz"} {
			require.Equal(t, "not_authed", e.withHeader("conversations.list", header).code(), name)
		}
		require.Equal(t, "not_authed", e.do(http.MethodPost, "conversations.list", "", formType, "token=").code())
		require.Equal(t, "not_authed", e.do(http.MethodGet, "conversations.list?token=", "", "", "").code())
	})
	t.Run("any credential that does not resolve is invalid_auth, well-formed or not (brekkylab/backlot#70)", func(t *testing.T) {
		e := start(t)
		for _, token := range []string{"xoxb" + "-not-a-real-token", "nonsense", "0"} {
			require.Equal(t, "invalid_auth", e.withHeader("conversations.list", "Bearer "+token).code(), token)
			require.Equal(t, "invalid_auth", e.do(http.MethodPost, "conversations.list", "", formType, "token="+token).code(), token)
		}
	})
	t.Run("the scope is asked for before the arguments (brekkylab/backlot#196)", func(t *testing.T) {
		e := start(t)
		e.without("reactions:write", "chat:write")
		for _, method := range []string{"chat.postMessage", "chat.update", "chat.delete", "reactions.add", "reactions.remove"} {
			require.Equal(t, "missing_scope", e.form(method).code(), method)
		}
		require.Equal(t, "invalid_arguments", e.form("chat.getPermalink").code(), "which needs none")
	})
	t.Run("a hidden conversation answers as one that is not there (brekkylab/backlot#81)", func(t *testing.T) {
		e := start(t)
		for _, method := range []string{"conversations.info", "conversations.members", "conversations.history", "conversations.replies"} {
			hidden := e.form(method, "channel", annBob, "ts", "1700000000.000100")
			unknown := e.form(method, "channel", "C0NOWHERE1", "ts", "1700000000.000100")
			require.Equal(t, "channel_not_found", hidden.code(), method)
			require.Equal(t, unknown.body, hidden.body, method)
		}
	})
	t.Run("lists select by types, public channels if none are named (brekkylab/backlot#82)", func(t *testing.T) {
		e := start(t)
		for types, want := range map[string][]string{
			"": {general, random, lounge, oldOne}, "public_channel": {general, random, lounge, oldOne}, "private_channel": {leaders},
			"im": {annBot}, "mpim": {mpim}, "private_channel,im": {leaders, annBot},
		} {
			ids, _ := e.pages("conversations.list", "channels", "id", "types", types)
			require.ElementsMatch(t, want, ids, types)
		}
	})
	t.Run("an answer to a message that is gone goes to the channel, without an error (slack-go/slack#1571, slackapi/python-slack-events-api#87)", func(t *testing.T) {
		e := start(t)
		root, err := e.ctl.Say(e.ctx(), ann, random, "root")
		require.NoError(t, err)
		require.NoError(t, e.ctl.Delete(e.ctx(), ann, random, root))
		for _, ts := range []string{root, "1.000000"} {
			answer := e.must("chat.postMessage", "channel", random, "text", "late", "thread_ts", ts, "reply_broadcast", "true")
			require.NotContains(t, answer.at("message"), "thread_ts")
			require.NotContains(t, answer.at("message"), "root")
			require.Equal(t, answer.at("ts"), e.history(random)[0]["ts"])
		}
	})
	t.Run("a thread whose root is deleted goes on: its tombstone is not locked (hackclub/toriel#238)", func(t *testing.T) {
		e := start(t)
		root, err := e.ctl.Say(e.ctx(), ann, random, "root")
		require.NoError(t, err)
		_, err = e.ctl.Reply(e.ctx(), bob, random, root, "reply")
		require.NoError(t, err)
		require.NoError(t, e.ctl.Delete(e.ctx(), ann, random, root))
		answer := e.must("chat.postMessage", "channel", random, "text", "late", "thread_ts", root)
		require.Equal(t, root, answer.at("message", "thread_ts"))
		require.Equal(t, "USLACKBOT", answer.at("message", "parent_user_id"))
		_, err = e.ctl.Reply(e.ctx(), bob, random, root, "and another")
		require.NoError(t, err)
		thread := objects(e.must("conversations.replies", "channel", random, "ts", root).at("messages"))
		require.Len(t, thread, 4)
		require.Equal(t, "tombstone", thread[0]["subtype"])
		require.Equal(t, false, thread[0]["is_locked"])
		require.InDelta(t, 3, thread[0]["reply_count"], 0)
	})
	t.Run("a person's message has seven keys, blocks among them (brekkylab/backlot#75)", func(t *testing.T) {
		e := start(t)
		_, err := e.ctl.Say(e.ctx(), ann, random, "*plain*")
		require.NoError(t, err)
		m := e.history(random)[0]
		require.Equal(t, []string{"blocks", "client_msg_id", "team", "text", "ts", "type", "user"}, slices.Sorted(maps.Keys(m)))
		require.Equal(t, "*plain*", m["text"], "the markup stays in text")
		require.Regexp(t, `^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`, m["client_msg_id"])
	})
	t.Run("Slack's own messages have five, no blocks and no client_msg_id (brekkylab/backlot#75)", func(t *testing.T) {
		e := start(t)
		require.NoError(t, e.ctl.Join(e.ctx(), "dan", random))
		require.Equal(t, []string{"subtype", "text", "ts", "type", "user"}, slices.Sorted(maps.Keys(e.history(random)[0])))
	})
	t.Run("a thread's root has a message's keys and more (brekkylab/backlot#75)", func(t *testing.T) {
		e := start(t)
		ts, err := e.ctl.Say(e.ctx(), ann, random, "root")
		require.NoError(t, err)
		plain := slices.Sorted(maps.Keys(e.history(random)[0]))
		_, err = e.ctl.Reply(e.ctx(), bob, random, ts, "reply")
		require.NoError(t, err)
		root := e.history(random)[0]
		require.Subset(t, slices.Collect(maps.Keys(root)), plain)
		for _, key := range []string{"thread_ts", "reply_count", "reply_users_count", "reply_users", "latest_reply", "is_locked", "subscribed"} {
			require.Contains(t, root, key)
		}
	})
	t.Run("a last page of history has no response_metadata, one of a list an empty cursor (brekkylab/backlot#75)", func(t *testing.T) {
		e := start(t)
		a := e.must("conversations.history", "channel", general)
		require.NotContains(t, a.body, "response_metadata")
		require.Contains(t, a.body, "channel_actions_ts")
		require.Contains(t, a.body, "channel_actions_count")
		require.Equal(t, map[string]any{"next_cursor": ""}, e.must("conversations.list").at("response_metadata"))
	})
	t.Run("lists and info say the same about a channel, and lists its number of members too (brekkylab/backlot#75)", func(t *testing.T) {
		e := start(t)
		info := e.must("conversations.info", "channel", general).at("channel").(map[string]any)
		listed := objects(e.must("conversations.list").at("channels"))[0]
		require.NotContains(t, info, "num_members")
		require.Contains(t, listed, "num_members")
		delete(listed, "num_members")
		require.Equal(t, listed, info)
		for _, key := range []string{"is_shared", "is_ext_shared", "is_org_shared", "pending_shared", "is_pending_ext_shared"} {
			require.Contains(t, info, key, "brekkylab/backlot#71")
		}
	})
	t.Run("code, lists and styles become blocks as people's clients make them (brekkylab/backlot#74)", func(t *testing.T) {
		e := start(t)
		elements := func(text string) []any {
			_, err := e.ctl.Say(e.ctx(), ann, random, text)
			require.NoError(t, err)
			return e.history(random)[0]["blocks"].([]any)[0].(map[string]any)["elements"].([]any)
		}
		require.Equal(t, []any{map[string]any{
			"type": "rich_text_preformatted", "border": 0.0, "elements": []any{map[string]any{"type": "text", "text": "code fence"}},
		}}, elements("```code fence```"))
		list := elements("• bullet 1\n• bullet 2")
		require.Len(t, list, 1)
		require.Equal(t, "rich_text_list", list[0].(map[string]any)["type"])
		require.Equal(t, "bullet", list[0].(map[string]any)["style"])
		require.Equal(t, []any{
			map[string]any{"type": "text", "text": "c", "style": map[string]any{"code": true}},
			map[string]any{"type": "text", "text": " "},
			map[string]any{"type": "text", "text": "b", "style": map[string]any{"bold": true}},
		}, elements("`c` *b*")[0].(map[string]any)["elements"])
	})
	t.Run("an active member's object and profile are whole (brekkylab/backlot#290)", func(t *testing.T) {
		e := start(t)
		u := e.must("users.info", "user", ann).at("user").(map[string]any)
		for _, key := range []string{
			"id", "name", "is_bot", "updated", "is_app_user", "team_id", "deleted", "color", "is_email_confirmed", "real_name", "tz",
			"tz_label", "tz_offset", "is_admin", "is_owner", "is_primary_owner", "is_restricted", "is_ultra_restricted", "has_2fa", "profile",
		} {
			require.Contains(t, u, key)
		}
		require.Equal(t, "EVERYONE", u["who_can_share_contact_card"])
		require.NotContains(t, u, "is_forgotten")
		for _, key := range []string{
			"image_24", "image_512", "fields", "always_active", "status_text_canonical", "status_emoji_display_info", "status_expiration",
			"huddle_state", "huddle_state_expiration_ts",
		} {
			require.Contains(t, u["profile"], key)
		}
	})
	t.Run("a deactivated member's object lacks what only active ones have (brekkylab/backlot#258)", func(t *testing.T) {
		e := start(t)
		e.deactivate(bob)
		for name, u := range map[string]map[string]any{
			"users.info": e.must("users.info", "user", bob).at("user").(map[string]any),
			"users.list": objects(e.must("users.list").at("members"))[1],
		} {
			require.Equal(t, []string{"deleted", "id", "is_app_user", "is_bot", "is_forgotten", "name", "profile", "team_id", "updated"},
				slices.Sorted(maps.Keys(u)), name)
			require.Equal(t, true, u["deleted"], name)
			require.Equal(t, "Bob Baker", u["profile"].(map[string]any)["real_name"], name)
			require.NotContains(t, u["profile"], "huddle_state_expiration_ts", name)
		}
	})
	t.Run("a deactivated member is in no channel, what they said stays (brekkylab/backlot#259)", func(t *testing.T) {
		e := start(t)
		_, err := e.ctl.Say(e.ctx(), bob, random, "I was here")
		require.NoError(t, err)
		before := e.must("conversations.info", "channel", random, "include_num_members", "true").at("channel", "num_members").(float64)
		e.deactivate(bob)
		require.NotContains(t, members(e, random), bob)
		require.InDelta(t, before-1, e.must("conversations.info", "channel", random, "include_num_members", "true").at("channel", "num_members"), 0)
		require.Equal(t, "I was here", e.history(random)[0]["text"])
		require.Equal(t, bob, e.history(random)[0]["user"])
	})
	t.Run("nor is one whom the seed calls deleted", func(t *testing.T) {
		e := start(t, withSeed(t, `
users: [{name: ann, id: U0ANN00001}, {name: gone, id: U0GONE0001, deleted: true}]
apps: [{id: A0BRIDGE01, bot_user_id: U0BRIDGE01}]
channels: [{id: C0GENERAL1, name: general, members: [ann, gone, U0BRIDGE01], messages: [{user: gone, text: "I was here"}]}]
`))
		require.Equal(t, []string{ann, botUser}, members(e, general))
		require.Equal(t, "I was here", e.history(general)[0]["text"])
	})
	t.Run("the DM of a deactivated member says so", func(t *testing.T) {
		e := start(t)
		require.Equal(t, false, e.must("conversations.info", "channel", annBot).at("channel", "is_user_deleted"))
		e.deactivate(ann)
		require.Equal(t, true, e.must("conversations.info", "channel", annBot).at("channel", "is_user_deleted"))
	})
	t.Run("the permalink of anything in a thread names the thread (brekkylab/backlot#196)", func(t *testing.T) {
		e := start(t)
		root, err := e.ctl.Say(e.ctx(), ann, random, "root")
		require.NoError(t, err)
		link := func(ts string) string {
			return e.must("chat.getPermalink", "channel", random, "message_ts", ts).at("permalink").(string)
		}
		require.NotContains(t, link(root), "?")
		reply, err := e.ctl.Reply(e.ctx(), bob, random, root, "reply")
		require.NoError(t, err)
		for _, ts := range []string{root, reply} {
			require.Contains(t, link(ts), "?thread_ts="+root+"&cid="+random)
		}
	})
}

// withHeader calls a method with an Authorization header as it is.
func (e *emu) withHeader(method, authorization string) answer {
	e.t.Helper()
	req, err := http.NewRequestWithContext(e.ctx(), http.MethodPost, e.APIURL()+method, nil)
	require.NoError(e.t, err)
	if authorization != "" {
		req.Header.Set("Authorization", authorization)
	}
	return e.send(req)
}

func (e *emu) deactivate(user string) {
	e.t.Helper()
	gone := true
	_, err := e.ctl.ChangeProfile(e.ctx(), control.ProfileRequest{User: user, Deleted: &gone})
	require.NoError(e.t, err)
}
