package emulator_test

import (
	"regexp"
	"slices"
	"testing"

	"github.com/slack-go/slack"
	"github.com/stretchr/testify/require"

	"ops-jrz1/bridge/internal/emulator/control"
)

// history returns a channel's messages by conversations.history.
func (e *emu) history(channel string, args ...string) []map[string]any {
	e.t.Helper()
	return objects(e.must("conversations.history", append([]string{"channel", channel}, args...)...).at("messages"))
}

func objects(v any) []map[string]any {
	out := []map[string]any{}
	for _, item := range v.([]any) {
		out = append(out, item.(map[string]any))
	}
	return out
}

func texts(list []map[string]any) []string {
	out := []string{}
	for _, m := range list {
		s, _ := m["text"].(string)
		out = append(out, s)
	}
	return out
}

func TestHistory(t *testing.T) {
	t.Run("ts is unique and strictly increasing per channel with six decimals", func(t *testing.T) {
		e := start(t) // the clock stands still: only the workspace makes them differ
		var last string
		for range 50 {
			ts, err := e.ctl.Say(e.ctx(), ann, random, "x")
			require.NoError(t, err)
			require.Regexp(t, regexp.MustCompile(`^\d{10}\.\d{6}$`), ts)
			require.Greater(t, ts, last)
			last = ts
		}
	})
	t.Run("history is newest first", func(t *testing.T) {
		e := start(t)
		for _, text := range []string{"one", "two", "three"} {
			_, err := e.ctl.Say(e.ctx(), ann, random, text)
			require.NoError(t, err)
		}
		require.Equal(t, []string{"three", "two", "one"}, texts(e.history(random)))
	})
	t.Run("history leaves thread replies out except broadcasts", func(t *testing.T) {
		e := start(t)
		root, err := e.ctl.Say(e.ctx(), ann, random, "root")
		require.NoError(t, err)
		_, err = e.ctl.Reply(e.ctx(), bob, random, root, "hidden reply")
		require.NoError(t, err)
		_, err = e.ctl.Broadcast(e.ctx(), bob, random, root, "shown reply")
		require.NoError(t, err)
		list := e.history(random)
		require.Equal(t, []string{"shown reply", "root"}, texts(list))
		require.Equal(t, "thread_broadcast", list[0]["subtype"])
		require.Equal(t, root, list[0]["thread_ts"])
	})
	t.Run("hidden events are not in history", func(t *testing.T) {
		e := start(t)
		ts, err := e.ctl.Say(e.ctx(), ann, random, "a")
		require.NoError(t, err)
		require.NoError(t, e.ctl.Edit(e.ctx(), ann, random, ts, "b"))
		gone, err := e.ctl.Say(e.ctx(), ann, random, "gone")
		require.NoError(t, err)
		require.NoError(t, e.ctl.Delete(e.ctx(), ann, random, gone))
		list := e.history(random)
		require.Equal(t, []string{"b"}, texts(list))
		require.Nil(t, list[0]["subtype"])
	})
	t.Run("replies include the parent first and are oldest first", func(t *testing.T) {
		e := start(t)
		root, err := e.ctl.Say(e.ctx(), ann, random, "root")
		require.NoError(t, err)
		for _, text := range []string{"one", "two"} {
			_, err := e.ctl.Reply(e.ctx(), bob, random, root, text)
			require.NoError(t, err)
		}
		list := objects(e.must("conversations.replies", "channel", random, "ts", root).at("messages"))
		require.Equal(t, []string{"root", "one", "two"}, texts(list))
		require.InDelta(t, 2, list[0]["reply_count"], 0)
		require.Equal(t, []any{bob}, list[0]["reply_users"])
		require.Equal(t, list[2]["ts"], list[0]["latest_reply"])
		require.Equal(t, root, list[1]["thread_ts"])
		require.Equal(t, ann, list[1]["parent_user_id"])
	})
	t.Run("replies of a message without replies give that message", func(t *testing.T) {
		e := start(t)
		ts, err := e.ctl.Say(e.ctx(), ann, random, "alone")
		require.NoError(t, err)
		list := objects(e.must("conversations.replies", "channel", random, "ts", ts).at("messages"))
		require.Equal(t, []string{"alone"}, texts(list))
		require.Nil(t, list[0]["thread_ts"])
	})
	t.Run("replies of an unknown ts are thread_not_found", func(t *testing.T) {
		e := start(t)
		require.Equal(t, "thread_not_found", e.form("conversations.replies", "channel", random, "ts", "1700000000.000100").code())
		require.Equal(t, "thread_not_found", e.form("conversations.replies", "channel", random, "ts", "soon").code())
	})
	t.Run("that a person came or went starts no thread", func(t *testing.T) {
		e := start(t)
		require.NoError(t, e.ctl.Invite(e.ctx(), ann, random, "dan"))
		joined := e.history(random)[0]
		require.Equal(t, "channel_join", joined["subtype"])
		require.Equal(t, "thread_not_found", e.form("conversations.replies", "channel", random, "ts", joined["ts"].(string)).code())
	})
	t.Run("a deleted root leaves a tombstone that its replies follow", func(t *testing.T) {
		e := start(t)
		root, err := e.ctl.Say(e.ctx(), ann, random, "root")
		require.NoError(t, err)
		reply, err := e.ctl.Reply(e.ctx(), bob, random, root, "reply")
		require.NoError(t, err)
		require.NoError(t, e.ctl.Delete(e.ctx(), ann, random, root))
		for method, list := range map[string][]map[string]any{
			"conversations.history": e.history(random),
			"conversations.replies": objects(e.must("conversations.replies", "channel", random, "ts", root).at("messages")),
		} {
			stone := list[0]
			require.Equal(t, "tombstone", stone["subtype"], method)
			require.Equal(t, "USLACKBOT", stone["user"], method)
			require.Equal(t, root, stone["thread_ts"], method)
			require.Equal(t, reply, stone["latest_reply"], method)
			require.InDelta(t, 1, stone["reply_count"], 0, method)
		}
		require.NoError(t, e.ctl.Delete(e.ctx(), bob, random, reply))
		require.Empty(t, e.history(random), "it goes with the last reply")
	})
	t.Run("edited and latest_reply tell what changed", func(t *testing.T) {
		e := start(t)
		root, err := e.ctl.Say(e.ctx(), ann, random, "root")
		require.NoError(t, err)
		first, err := e.ctl.Reply(e.ctx(), bob, random, root, "first")
		require.NoError(t, err)
		second, err := e.ctl.Reply(e.ctx(), bob, random, root, "second")
		require.NoError(t, err)
		require.NoError(t, e.ctl.Edit(e.ctx(), ann, random, root, "changed"))
		m := e.history(random)[0]
		require.Equal(t, ann, m["edited"].(map[string]any)["user"])
		require.Regexp(t, `^\d{10}\.0{6}$`, m["edited"].(map[string]any)["ts"])
		require.Equal(t, second, m["latest_reply"])
		require.NoError(t, e.ctl.Delete(e.ctx(), bob, random, second))
		require.Equal(t, first, e.history(random)[0]["latest_reply"])
	})
	t.Run("oldest and latest exclude unless inclusive", func(t *testing.T) {
		e := start(t)
		var ts []string
		for _, text := range []string{"1", "2", "3", "4"} {
			at, err := e.ctl.Say(e.ctx(), ann, random, text)
			require.NoError(t, err)
			ts = append(ts, at)
		}
		require.Equal(t, []string{"3", "2"}, texts(e.history(random, "oldest", ts[0], "latest", ts[3])))
		require.Equal(t, []string{"4", "3", "2", "1"}, texts(e.history(random, "oldest", ts[0], "latest", ts[3], "inclusive", "true")))
		require.Equal(t, []string{"4", "3", "2", "1"}, texts(e.history(random, "oldest", "0")))
		require.Equal(t, "invalid_ts_oldest", e.form("conversations.history", "channel", random, "oldest", "x").code())
		require.Equal(t, "invalid_ts_latest", e.form("conversations.history", "channel", random, "latest", "x").code())
	})
	t.Run("a bot that is not a member is not_in_channel", func(t *testing.T) {
		e := start(t)
		require.Equal(t, "not_in_channel", e.form("conversations.history", "channel", lounge).code())
		require.Equal(t, "channel_not_found", e.form("conversations.history", "channel", annBob).code())
	})
	t.Run("has_more and next_cursor agree", func(t *testing.T) {
		e := start(t)
		a := e.must("conversations.history", "channel", general, "limit", "1")
		require.Equal(t, true, a.at("has_more"))
		require.NotEmpty(t, a.at("response_metadata", "next_cursor"))
		a = e.must("conversations.history", "channel", general)
		require.Equal(t, false, a.at("has_more"))
		require.Nil(t, a.at("response_metadata"))
	})
}

