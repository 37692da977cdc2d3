package connector

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.mau.fi/util/dbutil"
	"maunium.net/go/mautrix/bridgev2/networkid"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"ops-jrz1/bridge/internal/database/databasetest"
	"ops-jrz1/bridge/internal/face"
	"ops-jrz1/bridge/internal/inbox"
	"ops-jrz1/bridge/internal/matrixevent"
	"ops-jrz1/bridge/internal/secret"
	"ops-jrz1/bridge/internal/settings"
	"ops-jrz1/bridge/internal/slackdb"
	"ops-jrz1/bridge/internal/slackevent"
)

// holds waits until a text is in these columns of the database alone.
func (w *world) holds(text string, want ...string) {
	w.Helper()
	var there []string
	deadline := time.Now().Add(20 * time.Second)
	for time.Now().Before(deadline) {
		there = databasetest.Holding(w.T, w.bridge.DB.Database, text)
		if slices.Equal(there, want) {
			return
		}
		w.slack.inbox.Hurry(matrixevent.Source)
		w.slack.inbox.Hurry(sourceOf(w.client.login.ID))
		time.Sleep(10 * time.Millisecond)
	}
	require.Equal(w, want, there, "where %s is", text)
}

// park puts a row that no try can handle.
func (w *world) park(row inbox.Row) {
	w.Helper()
	handler := w.slack.HandleSlack
	if row.Source == matrixevent.Source {
		handler = w.slack.HandleMatrix
	}
	err := w.handle(row, handler)
	require.True(w, inbox.IsPark(err), "%v", err)
	require.Eventually(w, func() bool { // handle returns before the row is parked
		parked, err := w.slack.inbox.Select(w.Context(), func(one inbox.Parked) bool {
			return one.Source == row.Source && one.Key == row.Key+w.life && !one.Since.IsZero()
		})
		return err == nil && len(parked) == 1
	}, 20*time.Second, time.Millisecond)
}

// awaitNone waits until the rows of a source are done.
func (w *world) awaitNone(source string) {
	w.Helper()
	require.Eventually(w, func() bool {
		w.slack.inbox.Hurry(source)
		return w.slack.inbox.Waiting(source) == 0
	}, 20*time.Second, 5*time.Millisecond)
}

const ben = id.UserID("@ben:test")

