package connector

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"maunium.net/go/mautrix/bridgev2/networkid"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"ops-jrz1/bridge/internal/slackevent"
)

const (
	rootTS  = "1700000600.000001"
	replyTS = "1700000600.000002"
)

// broadcast is a reply that was also sent to the channel.
func broadcast(text string) slackevent.Message {
	return slackevent.Message{Subtype: slackevent.SubtypeThreadBroadcast, User: "U1", Text: text, TS: replyTS, ThreadTS: rootTS}
}

// reply is a reply that was not.
func reply(text string) slackevent.Message {
	said := broadcast(text)
	said.Subtype = ""
	return said
}

// changedTo is the event that a message was changed.
func changedTo(message slackevent.Message, before slackevent.Message, ts, edited string) slackevent.Message {
	if edited != "" {
		message.Edited = &slackevent.Edited{User: "U1", TS: edited}
	}
	return slackevent.Message{
		Subtype: slackevent.SubtypeChanged, Channel: general, ChannelType: "channel", TS: ts, EventTS: ts, Message: &message, PreviousMessage: &before,
	}
}

// places are where messages and edits with a text are: the events that begin their
// threads, that they answer, or that they edit.
func (w *world) places(text string) (places []string) {
	for _, s := range w.home.of(event.EventMessage) {
		relation := s.content.AsMessage().RelatesTo
		if s.body() != text {
			continue
		}
		switch {
		case relation.GetReplaceID() != "":
			places = append(places, "edits "+relation.GetReplaceID().String())
		case relation.GetThreadParent() != "":
			places = append(places, "thread "+relation.GetThreadParent().String())
		case relation.GetReplyTo() != "":
			places = append(places, "reply "+relation.GetReplyTo().String())
		default:
			places = append(places, "timeline")
		}
	}
	return places
}

// begun delivers a root and returns its event.
func (w *world) begun() id.EventID {
	w.Helper()
	require.NoError(w, w.hear("E1", slackevent.Message{User: "U1", Text: "root", TS: rootTS, ThreadTS: rootTS}))
	return w.home.of(event.EventMessage)[0].id
}

func (w *world) partIDs(ts string) (parts []networkid.PartID) {
	for _, row := range w.rows(ts) {
		parts = append(parts, row.PartID)
	}
	slices.Sort(parts)
	return parts
}

// TestAReplyInTheChannelToo is in the thread and in the timeline, once each, even if Slack
// sends events twice. Edits and deletions reach both.
func TestAReplyInTheChannelToo(t *testing.T) {
	w := newWorld(t)
	begin := w.begun()
	said := broadcast("<@U1> news")
	require.NoError(t, w.hear("E2", said))
	require.NoError(t, w.hear("E3", said))
	require.NoError(t, w.hear("E4", reply("<@U1> news")))
	w.restart()
	require.NoError(t, w.hear("E2", said))
	require.Equal(t, []string{"thread " + begin.String(), "reply " + begin.String()}, w.places(w.home.bodies()[1]))
	require.Equal(t, []networkid.PartID{"", "channel-0"}, w.partIDs(replyTS))
	sent := w.home.of(event.EventMessage)
	require.NotEmpty(t, sent[1].content.AsMessage().Mentions.UserIDs)
	require.Empty(t, sent[2].content.AsMessage().Mentions.UserIDs, "who is mentioned is notified once")

	require.NoError(t, w.hear("E5", slackevent.Message{User: "U1", Text: "after", TS: "1700000600.000003", ThreadTS: rootTS}))
	last := w.home.of(event.EventMessage)[3].content.AsMessage().RelatesTo
	require.Equal(t, sent[1].id, last.InReplyTo.EventID, "the copy is no part of the thread")

	require.NoError(t, w.hear("E6", changedTo(broadcast("newer"), said, "1700000700.000001", "1700000700.000000")))
	require.Equal(t, []string{"edits " + sent[1].id.String(), "edits " + sent[2].id.String()}, w.places("newer"))
	require.NoError(t, w.hear("E7", gone(replyTS)))
	require.Len(t, w.home.of(event.EventRedaction), 2)
	require.Empty(t, w.rows(replyTS))
}

// TestAReplyThatIsSentToTheChannelLater is added there, and removed again, by a change.
func TestAReplyThatIsSentToTheChannelLater(t *testing.T) {
	w := newWorld(t)
	begin := w.begun()
	require.NoError(t, w.hear("E2", reply("news")))
	require.NoError(t, w.hear("E3", changedTo(broadcast("news"), reply("news"), "1700000700.000001", "")))
	require.Equal(t, []string{"thread " + begin.String(), "reply " + begin.String()}, w.places("news"))
	require.NoError(t, w.hear("E4", changedTo(reply("news"), broadcast("news"), "1700000700.000002", "")))
	require.Len(t, w.home.of(event.EventRedaction), 1)
	require.Equal(t, []networkid.PartID{""}, w.partIDs(replyTS))
	require.Len(t, w.places("news"), 2)
}

