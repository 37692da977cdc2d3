package emulator_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestUpdate(t *testing.T) {
	e := start(t)
	post := func(t *testing.T, args ...string) string {
		t.Helper()
		return e.must("chat.postMessage", append([]string{"channel", random, "text", "old"}, args...)...).at("ts").(string)
	}
	human, err := e.ctl.Say(e.ctx(), ann, random, "mine")
	require.NoError(t, err)
	t.Run("updating another's message is cant_update_message", func(t *testing.T) {
		require.Equal(t, "cant_update_message", e.form("chat.update", "channel", random, "ts", human, "text", "x").code())
	})
	t.Run("deleting another's message is cant_delete_message", func(t *testing.T) {
		require.Equal(t, "cant_delete_message", e.form("chat.delete", "channel", random, "ts", human).code())
	})
	t.Run("an owner of the workspace deletes what others said, other people do not", func(t *testing.T) {
		ts := post(t)
		require.ErrorContains(t, e.ctl.Delete(e.ctx(), bob, random, ts), "cant_delete_message")
		require.NoError(t, e.ctl.Delete(e.ctx(), ann, random, ts))
	})
	t.Run("an unknown ts is message_not_found", func(t *testing.T) {
		require.Equal(t, "message_not_found", e.form("chat.update", "channel", random, "ts", "1.000000", "text", "x").code())
		require.Equal(t, "message_not_found", e.form("chat.delete", "channel", random, "ts", "1.000000").code())
		ts := post(t)
		e.must("chat.delete", "channel", random, "ts", ts)
		require.Equal(t, "message_not_found", e.form("chat.delete", "channel", random, "ts", ts).code())
		require.Equal(t, "message_not_found", e.form("chat.update", "channel", random, "ts", ts, "text", "x").code())
	})
	t.Run("edited tells who and when", func(t *testing.T) {
		m := e.must("chat.update", "channel", random, "ts", post(t), "text", "new").at("message").(map[string]any)
		require.Equal(t, "new", m["text"])
		require.Equal(t, botUser, m["edited"].(map[string]any)["user"])
		require.Regexp(t, `^\d{10}\.\d{6}$`, m["edited"].(map[string]any)["ts"])
	})
	t.Run("text beyond 4,000 characters is msg_too_long", func(t *testing.T) {
		ts := post(t)
		require.True(t, e.form("chat.update", "channel", random, "ts", ts, "text", strings.Repeat("ü", 4000)).ok())
		require.Equal(t, "msg_too_long", e.form("chat.update", "channel", random, "ts", ts, "text", strings.Repeat("ü", 4001)).code())
	})
	t.Run("nothing to change is no_text", func(t *testing.T) {
		require.Equal(t, "no_text", e.form("chat.update", "channel", random, "ts", post(t)).code())
	})
	t.Run("text without blocks removes the old blocks", func(t *testing.T) {
		ts := post(t, "blocks", `[{"type":"divider"}]`)
		blocks := e.must("chat.update", "channel", random, "ts", ts, "text", "new").at("message", "blocks").([]any)
		require.Len(t, blocks, 1)
		require.Equal(t, "rich_text", blocks[0].(map[string]any)["type"])
	})
	t.Run("absent attachments stay and an empty list clears", func(t *testing.T) {
		ts := post(t, "attachments", `[{"text":"a"}]`)
		require.Len(t, e.must("chat.update", "channel", random, "ts", ts, "text", "new").at("message", "attachments"), 1)
		require.Nil(t, e.must("chat.update", "channel", random, "ts", ts, "text", "new", "attachments", "[]").at("message", "attachments"))
	})
	t.Run("absent metadata stays and an empty object clears", func(t *testing.T) {
		ts := post(t, "metadata", `{"event_type":"x","event_payload":{"a":1}}`)
		require.Equal(t, "x", e.must("chat.update", "channel", random, "ts", ts, "text", "new").at("message", "metadata", "event_type"))
		require.Nil(t, e.must("chat.update", "channel", random, "ts", ts, "text", "new", "metadata", "{}").at("message", "metadata"))
	})
	t.Run("username and icons stay over an update", func(t *testing.T) {
		ts := post(t, "username", "Alice", "icon_emoji", ":cat:")
		m := e.must("chat.update", "channel", random, "ts", ts, "text", "new").at("message").(map[string]any)
		require.Equal(t, "Alice", m["username"])
		require.Equal(t, "bot_message", m["subtype"])
	})
	t.Run("message_changed tells the new and the old message, with a ts of its own", func(t *testing.T) {
		w := e.connect()
		ts := post(t)
		w.take()
		e.must("chat.update", "channel", random, "ts", ts, "text", "new")
		v := w.take().Payload.Event
		require.Equal(t, "message_changed", v["subtype"])
		require.Equal(t, true, v["hidden"])
		require.NotEqual(t, ts, v["ts"])
		require.Equal(t, v["ts"], v["event_ts"])
		require.Equal(t, "new", v["message"].(map[string]any)["text"])
		require.Equal(t, ts, v["message"].(map[string]any)["ts"])
		require.Equal(t, "old", v["previous_message"].(map[string]any)["text"])
	})
	t.Run("message_deleted tells the deleted ts and the old message", func(t *testing.T) {
		w := e.connect()
		ts := post(t)
		w.take()
		e.must("chat.delete", "channel", random, "ts", ts)
		v := w.take().Payload.Event
		require.Equal(t, "message_deleted", v["subtype"])
		require.Equal(t, ts, v["deleted_ts"])
		require.Equal(t, "old", v["previous_message"].(map[string]any)["text"])
	})
	t.Run("reply_broadcast later broadcasts a reply", func(t *testing.T) {
		ts := post(t, "thread_ts", human)
		require.NotEqual(t, ts, e.history(random)[0]["ts"])
		m := e.must("chat.update", "channel", random, "ts", ts, "text", "now for all", "reply_broadcast", "true").at("message").(map[string]any)
		require.Equal(t, "thread_broadcast", m["subtype"])
		require.Equal(t, "now for all", e.history(random)[0]["text"])
		require.Equal(t, "no_text", e.form("chat.update", "channel", random, "ts", ts, "reply_broadcast", "true").code(), "a change has a text")
	})
}

