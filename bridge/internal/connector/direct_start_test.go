package connector

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"maunium.net/go/mautrix/bridgev2"
	"maunium.net/go/mautrix/bridgev2/bridgeconfig"
	"maunium.net/go/mautrix/bridgev2/networkid"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"ops-jrz1/bridge/internal/settings"
	"ops-jrz1/bridge/internal/slackevent"
)

// aWorkspace answers for the people in Slack: Alice, two Bobs, who left, and a bot.
func aWorkspace(w *world) {
	people := []answer{
		{"id": "U0ALICE", "name": "alice", "real_name": "Alice Adams", "profile": answer{"real_name": "Alice Adams", "display_name": "Al"}},
		{"id": "U0BOB", "name": "bob", "real_name": "Bob Baker", "profile": answer{"real_name": "Bob Baker"}},
		{"id": "U0BOBBY", "name": "bobby", "real_name": "Bob Baker", "profile": answer{"real_name": "Bob Baker"}},
		{"id": "U0GONE", "name": "gone", "deleted": true, "real_name": "Gus Gone", "profile": answer{"real_name": "Gus Gone"}},
		{"id": "U0ROBOT", "name": "robot", "is_bot": true, "real_name": "Robot", "profile": answer{"real_name": "Robot"}},
		{"id": botID, "name": "bridge", "is_bot": true},
	}
	directs := map[string]string{"U0ALICE": "D1", "U0BOB": "D2", "U0ALICE,U0BOB": "C8"}
	w.api.onCall(func(c call) answer {
		switch c.method {
		case "users.list":
			if c.form.Get("cursor") == "" {
				return answer{"members": people[:2], "response_metadata": answer{"next_cursor": "more"}}
			}
			return answer{"members": people[2:]}
		case "users.info":
			for _, person := range people {
				if person["id"] == c.form.Get("user") {
					return answer{"user": person}
				}
			}
			return answer{"ok": false, "error": "user_not_found"}
		case "users.lookupByEmail":
			if c.form.Get("email") == "alice@example.com" {
				return answer{"user": people[0]}
			}
			return answer{"ok": false, "error": "users_not_found"}
		case "conversations.open":
			channel := directs[c.form.Get("users")]
			if channel == "" {
				return answer{"ok": false, "error": "user_not_visible"}
			}
			return answer{"channel": answer{"id": channel}}
		case "conversations.info":
			switch channel := c.form.Get("channel"); channel {
			case "D1":
				return answer{"channel": answer{"id": channel, "is_im": true, "user": "U0ALICE"}}
			case "D2":
				return answer{"channel": answer{"id": channel, "is_im": true, "user": "U0BOB"}}
			case "C8":
				return answer{"channel": answer{"id": channel, "is_mpim": true, "is_private": true}}
			}
		case "conversations.members":
			return answer{"members": []string{botID, "U0ALICE", "U0BOB"}}
		case "conversations.create":
			if c.form.Get("name") == "taken" {
				return answer{"ok": false, "error": "name_taken"}
			}
			return answer{"channel": answer{"id": "C9", "name": c.form.Get("name"), "is_channel": true, "is_private": c.form.Get("is_private") == "true"}}
		}
		return nil
	})
}

// user is a person in Matrix, without a login.
func (w *world) user(person id.UserID) *bridgev2.User {
	w.Helper()
	user, err := w.bridge.GetUserByMXID(w.Context(), person)
	require.NoError(w, err)
	return user
}

// direct is the room of the bot's direct conversation of this id, or "".
func (w *world) direct(channel string) id.RoomID {
	w.Helper()
	portal, err := w.bridge.GetExistingPortalByKey(w.Context(), networkid.PortalKey{ID: networkid.PortalID(teamID + "-" + channel), Receiver: w.client.login.ID})
	require.NoError(w, err)
	if portal == nil {
		return ""
	}
	return portal.MXID
}

// TestFindingPeople names people in each way.
func TestFindingPeople(t *testing.T) {
	w := newWorld(t)
	aWorkspace(w)
	for words, want := range map[string]string{
		"U0ALICE":           "U0ALICE",
		"<@U0ALICE>":        "U0ALICE",
		"<@U0ALICE|alice>":  "U0ALICE",
		"@alice":            "U0ALICE",
		"alice":             "U0ALICE",
		"@AL":               "U0ALICE",
		"alice adams":       "U0ALICE",
		"alice@example.com": "U0ALICE",
		"@bob":              "U0BOB",
		"@alice U0BOB":      "U0ALICE,U0BOB",
		"U0BOB @bob":        "U0BOB",
		"Bob Baker":         "several people in Example are called Bob Baker: Bob Baker (U0BOB), Bob Baker (U0BOBBY)",
		"@zoe":              "no one in Example is called zoe",
		"zoe@example.com":   "no one in Example has the e-mail address zoe@example.com",
		"@ann:test":         "is a person in Matrix",
		"@gone":             "is deactivated",
		"@robot":            "is a bot",
		"U0ROBOT":           "is a bot",
		botID:               "the bridge's own bot",
		"":                  "name a person of Slack",
		"U0UNKNOWN":         "no one in Example is called U0UNKNOWN",
	} {
		t.Run(words, func(t *testing.T) {
			people, err := w.client.findPeople(t.Context(), strings.Fields(words))
			if err != nil {
				require.ErrorContains(t, err, want)
				return
			}
			var ids []string
			for _, person := range people {
				ids = append(ids, person.ID)
			}
			require.Equal(t, want, strings.Join(ids, ","))
		})
	}
}