// TestAThreadOnTheCopy is a thread that people in Matrix begin on the copy, and a
// reaction to it: both are about the reply.
func TestAThreadOnTheCopy(t *testing.T) {
	w := newWorld(t)
	w.begun()
	require.NoError(t, w.hear("E2", broadcast("news")))
	shown := w.home.of(event.EventMessage)[2].id
	require.NoError(t, w.receive(w.inThread("$m", "@ann:test", shown, "really?")))
	require.NoError(t, w.receive(w.message("$n", "@ann:test", map[string]any{
		"msgtype": "m.text", "body": "oh", "m.relates_to": map[string]any{"m.in_reply_to": map[string]any{"event_id": shown}},
	})))
	require.Equal(t, rootTS, w.api.of("chat.postMessage")[0].Get("thread_ts"))
	require.Equal(t, rootTS, w.api.of("chat.postMessage")[1].Get("thread_ts"))
	require.NoError(t, w.receive(w.react("$r", "@ann:test", shown, "👍")))
	require.Equal(t, replyTS, w.api.of("reactions.add")[0].Get("timestamp"))
}

// TestALongReplyInTheChannelToo has several parts in both places, and an edit that makes
// it short.
func TestALongReplyInTheChannelToo(t *testing.T) {
	w := newWorld(t)
	w.begun()
	said := broadcast(inTwo("ONE", "TWO"))
	require.NoError(t, w.hear("E2", said))
	require.Equal(t, []networkid.PartID{"", "channel-0", "channel-1", "text-1"}, w.partIDs(replyTS))
	require.NoError(t, w.hear("E3", changedTo(broadcast("short"), said, "1700000700.000001", "1700000700.000000")))
	require.Equal(t, []networkid.PartID{"", "channel-0"}, w.partIDs(replyTS))
	require.Len(t, w.places("short"), 2)
	require.NoError(t, w.hear("E4", changedTo(said, broadcast("short"), "1700000800.000001", "1700000800.000000")))
	require.Equal(t, []networkid.PartID{"", "channel-0", "channel-1", "text-1"}, w.partIDs(replyTS))
}

// TestAFileInTheChannelToo has another subtype and the root with it.
func TestAFileInTheChannelToo(t *testing.T) {
	w := newWorld(t)
	w.begun()
	said := broadcast("a picture")
	said.Subtype, said.Root = "file_share", &slackevent.Message{TS: rootTS}
	require.NoError(t, w.hear("E2", said))
	require.Len(t, w.places("a picture"), 2)
}

// TestABroadcastOfAnUnknownThread is in the timeline once, since there is no thread.
func TestABroadcastOfAnUnknownThread(t *testing.T) {
	w := newWorld(t)
	require.NoError(t, w.hear("E2", broadcast("news")))
	require.Equal(t, []string{"timeline"}, w.places("news"))
}

// TestABroadcastThatFailsHalfWay is finished by the next try.
func TestABroadcastThatFailsHalfWay(t *testing.T) {
	w := newWorld(t)
	begin := w.begun()
	w.home.refuse = func(s sent) error {
		if s.kind.Type == event.EventMessage.Type && s.content.AsMessage().RelatesTo.GetThreadParent() == "" {
			return refused(502, "M_UNKNOWN", "not now")
		}
		return nil
	}
	require.Error(t, w.hear("E2", broadcast("news")))
	w.home.refuse = nil
	require.NoError(t, w.hear("E2", broadcast("news")))
	require.Equal(t, []string{"thread " + begin.String(), "reply " + begin.String()}, w.places("news"))
}