func TestMetadata(t *testing.T) {
	const sent = `{"event_type":"matrix_event","event_payload":{"event_id":"$abc","piece":0}}`
	t.Run("history and replies show metadata only with include_all_metadata", func(t *testing.T) {
		e := start(t)
		ts := e.must("chat.postMessage", "channel", random, "text", "root", "metadata", sent).at("ts").(string)
		for method, args := range map[string][]string{"conversations.history": nil, "conversations.replies": {"ts", ts}} {
			args = append(args, "channel", random)
			list := objects(e.must(method, args...).at("messages"))
			require.Nil(t, list[0]["metadata"], method)
			list = objects(e.must(method, append(args, "include_all_metadata", "true")...).at("messages"))
			require.Equal(t, "matrix_event", list[0]["metadata"].(map[string]any)["event_type"], method)
			require.Equal(t, "$abc", list[0]["metadata"].(map[string]any)["event_payload"].(map[string]any)["event_id"], method)
		}
	})
	t.Run("events carry only the metadata's event_type", func(t *testing.T) {
		e := start(t)
		w := e.connect()
		ts := e.must("chat.postMessage", "channel", random, "text", "a", "metadata", sent).at("ts").(string)
		require.Equal(t, map[string]any{"event_type": "matrix_event"}, w.take().Payload.Event["metadata"])
		e.must("chat.update", "channel", random, "ts", ts, "text", "b")
		changed := w.take()
		for _, key := range []string{"message", "previous_message"} {
			require.Equal(t, map[string]any{"event_type": "matrix_event"}, changed.Payload.Event[key].(map[string]any)["metadata"], key)
		}
	})
	t.Run("a metadata subscription brings the payload and the metadata events", func(t *testing.T) {
		e := start(t)
		e.with("metadata.message:read")
		_, err := e.ctl.ChangeApp(e.ctx(), appEvents("message_metadata_posted", "message_metadata_deleted"))
		require.NoError(t, err)
		w := e.connect()
		ts := e.must("chat.postMessage", "channel", random, "text", "a", "metadata", sent).at("ts").(string)
		v := w.take()
		require.Equal(t, "$abc", v.Payload.Event["metadata"].(map[string]any)["event_payload"].(map[string]any)["event_id"])
		posted := w.wait("message_metadata_posted", "")
		require.Equal(t, ts, posted.event("message_ts"))
		e.must("chat.delete", "channel", random, "ts", ts)
		require.Equal(t, ts, w.wait("message_metadata_deleted", "").event("deleted_ts"))
	})
	t.Run("slack-go posts metadata and finds it in history", func(t *testing.T) {
		e := start(t)
		_, ts, err := e.slack.PostMessageContext(e.ctx(), random, slack.MsgOptionText("x", false),
			slack.MsgOptionMetadata(slack.SlackMetadata{EventType: "matrix_event", EventPayload: map[string]any{"event_id": "$x"}}))
		require.NoError(t, err)
		h, err := e.slack.GetConversationHistoryContext(e.ctx(), &slack.GetConversationHistoryParameters{ChannelID: random, IncludeAllMetadata: true})
		require.NoError(t, err)
		require.Equal(t, ts, h.Messages[0].Timestamp)
		require.Equal(t, "$x", h.Messages[0].Metadata.EventPayload["event_id"])
	})
}