// TestErasingInMatrix has a person in Matrix erase themselves: nothing in the database names them
// any more, but for that they have opted out.
func TestErasingInMatrix(t *testing.T) {
	w := newWorld(t)
	picture := id.ContentURI{Homeserver: "test", FileID: "annsface"}
	w.slack.faces.links = &face.Links{Address: "https://engines.test", Key: secret.New("0123456789abcdef")}
	w.home.names = map[id.UserID]string{ann: "Ann Archer"}
	w.home.pictures = map[id.UserID]id.ContentURIString{ann: id.ContentURIString(picture.String())}
	portal := w.room()
	require.NoError(t, w.receive(w.write("$1", ann, "before")))
	require.NoError(t, w.receive(w.react("$2", ann, "$1", "🎉")))
	require.NoError(t, w.receive(w.react("$3", ann, "$1", "👍")))
	require.NoError(t, w.receive(w.react("$4", ben, "$1", "👍")))
	w.park(inbox.Row{
		Source: matrixevent.Source, Key: "$parked", Lane: "!r:test", Kind: matrixevent.KindEvent,
		Payload: []byte(`{"event_id":"$parked","room_id":"!r:test","sender":"@ann:test","type":5,"content":{"body":"Ann Archer speaks"}}`),
	})
	ctx := t.Context()
	direct := networkid.PortalKey{ID: "T1-D7", Receiver: w.client.login.ID}
	_, err := w.client.hold(ctx, direct, ann)
	require.NoError(t, err)
	require.NoError(t, w.client.noteConsent(ctx, slackdb.Consent{Team: teamID, Channel: "C7", By: ann.String()}))
	portal.Metadata.(*PortalMetadata).Invited = []id.UserID{ann, ben}
	require.NoError(t, portal.Save(ctx))
	shown := func() bool {
		is, err := w.slack.IsFace(ctx, picture)
		require.NoError(t, err)
		return is
	}
	require.True(t, shown())
	require.NotEmpty(t, databasetest.Holding(t, w.bridge.DB.Database, "Ann Archer"))

	for n, said := range []id.EventID{"$8", "$9"} {
		require.NoError(t, w.receive(w.write(said, ann, "!slack erase me")))
		w.holds("@ann:", "slack_opted_out.person")
		w.holds("Ann Archer")
		w.holds("annsface")
		require.Equal(t, n+1, w.saying("@ann:test is erased"), "one line says so")
	}
	require.False(t, shown())
	require.Equal(t, []id.UserID{ben}, portal.Metadata.(*PortalMetadata).Invited)
	removed := w.api.of("reactions.remove")
	require.Len(t, removed, 1, "another person holds the other one")
	require.Equal(t, "tada", removed[0].Get("name"))

	require.NoError(t, w.receive(w.write("$10", ann, "a secret")))
	require.NoError(t, w.receive(w.message("$11", ben, map[string]any{
		"msgtype": "m.text", "body": "Ann Archer, are you there?", "format": "org.matrix.custom.html",
		"formatted_body": `<a href="https://matrix.to/#/@ann:test">Ann Archer</a>, are you there?`,
	})))
	require.Equal(t, []string{"before", "@Erased person, are you there?"}, w.api.posted(t))
	require.NoError(t, w.receive(w.redact("$12", ann, "$1")))
	require.Empty(t, w.api.of("chat.delete"), "it is not known any more that it is theirs")
	require.NoError(t, w.receive(w.redact("$13", owner, "$1")))
	require.Len(t, w.api.of("chat.delete"), 1, "a moderator can delete it")
	holder, err := w.client.hold(ctx, direct, ben)
	require.NoError(t, err)
	require.Empty(t, holder)
	require.EqualError(t, &heldError{holder, "Bob"}, "the bot's direct conversation with Bob was held by a person who was erased, and what was said in it is not for others")

	require.NoError(t, w.slack.optOuts.load(ctx, w.slack.db))
	require.NoError(t, w.receive(w.write("$14", ann, "after a restart")))
	require.Len(t, w.api.posted(t), 2)
	require.NoError(t, w.receive(w.write("$15", ann, "!slack opt-in")))
	require.NoError(t, w.receive(w.write("$16", ann, "here again")))
	require.Equal(t, "here again", w.api.posted(t)[2])
	posts := w.api.of("chat.postMessage")
	require.Equal(t, "Ann Archer", posts[len(posts)-1].Get("username"))
	require.True(t, shown())
}

// TestErasingWaitsForSlack has Slack away while a person is erased who has deleted a message and
// holds a reaction: both are done when it is back, also by another process.
func TestErasingWaitsForSlack(t *testing.T) {
	w := newWorld(t)
	w.room()
	require.NoError(t, w.receive(w.write("$1", ann, "to be deleted")))
	require.NoError(t, w.receive(w.write("$2", ben, "to be reacted to")))
	require.NoError(t, w.receive(w.react("$3", ann, "$2", "🎉")))
	var away, keeps atomic.Bool
	away.Store(true)
	keeps.Store(true)
	w.api.onCall(func(c call) answer {
		if away.Load() && c.method == "reactions.remove" || keeps.Load() && c.method == "chat.delete" {
			return answer{"ok": false, "error": "service_unavailable"}
		}
		return nil
	})
	require.Error(t, w.receive(w.redact("$4", ann, "$1")))
	_, err := w.slack.eraseNamed(t.Context(), ann.String(), "asked")
	require.NoError(t, err)
	require.Eventually(t, func() bool {
		w.slack.inbox.Hurry(matrixevent.Source)
		return len(w.api.of("reactions.remove")) > 1
	}, 20*time.Second, 5*time.Millisecond, "it is tried again")
	rows, err := w.slack.inbox.Select(t.Context(), func(row inbox.Parked) bool { return row.Kind == kindErase && len(row.Progress) > 0 })
	require.NoError(t, err)
	require.Len(t, rows, 1, "how far it is is stored")
	require.True(t, w.slack.optOuts.has(ann.String()), "they have opted out at once")

	away.Store(false)
	tries := len(w.api.of("chat.delete"))
	require.Eventually(t, func() bool {
		w.slack.inbox.Hurry(matrixevent.Source)
		reactors, err := w.slack.db.ReactorsOf(t.Context(), ann)
		require.NoError(t, err)
		return len(reactors) == 0 && len(w.api.of("chat.delete")) > tries+5
	}, 20*time.Second, 5*time.Millisecond)
	require.Contains(t, databasetest.Holding(t, w.bridge.DB.Database, "@ann:"), "message.sender_mxid", "it is not known otherwise that they may delete it")
	keeps.Store(false)
	w.holds("@ann:", "slack_opted_out.person")
	deleted := w.api.of("chat.delete")
	require.Equal(t, postTS(1), deleted[len(deleted)-1].Get("ts"), "what they deleted is deleted first")
	w.awaitNone(matrixevent.Source)
}