// TestBroadcastFromMatrix is an answer in a thread that is to be in the channel too.
func TestBroadcastFromMatrix(t *testing.T) {
	w := newWorld(t)
	begin := w.begun()
	require.NoError(t, w.receive(w.inThread("$m", "@ann:test", begin, "!slack broadcast  for all")))
	html := w.inThread("$h", "@ann:test", begin, "!slack broadcast **bold**")
	html.Content.AsMessage().Format, html.Content.AsMessage().FormattedBody = event.FormatHTML, "!slack broadcast <strong>bold</strong>"
	html.Content.Raw["format"], html.Content.Raw["formatted_body"] = "org.matrix.custom.html", "!slack broadcast <strong>bold</strong>"
	require.NoError(t, w.receive(html))
	require.NoError(t, w.receive(w.inThread("$n", "@ann:test", begin, "for the thread")))
	posts := w.api.of("chat.postMessage")
	for i, want := range []struct{ text, broadcast string }{{"for all", "true"}, {"*bold*", "true"}, {"for the thread", ""}} {
		require.Equal(t, want.text, posts[i].Get("text"))
		require.Equal(t, want.broadcast, posts[i].Get("reply_broadcast"))
		require.Equal(t, rootTS, posts[i].Get("thread_ts"))
	}
	require.NoError(t, w.receive(w.edit("$e", "@ann:test", "$m", "!slack broadcast for everyone")))
	require.Equal(t, "for everyone", w.api.of("chat.update")[0].Get("text"))

	require.NoError(t, w.receive(w.write("$o", "@ann:test", "!slack broadcast here")))
	require.Len(t, w.api.of("chat.postMessage"), 3)
	require.Len(t, w.home.said(), 1)
	require.Contains(t, w.home.said()[0], "only an answer in a thread can be shown in the channel too")
}

// TestBroadcastOfAFile: the call that shows a file cannot broadcast, so its message is changed once it
// is there.
func TestBroadcastOfAFile(t *testing.T) {
	file := func(w *world, caption string) *event.Event {
		return w.image("$cat", "cat.png", with("filename", "cat.png"), with("body", "!slack broadcast "+caption), with("m.relates_to", map[string]any{
			"rel_type": "m.thread", "event_id": w.begun(),
		}))
	}
	broadcasts := func(w *world) (texts []string) {
		for _, update := range w.api.of("chat.update") {
			if update.Get("reply_broadcast") == "true" {
				require.Equal(t, postTS(1), update.Get("ts"))
				texts = append(texts, update.Get("text"))
			}
		}
		return texts
	}
	t.Run("it is in the channel too", func(t *testing.T) {
		w := newWorld(t)
		w.namesKept()
		require.NoError(t, w.receive(file(w, "look")))
		require.Equal(t, rootTS, w.api.of("files.completeUploadExternal")[0].Get("thread_ts"))
		require.Equal(t, []string{"look"}, broadcasts(w))
		require.Empty(t, w.notices())
	})
	t.Run("a long caption", func(t *testing.T) {
		w := newWorld(t)
		w.namesKept()
		require.NoError(t, w.receive(file(w, strings.Repeat("word ", 2000))))
		require.Len(t, broadcasts(w), 1)
		require.Len(t, w.api.of("chat.postMessage"), 2)
		for _, post := range w.api.of("chat.postMessage") {
			require.Equal(t, []string{rootTS, ""}, []string{post.Get("thread_ts"), post.Get("reply_broadcast")})
		}
	})
	t.Run("the name of its sender is in the text", func(t *testing.T) {
		w := newWorld(t)
		w.client.shareNames.learn(false)
		require.NoError(t, w.receive(file(w, "look")))
		require.Len(t, broadcasts(w), 1)
		require.Contains(t, broadcasts(w)[0], "ann")
	})
	t.Run("an answer that is lost", func(t *testing.T) {
		w := newWorld(t)
		w.namesKept()
		lost := false
		w.api.onCall(func(c call) answer {
			if c.method != "chat.update" || lost {
				return nil
			}
			lost = true
			return answer{"ok": false, "error": "internal_error"}
		})
		evt := file(w, "look")
		for range 3 {
			if w.receive(evt) == nil {
				break
			}
		}
		require.Len(t, w.api.of("files.completeUploadExternal"), 1)
		require.NotEmpty(t, broadcasts(w))
		require.Len(t, w.rows(postTS(1)), 1)
		require.Empty(t, w.notices())
	})
	t.Run("Slack refuses it", func(t *testing.T) {
		w := newWorld(t)
		w.namesKept()
		w.refuse("chat.update", "cant_update_message")
		require.NoError(t, w.receive(file(w, "look")))
		require.Len(t, w.rows(postTS(1)), 1)
		require.Len(t, w.notices(), 1)
		require.Contains(t, w.notices()[0], "the answer in the channel, besides its thread")
		require.Equal(t, []id.EventID{"$cat"}, w.home.failed())
	})
}

// TestCutBroadcast has texts that are such commands, and others.
func TestCutBroadcast(t *testing.T) {
	for body, want := range map[string]string{
		"!slack broadcast hello": "hello", "!slack  broadcast\nhello all ": "hello all", "!slack broadcast": "", "!slack broadcast ": "",
		"!slack broadcasting x ": "", "!slack help": "", "!slackers broadcast x": "", "broadcast x": "",
	} {
		text, found := cutBroadcast(body, "!slack")
		require.Equal(t, want, text, "%q", body)
		require.Equal(t, want != "", found, "%q", body)
	}
}
