package connector

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"maunium.net/go/mautrix/bridgev2/networkid"

	"ops-jrz1/bridge/internal/settings"
	"ops-jrz1/bridge/internal/slackdb"
	"ops-jrz1/bridge/internal/slackevent"
)

// asking has channels asked before they get a room.
func asking(network *settings.Network) { network.Channels.Ask = true }

// added delivers the event that a person has added the bot to #general.
func (w *world) added(as string) {
	w.Helper()
	require.NoError(w, w.hearEvent(as, "member_joined_channel", &slackevent.Membership{
		Type: "member_joined_channel", User: botID, Inviter: "U1", Channel: general, ChannelType: "C", EventTS: "1700000001.000100",
	}))
}

// answers delivers the reaction of a person to a message in #general.
func (w *world) answers(as, user, reaction, ts string) {
	w.Helper()
	require.NoError(w, w.hearEvent(as, "reaction_added", &slackevent.Reaction{
		Type: "reaction_added", User: user, Reaction: reaction, EventTS: "1700000602.000001",
		Item: slackevent.ReactionItem{Type: slackevent.ItemMessage, Channel: general, TS: ts},
	}))
}

// hasRoom says whether #general has a room.
func (w *world) hasRoom() bool {
	w.Helper()
	portal, err := w.bridge.GetExistingPortalByKey(w.Context(), networkid.PortalKey{ID: teamID + "-" + general})
	require.NoError(w, err)
	return portal != nil && portal.MXID != ""
}

// TestAChannelIsAsked before it gets a room.
func TestAChannelIsAsked(t *testing.T) {
	question := func(w *world) {
		t.Helper()
		w.added("E1")
		w.added("E2")
		require.NoError(t, w.hear("E3", slackevent.Message{User: "U1", Text: "what is that?", TS: "1700000600.000001"}))
		require.Len(t, w.api.posted(t), 1, "it is asked once")
		require.Contains(t, w.api.posted(t)[0], "react to this message with :white_check_mark:, or write `@bridge yes`")
		require.False(t, w.hasRoom())
		require.Empty(t, w.home.bodies())
	}
	agreed := func(w *world) {
		t.Helper()
		require.True(t, w.hasRoom())
		require.Len(t, w.api.posted(t), 2)
		require.Contains(t, w.api.posted(t)[1], "#slack_general:test")
	}
	t.Run("52 a yes by a reaction", func(t *testing.T) {
		w := newWorld(t, asking)
		question(w)
		w.answers("R1", "U1", "eyes", postTS(1))
		w.answers("R2", "U1", "white_check_mark", "1700000600.000001")
		w.people(map[string]answer{"UB": {"is_bot": true}}, "U1")
		w.answers("R3", "UB", "+1", postTS(1))
		require.False(t, w.hasRoom())
		w.answers("R4", "U1", "+1::skin-tone-2", postTS(1))
		agreed(w)
		require.NoError(t, w.hear("E4", slackevent.Message{User: "U1", Text: "hello", TS: "1700000603.000001"}))
		require.Equal(t, []string{"hello"}, w.home.bodies())
		w.answers("R5", "U2", "+1", postTS(1))
		agreed(w)
		require.NoError(t, w.hear("E5", slackevent.Message{User: "U1", Text: "<@" + botID + "> yes", TS: "1700000604.000001"}))
		require.Len(t, w.home.bodies(), 2, "later it is a message as any other")
	})
	t.Run("52 a yes in words, after a restart", func(t *testing.T) {
		w := newWorld(t, asking)
		question(w)
		w.slack.consents.drop(teamID, general) // as a new process begins
		require.NoError(t, w.slack.loadConsents(t.Context()))
		require.NoError(t, w.hear("E4", slackevent.Message{User: "U1", Text: "<@" + botID + "> yes or no?", TS: "1700000601.000001"}))
		require.NoError(t, w.hear("E5", slackevent.Message{User: "U1", Text: "yes", TS: "1700000601.000002"}))
		require.Len(t, w.api.posted(t), 1)
		require.NoError(t, w.hear("E6", slackevent.Message{User: "U1", Text: "<@" + botID + "|bridge>  Yes!", TS: "1700000601.000003"}))
		agreed(w)
		require.Empty(t, w.home.bodies(), "the answer itself is not carried")
	})
	t.Run("52 a yes while the bridge was away", func(t *testing.T) {
		w := newWorld(t, asking)
		question(w)
		w.api.onCall(func(c call) answer {
			if c.method == "reactions.get" {
				require.Equal(t, postTS(1), c.form.Get("timestamp"))
				return answer{"message": answer{"type": "message", "ts": postTS(1), "reactions": []answer{{"name": "heavy_check_mark", "count": 1, "users": []string{"U1"}}}}}
			}
			return nil
		})
		w.lookAfter()
		agreed(w)
	})
	t.Run("52 words while the bridge was away", func(t *testing.T) {
		w := newWorld(t, asking)
		question(w)
		w.api.onCall(func(c call) answer {
			switch c.method {
			case "reactions.get":
				return answer{"message": answer{"type": "message", "ts": postTS(1)}}
			case "conversations.history":
				return answer{"messages": []answer{{"type": "message", "user": "U1", "text": "<@" + botID + "> yes", "ts": "1700000700.000001"}}}
			}
			return nil
		})
		w.lookAfter()
		agreed(w)
	})
	t.Run("52 a question that is taken back", func(t *testing.T) {
		w := newWorld(t, asking)
		question(w)
		w.slack.options.Network.Channels.Exclude = []string{"general"}
		w.lookAfter()
		require.Len(t, w.api.of("chat.delete"), 1)
		require.Equal(t, postTS(1), w.api.of("chat.delete")[0].Get("ts"))
		stored, err := w.slack.db.Consents(t.Context())
		require.NoError(t, err)
		require.Empty(t, stored)
		w.answers("R1", "U1", "+1", postTS(1))
		require.False(t, w.hasRoom())
		w.slack.options.Network.Channels.Exclude = nil
		w.lookAfter()
		require.Len(t, w.api.posted(t), 2, "it is asked anew")
	})
	t.Run("52 a channel that gets another id", func(t *testing.T) {
		w := newWorld(t, asking)
		question(w)
		require.NoError(t, w.changeID("M1"))
		stored, err := w.slack.db.Consents(t.Context())
		require.NoError(t, err)
		require.Equal(t, []slackdb.Consent{{Team: teamID, Channel: elsewhere, Asked: postTS(1), AskedBy: botID}}, stored)
		require.Equal(t, stored[0], w.slack.consents.of(teamID, elsewhere))
	})
	t.Run("52 the bot goes before there is an answer", func(t *testing.T) {
		w := newWorld(t, asking)
		question(w)
		require.NoError(t, w.hearEvent("L1", "channel_left", &slackevent.ChannelLeft{Type: "channel_left", Channel: general, EventTS: "1700000602.000001"}))
		w.added("E9")
		require.Len(t, w.api.posted(t), 2, "it is asked anew")
	})
	t.Run("52 a channel that has a room is not asked", func(t *testing.T) {
		w := newWorld(t)
		room := w.room()
		w.slack.options.Network.Channels.Ask = true
		require.NoError(t, w.slack.loadConsents(t.Context()))
		require.NoError(t, w.hear("E1", slackevent.Message{User: "U1", Text: "go on", TS: "1700000600.000001"}))
		require.Equal(t, []string{"go on"}, w.home.bodies())
		require.Empty(t, w.api.posted(t))
		require.NotEmpty(t, room.MXID)
	})
}