// alice is what Slack says of a person with a picture.
func alice(picture string) slackevent.User {
	user := slackevent.User{ID: "U0ALICE", TeamID: teamID, Name: "alice", RealName: "Alice Adams"}
	user.Profile.RealName, user.Profile.Image512 = "Alice Adams", picture
	return user
}

// aliceSpeaks is a world in which a person of Slack with a picture has a room with the bot and is in
// #general, of which the database has all that it can have.
func aliceSpeaks(t *testing.T) (w *world, say func(channel, kind, user, text string), picture string) {
	w = newWorld(t)
	aWorkspace(w)
	pictures := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "image/png")
		_, _ = w.Write([]byte("png"))
	}))
	t.Cleanup(pictures.Close)
	picture = pictures.URL + "/alicesface.png"
	w.room()
	ts := 0
	say = func(channel, kind, user, text string) {
		ts++
		require.NoError(t, w.hear(fmt.Sprint("Ev ", ts), slackevent.Message{Channel: channel, ChannelType: kind, User: user, Text: text, TS: postTS(1000 + ts)}))
	}
	ctx := t.Context()
	require.NoError(t, w.hearEvent("Ev joins", "team_join", &slackevent.UserChange{User: alice(picture)}))
	say(general, "channel", "U0ALICE", "before")
	say("D1", "im", "U0ALICE", "to the bot")
	say("C8", "mpim", "U0ALICE", "to several")
	require.NoError(t, w.hearEvent("Ev reaction", "reaction_added", &slackevent.Reaction{
		Type: "reaction_added", User: "U0ALICE", Reaction: "eyes",
		Item: slackevent.ReactionItem{Type: slackevent.ItemMessage, Channel: general, TS: postTS(1001)}, EventTS: postTS(2001),
	}))
	w.park(inbox.Row{
		Source: sourceOf(w.client.login.ID), Key: "Ev parked", Lane: w.client.lane("C6"), Kind: kindEvent,
		Payload: []byte(`{"type":"event_callback","team_id":"T1","event":{"type":"message","channel":"C6","user":"U0ALICE","text":"Alice Adams speaks","ts":{}}}`),
	})
	require.NoError(t, w.client.putPerson(ctx, "U0ALICE", time.Now()))
	require.NoError(t, w.slack.db.PutArchived(ctx, teamID, slackdb.Backfill{Channel: "C5", State: []byte(`{"authors":["U0ALICE"]}`)},
		[]slackdb.OldMessage{{TS: postTS(1), Payload: []byte(`{"user":"U0ALICE","text":"Alice Adams of old"}`)}}))
	require.NoError(t, w.slack.db.PutJoiners(ctx, networkid.PortalKey{ID: "T1-C4"}, []networkid.UserID{"t1-u0alice"}))
	return w, say, picture
}

const alicesGhost = id.UserID("@slack_t1-u0alice:test")