func TestThreadParents(t *testing.T) {
	e := start(t)
	thread := func(t *testing.T) (root, reply string) {
		t.Helper()
		root = e.must("chat.postMessage", "channel", random, "text", "root").at("ts").(string)
		reply, err := e.ctl.Reply(e.ctx(), bob, random, root, "reply")
		require.NoError(t, err)
		return root, reply
	}
	t.Run("deleting a parent with replies leaves a tombstone", func(t *testing.T) {
		root, _ := thread(t)
		w := e.connect()
		e.must("chat.delete", "channel", random, "ts", root)
		v := w.take().Payload.Event
		require.Equal(t, "message_changed", v["subtype"])
		m := v["message"].(map[string]any)
		require.Equal(t, "tombstone", m["subtype"])
		require.Equal(t, "USLACKBOT", m["user"])
		require.Equal(t, true, m["hidden"])
		require.Equal(t, root, m["ts"])
		list := objects(e.must("conversations.replies", "channel", random, "ts", root).at("messages"))
		require.Equal(t, "tombstone", list[0]["subtype"])
		require.Equal(t, "reply", list[1]["text"])
	})
	t.Run("the tombstone goes with the last reply", func(t *testing.T) {
		root, reply := thread(t)
		e.must("chat.delete", "channel", random, "ts", root)
		w := e.connect()
		require.NoError(t, e.ctl.Delete(e.ctx(), bob, random, reply))
		require.Equal(t, reply, w.wait("message", "message_deleted").event("deleted_ts"))
		require.Equal(t, root, w.wait("message", "message_deleted").event("deleted_ts"))
		require.Equal(t, "thread_not_found", e.form("conversations.replies", "channel", random, "ts", root).code())
	})
	t.Run("a parent's new counters come as message_changed without a change of text", func(t *testing.T) {
		root, _ := thread(t)
		w := e.connect()
		reply, err := e.ctl.Reply(e.ctx(), cleo, random, root, "another")
		require.NoError(t, err)
		require.Equal(t, reply, w.take().event("ts"))
		v := w.take().Payload.Event
		require.Equal(t, "message_changed", v["subtype"])
		m := v["message"].(map[string]any)
		require.InDelta(t, 2, m["reply_count"], 0)
		require.Nil(t, m["edited"])
		require.Equal(t, v["previous_message"].(map[string]any)["text"], m["text"])
	})
	t.Run("a broadcast carries its root", func(t *testing.T) {
		root, _ := thread(t)
		w := e.connect()
		_, err := e.ctl.Broadcast(e.ctx(), bob, random, root, "to all")
		require.NoError(t, err)
		v := w.take().Payload.Event
		require.Equal(t, "thread_broadcast", v["subtype"])
		require.Equal(t, root, v["thread_ts"])
		require.Equal(t, "root", v["root"].(map[string]any)["text"])
		require.InDelta(t, 2, v["root"].(map[string]any)["reply_count"], 0)
	})
}
