package emulator_test

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/slack-go/slack"
	"github.com/stretchr/testify/require"

	"ops-jrz1/bridge/internal/emulator/control"
	"ops-jrz1/bridge/internal/emulator/web"
	"ops-jrz1/bridge/internal/emulator/workspace"
)

func TestPostMessage(t *testing.T) {
	many := func(n int, item string) string {
		return "[" + strings.TrimSuffix(strings.Repeat(item+",", n), ",") + "]"
	}
	section := func(size int) string {
		return `{"type":"section","text":{"type":"mrkdwn","text":"` + strings.Repeat("x", size) + `"}}`
	}
	refusals := []struct {
		name, code string
		args       []string
	}{
		{"no text, blocks or attachments is no_text", "no_text", []string{"channel", general}},
		{"text of spaces is no_text", "no_text", []string{"channel", general, "text", "  "}},
		{"an unknown channel is channel_not_found", "channel_not_found", []string{"channel", "C0NOWHERE1", "text", "x"}},
		{"a private conversation the bot is not in is channel_not_found", "channel_not_found", []string{"channel", annBob, "text", "x"}},
		{"a public channel the bot is not in is not_in_channel", "not_in_channel", []string{"channel", lounge, "text", "x"}},
		{"an archived channel is is_archived", "is_archived", []string{"channel", oldOne, "text", "x"}},
		{"blocks beyond the size of a message are msg_blocks_too_long", "msg_blocks_too_long", []string{"channel", general, "blocks", many(5, section(2900))}},
		{"more than 50 blocks are invalid_blocks", "invalid_blocks", []string{"channel", general, "blocks", many(51, `{"type":"divider"}`)}},
		{"a section beyond 3000 characters is invalid_blocks", "invalid_blocks", []string{"channel", general, "blocks", many(1, section(3001))}},
		{"a header beyond 150 characters is invalid_blocks", "invalid_blocks", []string{"channel", general, "blocks", `[{"type":"header","text":{"type":"plain_text","text":"` + strings.Repeat("h", 151) + `"}}]`}},
		{"an unknown block type is invalid_blocks", "invalid_blocks", []string{"channel", general, "blocks", `[{"type":"hologram"}]`}},
		{"a block without type is invalid_blocks", "invalid_blocks", []string{"channel", general, "blocks", `[{}]`}},
		{"more than 100 attachments are too_many_attachments", "too_many_attachments", []string{"channel", general, "attachments", many(101, `{"text":"a"}`)}},
		{"markdown_text with text is markdown_text_conflict", "markdown_text_conflict", []string{"channel", general, "text", "x", "markdown_text", "y"}},
		{"markdown_text with blocks is markdown_text_conflict", "markdown_text_conflict", []string{"channel", general, "blocks", `[{"type":"divider"}]`, "markdown_text", "y"}},
	}
	e := start(t)
	// general has a join message only if a person joins: messages that Slack writes take no replies.
	for _, c := range refusals {
		t.Run(c.name, func(t *testing.T) {
			require.Equal(t, c.code, e.form("chat.postMessage", c.args...).code())
		})
	}
	t.Run("a DM whose messages tab is off is messages_tab_disabled", func(t *testing.T) {
		e := start(t)
		off := false
		_, err := e.ctl.ChangeApp(e.ctx(), control.AppRequest{MessagesTab: &off})
		require.NoError(t, err)
		require.Equal(t, "messages_tab_disabled", e.form("chat.postMessage", "channel", annBot, "text", "x").code())
	})
	t.Run("a message that Slack wrote takes no replies", func(t *testing.T) {
		e := start(t)
		require.NoError(t, e.ctl.Join(e.ctx(), "dan", random))
		joined := e.history(random)[0]
		require.Equal(t, "channel_join", joined["subtype"])
		require.Equal(t, "cannot_reply_to_message", e.form("chat.postMessage", "channel", random, "text", "x", "thread_ts", joined["ts"].(string)).code())
	})
	t.Run("text is cut at 40,000 characters with a warning", func(t *testing.T) {
		a := e.must("chat.postMessage", "channel", general, "text", strings.Repeat("ü", 40_001))
		require.Equal(t, 40_000, utf8.RuneCountInString(a.at("message", "text").(string)))
		require.Contains(t, a.at("warning"), "message_truncated")
	})
	t.Run("raw text is escaped on storage", func(t *testing.T) {
		a := e.must("chat.postMessage", "channel", general, "text", "a < b & c > d <@"+ann+"> <!here>")
		require.Equal(t, "a &lt; b &amp; c &gt; d <@"+ann+"> <!here>", a.at("message", "text"))
	})
	t.Run("a rich_text block is generated from human text", func(t *testing.T) {
		m, err := e.ctl.Post(e.ctx(), control.PostRequest{User: "bob", Channel: "general", Text: "see *this* <@" + ann + ">"})
		require.NoError(t, err)
		var blocks []struct {
			Type     string `json:"type"`
			Elements []struct {
				Elements []map[string]any `json:"elements"`
			} `json:"elements"`
		}
		require.NoError(t, json.Unmarshal(m.Blocks, &blocks))
		require.Equal(t, "rich_text", blocks[0].Type)
		inline := blocks[0].Elements[0].Elements
		require.Equal(t, map[string]any{"bold": true}, inline[1]["style"])
		require.Equal(t, ann, inline[3]["user_id"])
		require.NotEmpty(t, m.ClientMsgID, "human clients give a client_msg_id")
	})
	t.Run("a reply to a reply is attached to its root", func(t *testing.T) {
		root, err := e.ctl.Say(e.ctx(), ann, random, "root")
		require.NoError(t, err)
		reply, err := e.ctl.Reply(e.ctx(), bob, random, root, "reply")
		require.NoError(t, err)
		a := e.must("chat.postMessage", "channel", random, "text", "deeper", "thread_ts", reply)
		require.Equal(t, root, a.at("message", "thread_ts"))
	})
	t.Run("a plain post carries user, bot_id, app_id and bot_profile", func(t *testing.T) {
		m := e.must("chat.postMessage", "channel", general, "text", "plain").at("message").(map[string]any)
		require.Nil(t, m["subtype"])
		require.Equal(t, botUser, m["user"])
		require.Equal(t, botID, m["bot_id"])
		require.Equal(t, app, m["app_id"])
		require.Equal(t, "Matrix Bridge", m["bot_profile"].(map[string]any)["name"])
	})
	t.Run("a channel's name and a user's id stand for the channel and the DM", func(t *testing.T) {
		require.Equal(t, general, e.must("chat.postMessage", "channel", "#general", "text", "x").at("channel"))
		require.Equal(t, annBot, e.must("chat.postMessage", "channel", ann, "text", "x").at("channel"))
	})
	t.Run("chat:write.public lets the bot post where it is not", func(t *testing.T) {
		e := start(t)
		e.with("chat:write.public")
		require.True(t, e.form("chat.postMessage", "channel", lounge, "text", "x").ok())
	})
	t.Run("blocks and attachments get ids", func(t *testing.T) {
		m := e.must("chat.postMessage", "channel", general, "blocks", `[{"type":"divider"}]`, "attachments", `[{"text":"a"}]`).at("message").(map[string]any)
		require.NotEmpty(t, m["blocks"].([]any)[0].(map[string]any)["block_id"])
		require.InDelta(t, 1, m["attachments"].([]any)[0].(map[string]any)["id"], 0)
	})
	t.Run("markdown_text makes a markdown block", func(t *testing.T) {
		m := e.must("chat.postMessage", "channel", general, "markdown_text", "# hi").at("message").(map[string]any)
		require.Equal(t, "markdown", m["blocks"].([]any)[0].(map[string]any)["type"])
	})
}