// TestOnePersonHoldsADirectConversation has two people, neither of whom has a login, begin
// a conversation with the same person of Slack.
func TestOnePersonHoldsADirectConversation(t *testing.T) {
	t.Run("34 one person holds it, and a second is told who", func(t *testing.T) {
		w := newWorld(t)
		aWorkspace(w)
		w.session()
		ann, ben := w.user("@ann:test"), w.user("@ben:test")

		said, err := w.slack.startChat(t.Context(), ann, []string{"@alice"})
		require.NoError(t, err)
		room := w.direct("D1")
		require.NotEmpty(t, room)
		require.Contains(t, said, w.slack.roomLink(room))
		require.Contains(t, w.home.guests(room), ann.MXID)

		_, err = w.slack.startChat(t.Context(), ben, []string{"U0ALICE"})
		require.ErrorContains(t, err, "held by @ann:test")
		_, err = w.slack.startChat(t.Context(), w.user(owner), []string{"alice@example.com"})
		require.ErrorContains(t, err, "held by @ann:test", "nor does the login's owner get in")

		require.NoError(t, w.hear("Ev1", slackevent.Message{Channel: "D1", ChannelType: "im", User: "U0ALICE", TS: "1700000001.000100", Text: "hi"}))
		for _, guest := range w.home.guests(room) {
			require.Contains(t, []id.UserID{ann.MXID, "@slack_t1-u0alice:test"}, guest)
		}
		levels, err := w.home.GetPowerLevels(t.Context(), room)
		require.NoError(t, err)
		require.Equal(t, ownerLevel, levels.Invite())
		require.Equal(t, ownerLevel, levels.GetUserLevel(ann.MXID))

		_, err = w.slack.startChat(t.Context(), ann, []string{"@alice"})
		require.NoError(t, err, "the same conversation again")
		require.Equal(t, room, w.direct("D1"))
		_, err = w.slack.startChat(t.Context(), ben, []string{"@bob"})
		require.NoError(t, err, "another is free")
	})
}

// TestTwoPeopleAtOnce begin the same conversation: one of them holds it, and the other is
// told.
func TestTwoPeopleAtOnce(t *testing.T) {
	w := newWorld(t)
	aWorkspace(w)
	w.session()
	outcomes := map[id.UserID]error{}
	var mu sync.Mutex
	var both sync.WaitGroup
	for _, person := range []id.UserID{"@ann:test", "@ben:test"} {
		user := w.user(person)
		both.Go(func() {
			_, err := w.slack.startChat(context.Background(), user, []string{"@alice"})
			mu.Lock()
			defer mu.Unlock()
			outcomes[person] = err
		})
	}
	both.Wait()
	holder, other := id.UserID("@ann:test"), id.UserID("@ben:test")
	if outcomes[holder] != nil {
		holder, other = other, holder
	}
	require.NoError(t, outcomes[holder])
	require.ErrorContains(t, outcomes[other], "held by "+holder.String())
	require.NotContains(t, w.home.guests(w.direct("D1")), other)
}

// TestASlackPersonsConversationIsTheOwners: who was written to is not asked for.
func TestASlackPersonsConversationIsTheOwners(t *testing.T) {
	w := newWorld(t)
	aWorkspace(w)
	w.session()
	require.NoError(t, w.hear("Ev1", slackevent.Message{Channel: "D1", ChannelType: "im", User: "U0ALICE", TS: "1700000001.000100", Text: "hi"}))
	_, err := w.slack.startChat(t.Context(), w.user("@ann:test"), []string{"@alice"})
	require.ErrorContains(t, err, "held by "+owner.String())
	require.NotContains(t, w.home.guests(w.direct("D1")), id.UserID("@ann:test"))

	posted := w.api.posted(t)
	require.Len(t, posted, 1)
	require.Contains(t, posted[0], "I am the bridge between Example and Matrix")
	require.Contains(t, posted[0], owner.String())
	require.NotContains(t, posted[0], "\n")
	require.NoError(t, w.hear("Ev2", slackevent.Message{Channel: "D1", ChannelType: "im", User: "U0ALICE", TS: "1700000002.000100", Text: "ok"}))
	require.Len(t, w.api.posted(t), 1, "once")
	w.client.greeted.drop("U0ALICE")
	require.NoError(t, w.hear("Ev3", slackevent.Message{Channel: "D1", ChannelType: "im", User: "U0ALICE", TS: "1700000003.000100", Text: "ok"}))
	require.Len(t, w.api.posted(t), 1, "once, also after a restart")
}