// appEvents subscribes the app to events and to the payloads of matrix_event.
func appEvents(events ...string) control.AppRequest {
	return control.AppRequest{AddEvents: events, MetadataEvents: []string{"matrix_event"}}
}

func TestUsers(t *testing.T) {
	e := start(t)
	t.Run("profiles, presence and unknown users", func(t *testing.T) {
		require.Equal(t, "user_not_found", e.form("users.info", "user", "U0NOBODY01").code())
		require.Equal(t, "user_not_found", e.form("users.info", "user", "ann").code(), "names are no ids")
		require.Equal(t, "active", e.must("users.getPresence", "user", ann).at("presence"))
		e.with("users.profile:read", "users:write")
		require.Equal(t, "Ann Archer", e.must("users.profile.get", "user", ann).at("profile", "real_name"))
		require.True(t, e.form("users.setPresence", "presence", "away").ok())
		require.Equal(t, "away", e.must("users.getPresence").at("presence"))
		require.Equal(t, "invalid_presence", e.form("users.setPresence", "presence", "asleep").code())
	})
	t.Run("bots that are no apps are known to bots.info", func(t *testing.T) {
		require.Equal(t, "deploys", e.must("bots.info", "bot", "B0DEPLOY01").at("bot", "name"))
		require.Equal(t, "bot_not_found", e.form("bots.info", "bot", "B0NOBODY01").code())
	})
	t.Run("user groups and custom emoji", func(t *testing.T) {
		groups, err := e.slack.GetUserGroupsContext(e.ctx(), slack.GetUserGroupsOptionIncludeUsers(true))
		require.NoError(t, err)
		require.Equal(t, "ops", groups[0].Handle)
		require.True(t, slices.Contains(groups[0].Users, ann))
		list, err := e.slack.GetEmojiContext(e.ctx())
		require.NoError(t, err)
		require.Equal(t, "alias:tada", list["party"])
		require.Equal(t, "no_such_subteam", e.form("usergroups.users.list", "usergroup", "S0NONE0001").code())
	})
}