// lookAfter has the questions looked after as at a start of the bridge.
func (w *world) lookAfter() {
	w.Helper()
	w.session()
	conversation, err := w.client.conversations.get(w.Context(), general)
	require.NoError(w, err)
	require.NoError(w, w.client.putAsks(w.Context(), []slackevent.Conversation{conversation}, time.Now()))
	w.settled()
}

// TestAQuestionOfUnknownOutcome is not asked again.
func TestAQuestionOfUnknownOutcome(t *testing.T) {
	w := newWorld(t, asking)
	_, err := w.bridge.DB.Exec(t.Context(), "CREATE TRIGGER away BEFORE INSERT ON slack_consent BEGIN SELECT RAISE(ABORT, 'database is locked'); END")
	require.NoError(t, err)
	added := &slackevent.Membership{Type: "member_joined_channel", User: botID, Inviter: "U1", Channel: general, ChannelType: "C", EventTS: "1700000001.000100"}
	require.Error(t, w.hearEvent("E1", "member_joined_channel", added))
	_, err = w.bridge.DB.Exec(t.Context(), "DROP TRIGGER away")
	require.NoError(t, err)
	w.api.onCall(func(c call) answer {
		if c.method != "conversations.history" {
			return nil
		}
		form := w.api.of("chat.postMessage")[0]
		return answer{"messages": []answer{{
			"type": "message", "user": botID, "bot_id": "B" + botID, "app_id": "A" + botID, "ts": postTS(1), "text": form.Get("text"), "metadata": answer{"event_type": metadataType, "event_payload": answer{"event_id": "ask " + general, "piece": 0}},
		}}}
	})
	w.restart()
	require.NoError(t, w.hearEvent("E1", "member_joined_channel", added))
	require.Len(t, w.api.posted(t), 1)
	require.Equal(t, postTS(1), w.slack.consents.of(teamID, general).Asked)
}