// TestDirectConversationsThatAreLeftOut have the configuration keep them out.
func TestDirectConversationsThatAreLeftOut(t *testing.T) {
	w := newWorld(t, func(network *settings.Network) { network.Channels.Include = []string{"general"} })
	aWorkspace(w)
	w.session()
	_, err := w.slack.startChat(t.Context(), w.user("@ann:test"), []string{"@alice"})
	require.ErrorContains(t, err, "network.channels")
	require.NoError(t, w.hear("Ev1", slackevent.Message{Channel: "D1", ChannelType: "im", User: "U0ALICE", TS: "1700000001.000100", Text: "hi"}))
	require.Contains(t, w.api.posted(t)[0], "Direct messages to me are not carried")
	_, err = w.slack.createChannel(t.Context(), w.user("@ann:test"), []string{"plans"})
	require.ErrorContains(t, err, "network.channels")
}

// TestAGroupIsBegun names several people: their group has one holder too.
func TestAGroupIsBegun(t *testing.T) {
	w := newWorld(t)
	aWorkspace(w)
	w.session()
	_, err := w.slack.startChat(t.Context(), w.user("@ann:test"), []string{"@alice", "@bob"})
	require.NoError(t, err)
	room := w.direct("C8")
	require.Contains(t, w.home.guests(room), id.UserID("@ann:test"))
	require.NotContains(t, w.home.guests(room), owner)
	require.ElementsMatch(t, []string{"t1-u0alice", "t1-u0bob"}, w.ghosts(room))
	require.NoError(t, w.hearEvent("Ev1", "member_joined_channel", &slackevent.Membership{
		Type: "member_joined_channel", User: botID, Inviter: botID, Channel: "C8", ChannelType: "G",
	}))
	require.NotContains(t, w.home.guests(room), owner)
	_, err = w.slack.startChat(t.Context(), w.user("@ben:test"), []string{"@alice", "@bob"})
	require.ErrorContains(t, err, "held by @ann:test")
}

// TestTheEventOfAGroupComesFirst: Slack says that the bot was added to the group before the
// bridge has noted who began it.
func TestTheEventOfAGroupComesFirst(t *testing.T) {
	w := newWorld(t)
	aWorkspace(w)
	w.session()
	require.NoError(t, w.hearEvent("Ev1", "member_joined_channel", &slackevent.Membership{
		Type: "member_joined_channel", User: botID, Inviter: botID, Channel: "C8", ChannelType: "G",
	}))
	_, err := w.slack.startChat(t.Context(), w.user("@ann:test"), []string{"@alice", "@bob"})
	require.NoError(t, err)
	require.NotContains(t, w.home.guests(w.direct("C8")), owner)
}

// TestWhatSlackRefuses is told with its cure.
func TestWhatSlackRefuses(t *testing.T) {
	w := newWorld(t)
	aWorkspace(w)
	w.session()
	_, err := w.slack.startChat(t.Context(), w.user("@ann:test"), []string{"@bobby"})
	require.ErrorContains(t, err, "Slack does not show this person")
	_, err = w.slack.createChannel(t.Context(), w.user("@ann:test"), []string{"taken"})
	require.ErrorContains(t, err, "there is a channel of this name already")
	w.api.onCall(func(c call) answer {
		if c.method == "users.lookupByEmail" {
			return answer{"ok": false, "error": "missing_scope", "needed": "users:read.email", "provided": "chat:write"}
		}
		return nil
	})
	_, err = w.slack.startChat(t.Context(), w.user("@ann:test"), []string{"ann@example.com"})
	require.ErrorContains(t, err, "users:read.email (for finding people by their email addresses)")
}

// TestAChannelIsCreated with its room, to which its creator is invited.
func TestAChannelIsCreated(t *testing.T) {
	w := newWorld(t)
	aWorkspace(w)
	w.session()
	_, err := w.slack.createChannel(t.Context(), w.user("@ann:test"), []string{"private", "#New", "Plans"})
	require.NoError(t, err)
	made := w.api.of("conversations.create")
	require.Equal(t, "new-plans", made[0].Get("name"))
	require.Equal(t, "true", made[0].Get("is_private"))
	require.Contains(t, w.home.guests(w.roomOf("C9").MXID), id.UserID("@ann:test"))
}