func TestCustomisedPosts(t *testing.T) {
	face := []string{"channel", general, "text", "x", "username", "Alice", "icon_url", "https://m.example/a.png"}
	t.Run("username and icons without chat:write.customize are missing_scope", func(t *testing.T) {
		e := start(t)
		e.without("chat:write.customize")
		a := e.form("chat.postMessage", face...)
		require.Equal(t, "missing_scope", a.code())
		require.Equal(t, "chat:write.customize", a.at("needed"))
	})
	t.Run("the silent_customize switch ignores them instead", func(t *testing.T) {
		e := start(t)
		e.without("chat:write.customize")
		require.NoError(t, e.ctl.SetSwitches(e.ctx(), control.Switches{Web: web.Switches{SilentCustomize: true}}))
		require.Nil(t, e.must("chat.postMessage", face...).at("message", "username"))
	})
	t.Run("with the scope the message is a bot_message with username and icons and no user", func(t *testing.T) {
		e := start(t)
		w := e.connect()
		m := e.must("chat.postMessage", face...).at("message").(map[string]any)
		v := w.take().Payload.Event
		for _, got := range []map[string]any{m, v, e.history(general)[0]} {
			require.Equal(t, "bot_message", got["subtype"])
			require.Equal(t, "Alice", got["username"])
			require.Equal(t, "https://m.example/a.png", got["icons"].(map[string]any)["image_48"])
			require.Nil(t, got["user"])
			require.Equal(t, botID, got["bot_id"])
			require.Equal(t, app, got["app_id"])
		}
	})
	t.Run("icon_emoji wins over icon_url", func(t *testing.T) {
		e := start(t)
		m := e.must("chat.postMessage", append(face, "icon_emoji", ":robot_face:")...).at("message").(map[string]any)
		require.Equal(t, map[string]any{"emoji": ":robot_face:"}, m["icons"])
	})
}