// TestErasingInSlack has a person in Slack erase themselves: nothing in the database names them any
// more, but for that they have opted out and for their ghost, which has no name and picture. Nothing
// that Slack says brings these back.
func TestErasingInSlack(t *testing.T) {
	w, say, picture := aliceSpeaks(t)
	ctx := t.Context()
	require.Equal(t, "Alice Adams", w.home.profileOf(alicesGhost).name)
	require.NotEmpty(t, w.home.profileOf(alicesGhost).picture)
	require.Contains(t, w.home.members(w.room().MXID), alicesGhost)
	require.NotEmpty(t, databasetest.Holding(t, w.bridge.DB.Database, "alicesface"))

	require.False(t, w.slack.IsErased(alicesGhost))
	erased := func() {
		t.Helper()
		require.True(t, w.slack.IsErased(alicesGhost), "what the homeserver tells of her ghost is not kept")
		w.holds("u0alice", "ghost.id", "portal.other_user_id", "slack_opted_out.person")
		w.holds("Alice Adams")
		w.holds("alicesface")
		require.Equal(t, profile{name: erasedName}, w.home.profileOf(alicesGhost))
		for _, room := range []id.RoomID{w.room().MXID, w.direct("D1"), w.direct("C8")} {
			require.NotEmpty(t, room)
			require.NotContains(t, w.home.members(room), alicesGhost)
		}
	}
	for _, word := range []string{"erase me", " Erase  me"} {
		say("D1", "im", "U0ALICE", word)
		w.run(matrixevent.Source, w.slack.HandleMatrix)
		erased()
	}
	for channel, want := range map[string]string{"D1": erasedName, "C8": "Bob Baker, " + erasedName} {
		portal, err := w.bridge.GetPortalByMXID(ctx, w.direct(channel))
		require.NoError(t, err)
		require.Equal(t, want, portal.Name, channel)
	}
	require.Equal(t, 2, strings.Count(strings.Join(w.api.posted(t), "\n"), "You are erased"), "one line says so, each time")

	require.NoError(t, w.slack.optOuts.load(ctx, w.slack.db))
	asked := len(w.api.of("users.info"))
	say(general, "channel", "U0ALICE", "a secret")
	say("D1", "im", "U0ALICE", "another secret")
	say(general, "channel", "U0BOB", "<@U0ALICE> is gone")
	changed := alice(picture)
	changed.Updated = time.Now()
	require.NoError(t, w.hearEvent("Ev change", "user_change", &slackevent.UserChange{User: changed}))
	require.NoError(t, w.hearEvent("Ev join", "member_joined_channel", &slackevent.Membership{Type: "member_joined_channel", User: "U0ALICE", Channel: general}))
	require.NoError(t, w.client.handlePerson(ctx, &inbox.Attempt{Row: inbox.Row{Payload: []byte("U0ALICE")}, Try: 1}))
	require.Len(t, w.api.of("users.info"), asked, "Slack is not asked for them")
	require.Equal(t, erasedName, w.client.users.name(personOf(changed)), "whatever the template")
	info := w.client.users.info(ctx, personOf(changed), "")
	require.True(t, info.Avatar.Remove)
	require.Empty(t, info.Identifiers)
	ghost, err := w.bridge.GetGhostByID(ctx, "t1-u0alice")
	require.NoError(t, err)
	ghost.NameSet = false // as if the homeserver had not taken the name
	require.NoError(t, w.client.prepare(ctx, ghost.ID))
	found, err := w.client.ResolveIdentifier(ctx, "alice@example.com", false)
	require.NoError(t, err)
	ghost.UpdateInfo(ctx, found.UserInfo) // as the framework does
	list, _, err := w.client.memberList(ctx, slackevent.Conversation{ID: general}, []string{"U0ALICE", "U0BOB"})
	require.NoError(t, err)
	require.NotContains(t, list.MemberMap, networkid.UserID("t1-u0alice"))
	require.Zero(t, w.saying("secret"))
	require.Equal(t, 2, w.saying("What Erased person says in Slack is not here"), "each room is told once")
	require.Equal(t, 1, w.saying("Erased person is gone"))
	w.holds("u0alice", "ghost.id", "portal.other_user_id", "slack_opted_out.person", "slack_opted_out_told.person")
	require.NoError(t, w.slack.sweepErased(ctx))
	erased()

	say("D1", "im", "U0ALICE", "opt in")
	require.Equal(t, "Alice Adams", w.home.profileOf(alicesGhost).name)
	say(general, "channel", "U0ALICE", "here again")
	require.Equal(t, 1, w.saying("here again"))
}

// TestErasingWaitsForTheHomeserver has the homeserver away while a person in Slack is erased.
func TestErasingWaitsForTheHomeserver(t *testing.T) {
	w, _, _ := aliceSpeaks(t)
	w.home.failProfiles(refused(http.StatusBadGateway, "M_UNKNOWN", "away"))
	text, err := w.slack.eraseNamed(t.Context(), "U0ALICE", "asked")
	require.NoError(t, err)
	require.Contains(t, text, "U0ALICE is erased")
	w.run(matrixevent.Source, w.slack.HandleMatrix)
	require.Eventually(t, func() bool {
		_, known, err := w.slack.db.Person(t.Context(), teamID, "U0ALICE")
		require.NoError(t, err)
		return !known
	}, 20*time.Second, 5*time.Millisecond, "the rows go all the same")
	require.NotZero(t, w.slack.inbox.Waiting(matrixevent.Source))
	require.Equal(t, "Alice Adams", w.home.profileOf(alicesGhost).name)

	w.home.failProfiles(nil)
	w.holds("u0alice", "ghost.id", "portal.other_user_id", "slack_opted_out.person")
	require.Equal(t, profile{name: erasedName}, w.home.profileOf(alicesGhost))
	w.holds("Alice Adams")
}