// TestWhoBeginsARoomComesAfterItsHistory has a person begin a channel and a direct conversation,
// whose rooms are filled first.
func TestWhoBeginsARoomComesAfterItsHistory(t *testing.T) {
	w := newWorld(t)
	aWorkspace(w)
	w.slack.options.Backfill = settings.Backfill{Enabled: true, MaxInitialMessages: 3, MaxInitialDirectMessages: 3}
	answers := w.api.before
	w.api.onCall(func(c call) answer {
		if c.method == "conversations.history" {
			time.Sleep(50 * time.Millisecond) // long enough for an invitation
			return answer{"messages": []answer{{"type": "message", "user": "U0ALICE", "text": "said before", "ts": ago(1)}}}
		}
		return answers(c)
	})
	early := false
	w.home.refuse = func(s sent) error {
		early = early || s.kind == event.StateMember && s.key == "@ann:test" && len(w.home.sentSoFar(event.EventMessage)) == 0
		return nil
	}
	w.session()
	for begin, room := range map[string]func() id.RoomID{
		"channel": func() id.RoomID { return w.roomOf("C9").MXID }, "chat": func() id.RoomID { return w.direct("D1") },
	} {
		var err error
		if begin == "channel" {
			_, err = w.slack.createChannel(t.Context(), w.user("@ann:test"), []string{"plans"})
		} else {
			_, err = w.slack.startChat(t.Context(), w.user("@ann:test"), []string{"@alice"})
		}
		require.NoError(t, err)
		require.Contains(t, w.home.guests(room()), id.UserID("@ann:test"), begin)
	}
	require.False(t, early)
}

// TestAProvisionedChat is begun by the login's owner through the provisioning API.
func TestAProvisionedChat(t *testing.T) {
	w := newWorld(t)
	aWorkspace(w)
	w.session()
	found, err := w.client.ResolveIdentifier(t.Context(), "@alice", false)
	require.NoError(t, err)
	require.Equal(t, networkid.UserID("t1-u0alice"), found.UserID)
	require.Nil(t, found.Chat)
	chat, err := w.client.CreateChatWithGhost(t.Context(), found.Ghost)
	require.NoError(t, err)
	require.Equal(t, w.direct("D1"), chat.Portal.MXID)
	require.Contains(t, w.home.guests(chat.Portal.MXID), owner)
	_, err = w.client.ResolveIdentifier(t.Context(), "@zoe", true)
	require.ErrorContains(t, err, "no one in Example")
}

// TestAnInvitedGhost is invited to a direct chat by a person who holds the conversation
// then, and by a second one: it says where the conversation is, or who holds it.
func TestAnInvitedGhost(t *testing.T) {
	w := newWorld(t)
	w.bridge.Config.Permissions["*"] = &bridgeconfig.Permissions{SendEvents: true, Commands: true}
	aWorkspace(w)
	w.session()
	invite := func(as id.EventID, by id.UserID, ghost string) string {
		t.Helper()
		evt := w.event(as, by, event.StateMember, map[string]any{"membership": "invite", "is_direct": true})
		evt.RoomID = "!chat:test"
		key := "@slack_" + ghost + ":test"
		evt.StateKey = &key
		require.NoError(t, w.receive(evt))
		require.NotContains(t, w.home.members("!chat:test"), id.UserID(key))
		said := w.home.bodies()
		return said[len(said)-1]
	}
	said := invite("$1", "@ann:test", "t1-u0alice")
	room := w.direct("D1")
	require.NotEmpty(t, room)
	require.Equal(t, "Our conversation is in "+w.slack.roomLink(room)+".", said)
	require.Contains(t, w.home.guests(room), id.UserID("@ann:test"))
	require.Contains(t, invite("$2", "@ben:test", "t1-u0alice"), "held by @ann:test")
	require.Equal(t, said, invite("$3", "@ann:test", "t1-u0alice"))
	require.Contains(t, invite("$4", "@ann:test", "t1-u0gone"), "is deactivated in Slack")
	require.Contains(t, invite("$5", "@ann:test", "t9-u0alice"), "no login in this workspace")
}

// TestAGreetingThatIsNotNoted is found by the next try, and not said again.
func TestAGreetingThatIsNotNoted(t *testing.T) {
	w := newWorld(t)
	w.remembersPosts()
	w.exec("CREATE TRIGGER away BEFORE INSERT ON slack_greeted BEGIN SELECT RAISE(ABORT, 'database is locked'); END")
	said := slackevent.Message{Channel: "D1", ChannelType: channelTypeIM, User: "U1", Text: "hi", TS: "1700000600.000001"}
	require.Error(t, w.hear("E1", said))
	w.exec("DROP TRIGGER away")
	require.NoError(t, w.hear("E1", said))
	require.Len(t, w.api.of("chat.postMessage"), 1)
}