func TestOtherPosts(t *testing.T) {
	e := start(t)
	t.Run("chat.meMessage is a me_message", func(t *testing.T) {
		w := e.connect()
		ts := e.must("chat.meMessage", "channel", general, "text", "waves").at("ts")
		v := w.take()
		require.Equal(t, "me_message", v.event("subtype"))
		require.Equal(t, ts, v.event("ts"))
		require.Equal(t, "msg_too_long", e.form("chat.meMessage", "channel", general, "text", strings.Repeat("x", 4001)).code())
		require.Equal(t, "no_text", e.form("chat.meMessage", "channel", general, "text", "").code())
	})
	t.Run("chat.postEphemeral is no message and raises nothing", func(t *testing.T) {
		w := e.connect()
		before := len(e.history(general))
		require.NotEmpty(t, e.must("chat.postEphemeral", "channel", general, "user", ann, "text", "psst").at("message_ts"))
		require.Len(t, e.history(general), before)
		e.silent(w)
		require.Equal(t, "user_not_in_channel", e.form("chat.postEphemeral", "channel", random, "user", "U0DAN00001", "text", "psst").code())
		require.Equal(t, "not_in_channel", e.form("chat.postEphemeral", "channel", lounge, "user", bob, "text", "psst").code())
	})
	t.Run("chat.getPermalink names the message and its thread", func(t *testing.T) {
		root, err := e.ctl.Say(e.ctx(), ann, random, "root")
		require.NoError(t, err)
		reply, err := e.ctl.Reply(e.ctx(), bob, random, root, "reply")
		require.NoError(t, err)
		alone := e.say("no thread")
		flat := strings.ReplaceAll(alone, ".", "")
		require.Equal(t, "https://acme.slack.com/archives/"+general+"/p"+flat, e.must("chat.getPermalink", "channel", general, "message_ts", alone).at("permalink"))
		require.Contains(t, e.must("chat.getPermalink", "channel", random, "message_ts", root).at("permalink"), "?thread_ts="+root+"&cid="+random)
		require.Contains(t, e.must("chat.getPermalink", "channel", random, "message_ts", reply).at("permalink"), "?thread_ts="+root+"&cid="+random)
		require.Equal(t, "message_not_found", e.form("chat.getPermalink", "channel", random, "message_ts", "1.000000").code())
	})
}

func textOption(text string) slack.MsgOption { return slack.MsgOptionText(text, false) }

func post(user, channel, text string) workspace.Post {
	return workspace.Post{Actor: workspace.Person(user), Channel: channel, Text: text}
}