// TestADeletionAfterErasing: what is deleted in Slack is deleted in Matrix, by the bot.
func TestADeletionAfterErasing(t *testing.T) {
	w, _, _ := aliceSpeaks(t)
	_, err := w.slack.eraseNamed(t.Context(), "t1-u0alice", "asked")
	require.NoError(t, err)
	w.run(matrixevent.Source, w.slack.HandleMatrix)
	w.holds("u0alice", "ghost.id", "portal.other_user_id", "slack_opted_out.person")
	require.NoError(t, w.hearEvent("Ev deleted", "message", &slackevent.Message{
		Subtype: slackevent.SubtypeDeleted, Hidden: true, Channel: general, ChannelType: "channel", DeletedTS: postTS(1001), TS: postTS(3000), EventTS: postTS(3000),
	}))
	redactions := w.home.of(event.EventRedaction)
	require.Len(t, redactions, 1)
	require.Equal(t, id.UserID("@slackbot:test"), redactions[0].sender)
}

// TestWhoIsErased names people in each way, and in ways that name no one.
func TestWhoIsErased(t *testing.T) {
	w := newWorld(t)
	for name, want := range map[string][]string{
		"@ann:test": {"@ann:test"}, "U0ALICE": {"t1-u0alice"}, "T1-U0ALICE": {"t1-u0alice"}, "t1-u0alice": {"t1-u0alice"},
		string(alicesGhost): {"t1-u0alice"}, "T9-U0ALICE": {"t9-u0alice"},
	} {
		who, err := w.slack.personNamed(t.Context(), name)
		require.NoError(t, err, name)
		require.Equal(t, want, who.names(), name)
	}
	for name, why := range map[string]string{
		"": "names no person", "alice": "names no person", "ulrike": "names no person", "@ann": "not a Matrix id", "C0CHANNEL": "names no person",
		"@slackbot:test": "own bot", "@slack_t1-ubot:test": "own bot", botID: "own bot", owner.String(): "owns the login T1-UBOT",
	} {
		_, err := w.slack.personNamed(t.Context(), name)
		cannot := (*cannotEraseError)(nil)
		require.ErrorAs(t, err, &cannot, name)
		require.ErrorContains(t, err, why, name)
	}
	_, err := w.slack.Erase(t.Context(), "alice")
	require.ErrorContains(t, err, "names no person")

	require.NoError(t, w.receive(w.write("$1", owner, "!slack erase me")))
	require.Equal(t, 1, w.saying("Not done: @owner:test owns the login"))
	require.False(t, w.slack.optOuts.has(owner.String()))

	// A person of another workspace whom ours sees: both names of theirs have opted out, since which
	// one their ghost has is not known after they are forgotten.
	w.slack.homes.put(teamID, "U0CAROL", "T2")
	who, err := w.slack.personNamed(t.Context(), "T2-U0CAROL")
	require.NoError(t, err)
	require.Equal(t, []string{"t2-u0carol", "t1-u0carol"}, who.names())
	require.Equal(t, []string{"T2", teamID}, who.Teams)
}