// TestAQuestionOfAnAppThatIsGone has another app of the workspace in the place of the one that
// asked. The question is not its own, so that Slack lets it delete only what it said itself.
func TestAQuestionOfAnAppThatIsGone(t *testing.T) {
	const second = "UBOT2"
	replaced := func(t *testing.T) *world {
		t.Helper()
		w := newWorld(t, asking)
		w.added("E1")
		require.Len(t, w.api.posted(t), 1)
		first := w.client
		w.client = w.loginOf("@second:test", second)
		first.setDead("account_inactive")
		w.api.onCall(func(c call) answer {
			if c.method == "chat.delete" && c.form.Get("ts") == postTS(1) {
				return answer{"ok": false, "error": "cant_delete_message"}
			}
			return nil
		})
		return w
	}
	comesIn := func(w *world) {
		t.Helper()
		require.NoError(t, w.hearEvent("E2", "member_joined_channel", &slackevent.Membership{
			Type: "member_joined_channel", User: second, Inviter: "U1", Channel: general, ChannelType: "C", EventTS: "1700000002.000100",
		}))
	}
	t.Run("52 the app in its place asks anew, once", func(t *testing.T) {
		w := replaced(t)
		comesIn(w)
		require.NoError(t, w.hear("E3", slackevent.Message{User: "U1", Text: "and now?", TS: "1700000600.000001"}))
		require.Len(t, w.api.posted(t), 2)
		require.False(t, w.hasRoom())
		w.answers("R1", "U1", "+1", postTS(2))
		require.True(t, w.hasRoom())
	})
	t.Run("52 a yes to the question that is there counts", func(t *testing.T) {
		w := replaced(t)
		w.answers("R1", "U1", "+1", postTS(1))
		require.True(t, w.hasRoom())
	})
	t.Run("52 a question that it cannot take back is forgotten, and asked anew", func(t *testing.T) {
		w := replaced(t)
		w.slack.options.Network.Channels.Exclude = []string{"general"}
		w.lookAfter()
		require.Len(t, w.api.of("chat.delete"), 1)
		require.Zero(t, w.slack.inbox.Waiting(sourceOf(w.client.login.ID)), "nothing is tried again")
		stored, err := w.slack.db.Consents(t.Context())
		require.NoError(t, err)
		require.Empty(t, stored)
		w.slack.options.Network.Channels.Exclude = nil
		w.answers("R1", "U1", "+1", postTS(1))
		require.False(t, w.hasRoom())
		comesIn(w)
		w.lookAfter()
		require.Len(t, w.api.posted(t), 2, "there is a question to answer")
		require.Len(t, w.api.of("chat.delete"), 1)
		w.answers("R2", "U1", "+1", postTS(2))
		require.True(t, w.hasRoom())
	})
	t.Run("52 a start with no answer asks anew", func(t *testing.T) {
		w := replaced(t)
		w.api.onCall(func(c call) answer {
			if c.method == "reactions.get" {
				return answer{"message": answer{"type": "message", "ts": c.form.Get("timestamp")}}
			}
			return nil
		})
		w.lookAfter()
		require.Len(t, w.api.posted(t), 2)
		w.lookAfter()
		require.Len(t, w.api.posted(t), 2)
	})
	t.Run("52 two apps that work ask once", func(t *testing.T) {
		w := newWorld(t, asking)
		w.added("E1")
		w.client = w.loginOf("@second:test", second)
		comesIn(w)
		require.Len(t, w.api.posted(t), 1)
	})
}

// TestAQuestionThatSlackRefuses is not asked again with every message.
func TestAQuestionThatSlackRefuses(t *testing.T) {
	w := newWorld(t, asking)
	w.api.onCall(func(c call) answer {
		if c.method == "chat.postMessage" {
			return answer{"ok": false, "error": "restricted_action"}
		}
		return nil
	})
	for n := range 3 {
		require.NoError(t, w.hear(fmt.Sprint("E", n), slackevent.Message{User: "U1", Text: "hello", TS: fmt.Sprintf("170000060%d.000001", n)}))
	}
	require.Len(t, w.api.of("chat.postMessage"), 1)
	require.False(t, w.hasRoom())
}

// TestAYesThatIsNotOnTheFirstPage was said while the bridge was away, with much else, or in the
// thread of the question.
func TestAYesThatIsNotOnTheFirstPage(t *testing.T) {
	const question = "1700000500.000001"
	yes := answer{"type": "message", "user": "U1", "text": "<@" + botID + "> yes", "ts": "1700000501.000001"}
	other := answer{"type": "message", "user": "U2", "text": "lunch?", "ts": "1700000502.000001"}
	for name, says := range map[string]func(call) answer{
		"on the second page": func(c call) answer {
			switch {
			case c.method != "conversations.history":
				return nil
			case c.form.Get("cursor") == "":
				return answer{"messages": []answer{other}, "response_metadata": answer{"next_cursor": "more"}}
			}
			return answer{"messages": []answer{yes}}
		},
		"in the thread": func(c call) answer {
			if c.method != "conversations.replies" || c.form.Get("ts") != question {
				return nil
			}
			return answer{"messages": []answer{{"type": "message", "user": botID, "text": "may I?", "ts": question}, yes}}
		},
		"on the second page of the thread": func(c call) answer {
			switch {
			case c.method != "conversations.replies":
				return nil
			case c.form.Get("cursor") == "":
				return answer{"messages": []answer{other}, "response_metadata": answer{"next_cursor": "more"}}
			}
			return answer{"messages": []answer{yes}}
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, asking)
			require.NoError(t, w.client.noteConsent(t.Context(), slackdb.Consent{Team: teamID, Channel: general, Asked: question}))
			w.api.onCall(says)
			w.lookAfter()
			require.True(t, w.hasRoom())
			require.Equal(t, "U1", w.slack.consents.of(teamID, general).By)
		})
	}
}