// TestWhichRowsArePeoples tells the rows of people from others.
func TestWhichRowsArePeoples(t *testing.T) {
	callback := func(event string) []byte {
		return []byte(`{"type":"event_callback","team_id":"T1","event":` + event + `}`)
	}
	staged, err := json.Marshal(stagedRow{Channel: "C1", Staged: slackdb.Staged{Payload: []byte(`{"user":"U1"}`)}})
	require.NoError(t, err)
	for name, tc := range map[string]struct {
		row  inbox.Row
		want bool
	}{
		"a message":           {inbox.Row{Kind: kindEvent, Payload: callback(`{"type":"message","user":"U1"}`)}, true},
		"an edit":             {inbox.Row{Kind: kindEvent, Payload: callback(`{"type":"message","subtype":"message_changed","message":{"user":"U1"}}`)}, true},
		"a deletion":          {inbox.Row{Kind: kindEvent, Payload: callback(`{"type":"message","subtype":"message_deleted","previous_message":{"user":"U1"}}`)}, false},
		"a change of theirs":  {inbox.Row{Kind: kindEvent, Payload: callback(`{"type":"user_change","user":{"id":"U1"}}`)}, true},
		"another's message":   {inbox.Row{Kind: kindEvent, Payload: callback(`{"type":"message","user":"U2","text":"<@U1>"}`)}, false},
		"what is not read":    {inbox.Row{Kind: kindEvent, Payload: []byte("U1")}, false},
		"of the history":      {inbox.Row{Kind: kindStaged, Payload: staged}, true},
		"a command":           {inbox.Row{Kind: kindCommand, Payload: []byte(`{"user_id":"U1"}`)}, true},
		"what is asked again": {inbox.Row{Kind: kindPerson, Payload: []byte("U1")}, true},
		"another kind":        {inbox.Row{Kind: kindResync, Payload: []byte("U1")}, false},
	} {
		require.Equal(t, tc.want, isSaidInSlack(tc.row, "U1"), name)
	}
	own := func(parked bool, payload string) bool {
		row := inbox.Parked{Row: inbox.Row{Source: matrixevent.Source, Kind: matrixevent.KindEvent, Payload: []byte(payload)}}
		if parked {
			row.Since = time.Now()
		}
		return isOwnRow(row, ann)
	}
	require.True(t, own(false, `{"sender":"@ann:test","type":"m.room.encrypted"}`))
	require.False(t, own(false, `{"sender":"@ben:test","type":"m.room.message"}`))
	require.False(t, own(false, `{"sender":"@ann:test","type":"m.room.redaction"}`), "a deletion is carried")
	require.False(t, own(false, `{"sender":"@ann:test","type":"m.room.member","state_key":"@ann:test"}`), "encryption has to know")
	require.True(t, own(true, `{"sender":"@ann:test","type":"m.room.redaction"}`))
	require.True(t, own(true, `{"sender":"@ben:test","type":"m.room.member","state_key":"@ann:test"}`))
}

// TestEveryTableIsDecidedOn: the page on erasing says of every table what becomes of it.
func TestEveryTableIsDecidedOn(t *testing.T) {
	w := newWorld(t)
	page, err := os.ReadFile("../../../docs/reference/erasing.md")
	require.NoError(t, err)
	rows, err := w.bridge.DB.Query(t.Context(), `SELECT name FROM sqlite_master WHERE type='table' AND name NOT LIKE 'sqlite_%' AND name NOT LIKE '%version'`)
	tables, err := dbutil.NewRowIterWithError(rows, dbutil.ScanSingleColumn[string], err).AsList()
	require.NoError(t, err)
	require.Greater(t, len(tables), 30)
	for _, table := range tables {
		require.Contains(t, string(page), "`"+table+"`", "docs/reference/erasing.md")
	}
}

// TestFilesThatDidNotGetToSlack are deleted there when the person is erased who sent them.
func TestFilesThatDidNotGetToSlack(t *testing.T) {
	w := newWorld(t)
	w.room()
	ctx := t.Context()
	require.NoError(t, w.slack.db.PutUpload(ctx, slackdb.Upload{FileID: "F1", Event: "$parked", At: time.Now()}))
	w.park(inbox.Row{
		Source: matrixevent.Source, Key: "$parked", Lane: "!r:test", Kind: matrixevent.KindEvent, Progress: []byte(`{"file":"F1"}`),
		Payload: []byte(`{"event_id":"$parked","room_id":"!r:test","sender":"@ann:test","type":5}`),
	})
	_, err := w.slack.eraseNamed(ctx, ann.String(), "asked")
	require.NoError(t, err)
	w.holds("@ann:", "slack_opted_out.person")
	uploads, err := w.slack.db.UploadsFor(ctx, "$parked")
	require.NoError(t, err)
	require.Empty(t, uploads)
	require.Len(t, w.api.of("files.delete"), 1)
}

// TestWhatIsParkedAfterErasing goes as well: it was being handled while the rest was dropped.
func TestWhatIsParkedAfterErasing(t *testing.T) {
	w := newWorld(t)
	w.room()
	w.park(inbox.Row{
		Source: matrixevent.Source, Key: "$bens", Lane: "!r:test", Kind: matrixevent.KindEvent,
		Payload: []byte(`{"event_id":"$bens","room_id":"!r:test","sender":"@ben:test","type":5}`),
	})
	ctx := t.Context()
	for _, name := range []string{ann.String(), "U0ALICE"} {
		_, err := w.slack.eraseNamed(ctx, name, "asked")
		require.NoError(t, err)
	}
	w.awaitNone(matrixevent.Source)
	require.NoError(t, w.slack.db.PutUpload(ctx, slackdb.Upload{FileID: "F1", Event: "$late", At: time.Now()}))
	w.park(inbox.Row{
		Source: matrixevent.Source, Key: "$late", Lane: "!r:test", Kind: matrixevent.KindEvent, Progress: []byte(`{"file":"F1"}`),
		Payload: []byte(`{"event_id":"$late","room_id":"!r:test","sender":"@ann:test","type":5}`),
	})
	w.park(inbox.Row{
		Source: sourceOf(w.client.login.ID), Key: "Ev late", Lane: w.client.lane("C6"), Kind: kindEvent,
		Payload: []byte(`{"type":"event_callback","team_id":"T1","event":{"type":"message","channel":"C6","user":"U0ALICE","ts":{}}}`),
	})
	require.NoError(t, w.slack.sweepErased(ctx))
	rows, err := w.slack.inbox.Select(ctx, func(inbox.Parked) bool { return true })
	require.NoError(t, err)
	require.Len(t, rows, 1)
	require.Equal(t, "$bens"+w.life, rows[0].Key)
	require.Len(t, w.api.of("files.delete"), 1)
}

// TestAReactionThatCannotBeTakenBack keeps no one from being erased.
func TestAReactionThatCannotBeTakenBack(t *testing.T) {
	w := newWorld(t)
	w.room()
	require.NoError(t, w.receive(w.write("$1", ben, "hello")))
	require.NoError(t, w.receive(w.react("$2", ann, "$1", "🎉")))
	w.api.onCall(func(c call) answer {
		if c.method == "reactions.remove" {
			return answer{"ok": false, "error": "is_archived"}
		}
		return nil
	})
	_, err := w.slack.eraseNamed(t.Context(), ann.String(), "asked")
	require.NoError(t, err)
	w.holds("@ann:", "slack_opted_out.person")
}

// TestNoOneIsBroughtBack has rooms made, filled and brought up to date after people of both sides
// were erased.
func TestNoOneIsBroughtBack(t *testing.T) {
	w := newWorld(t, func(network *settings.Network) { network.Invite = append(network.Invite, ann) })
	ctx := t.Context()
	w.api.hasMembers([]string{"UBOT", "U1", "U2"})
	portal := w.room()
	require.ElementsMatch(t, []string{"t1-u1", "t1-u2"}, w.ghosts(portal.MXID))
	guests := func() (count int) {
		for _, guest := range w.home.guests(portal.MXID) {
			if guest == ann {
				count++
			}
		}
		return count
	}
	require.Equal(t, 1, guests())
	for n, person := range []string{ann.String(), "U2"} {
		_, err := w.slack.eraseNamed(ctx, person, fmt.Sprint("asked ", n))
		require.NoError(t, err)
	}
	w.run(matrixevent.Source, w.slack.HandleMatrix)
	w.holds("@ann:", "slack_opted_out.person")
	w.awaitNone(matrixevent.Source)
	require.Equal(t, []string{"t1-u1"}, w.ghosts(portal.MXID))

	require.False(t, w.client.invite(ctx, portal, portal.Metadata.(*PortalMetadata)))
	require.Equal(t, 1, guests(), "network.invite does not count")
	require.NoError(t, w.client.putMembers(ctx, portal.PortalKey, []string{"U2", "U3"}))
	joiners, err := w.slack.db.NextJoiners(ctx, portal.PortalKey, 10)
	require.NoError(t, err)
	require.Equal(t, []networkid.UserID{"t1-u3"}, joiners)
	w.compareMembers()
	require.Equal(t, []string{"t1-u1"}, w.ghosts(portal.MXID))

	w.peopleMade(map[id.UserID]int{owner: 50})
	_, err = w.client.conversations.get(ctx, "C2")
	require.NoError(t, err)
	require.Contains(t, w.command(owner, ours, "plumb C2"), "is linked with")
	w.settled()
	require.Equal(t, []string{"t1-u1"}, w.ghosts(ours), "nor into a room that people made")

	levels := &event.PowerLevelsEventContent{}
	require.Nil(t, directLevels("").Custom, "no one has the power of a holder who was erased")
	require.True(t, directLevels(ben).Custom(levels))
}
