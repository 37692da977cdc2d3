package slackdb_test

import (
	"testing"
	"time"

	"github.com/rs/zerolog"
	"github.com/stretchr/testify/require"
	"go.mau.fi/util/dbutil"
	"maunium.net/go/mautrix/bridgev2/database"
	"maunium.net/go/mautrix/bridgev2/networkid"
	"maunium.net/go/mautrix/id"

	"ops-jrz1/bridge/internal/database/databasetest"
	"ops-jrz1/bridge/internal/secret/secrettest"
	"ops-jrz1/bridge/internal/slackdb"
)

func TestMoves(t *testing.T) {
	db, ctx := open(t), t.Context()
	move := slackdb.Moved{Team: "T1", Old: "C1", New: "C2"}
	require.NoError(t, db.PutMove(ctx, move))
	require.NoError(t, db.PutMove(ctx, slackdb.Moved{Team: "T1", Old: "C1", New: "C3"}), "the first counts")
	all, err := db.Moves(ctx)
	require.NoError(t, err)
	require.Equal(t, []slackdb.Moved{move}, all)

	require.NoError(t, db.PutMove(ctx, slackdb.Moved{Team: "T1", Old: "C2", New: "C1"}), "the old id is back")
	all, err = db.Moves(ctx)
	require.NoError(t, err)
	require.Equal(t, []slackdb.Moved{{Team: "T1", Old: "C2", New: "C1"}}, all)
}

// TestMovedContent: only whole strings are ids.
func TestMovedContent(t *testing.T) {
	move := slackdb.Moved{Team: "T1", Old: "C1", New: "C2"}
	require.Equal(t, `{"channel":"C2","ID":"T1-C2","text":"C1 or C10","other":"C10"}`,
		string(move.Rewrite([]byte(`{"channel":"C1","ID":"T1-C1","text":"C1 or C10","other":"C10"}`))))
}

// openWithFramework is open with the framework's tables, and a portal for each room.
func openWithFramework(t *testing.T, rooms ...networkid.PortalID) *slackdb.DB {
	t.Helper()
	parent := databasetest.Open(t)
	framework := database.New("", database.MetaTypes{Portal: func() any { return &struct{}{} }}, parent)
	require.NoError(t, framework.Upgrade(t.Context()))
	for _, portal := range rooms {
		require.NoError(t, framework.Portal.Insert(t.Context(), &database.Portal{
			PortalKey: networkid.PortalKey{ID: portal}, MXID: id.RoomID("!" + portal), Metadata: &struct{}{},
		}))
	}
	db, err := slackdb.Open(t.Context(), parent, dbutil.ZeroLogger(zerolog.New(secrettest.Log(t))))
	require.NoError(t, err)
	return db
}

// TestFinishMove moves what the connector's tables have of a channel, once.
func TestFinishMove(t *testing.T) {
	db, ctx := openWithFramework(t), t.Context()
	move := slackdb.Moved{Team: "T1", Old: "C1", New: "C2"}
	require.NoError(t, db.PutPieces(ctx, "", "T1-C1-1.000001", "T1-C1-1.000002"))
	require.NoError(t, db.PutPieces(ctx, "", "T1-C10-1.000001", "T1-C10-1.000002"))
	require.NoError(t, db.PutPieces(ctx, "", "T1-C2-1.000001", "T1-C2-1.000002"), "of a room that was left")
	require.NoError(t, db.AddReactor(ctx, slackdb.Reactor{EventID: "$r", Message: "T1-C1-1.000001", Emoji: "tada", Sender: "@ann:test"}))
	require.NoError(t, db.PutReactorNote(ctx, "", "T1-C1-1.000001", slackdb.ReactorNote{TS: "3.000001", Text: "who"}))
	require.NoError(t, db.PutThread(ctx, "", "T1-C1-1.000001", "$t"))
	require.NoError(t, db.PutFile(ctx, slackdb.File{Message: "T1-C1-1.000001", ID: "F1", Content: []byte("{}")}))
	require.NoError(t, db.PutGone(ctx, "reaction T1-C1-1.000001 t1-u1 tada", time.Unix(1, 0), time.Unix(2, 0)))
	require.NoError(t, db.Stage(ctx, 7, []slackdb.Staged{{Place: "1", Kind: "message", Payload: []byte(`{"channel":"C1"}`)}}))
	require.NoError(t, db.PutBackfill(ctx, "T1-U1", slackdb.Backfill{Channel: "C1", State: []byte("{}")}))
	require.NoError(t, db.PutOldMessages(ctx, "T1-U1", "C1", []slackdb.OldMessage{{TS: "1.000001", Payload: []byte("{}")}}))
	require.NoError(t, db.PutMove(ctx, move))
	for range 2 {
		kept, err := db.FinishMove(ctx, move)
		require.NoError(t, err)
		require.False(t, kept)
	}

	of, err := db.MessageOf(ctx, "", "T1-C2-1.000002")
	require.NoError(t, err)
	require.EqualValues(t, "T1-C2-1.000001", of)
	of, err = db.MessageOf(ctx, "", "T1-C10-1.000002")
	require.NoError(t, err)
	require.EqualValues(t, "T1-C10-1.000001", of)
	reactor, err := db.ReactorByEvent(ctx, "$r")
	require.NoError(t, err)
	require.EqualValues(t, "T1-C2-1.000001", reactor.Message)
	note, err := db.ReactorNote(ctx, "", "T1-C2-1.000001")
	require.NoError(t, err)
	require.NotNil(t, note)
	thread, err := db.ThreadEvent(ctx, "", "T1-C2-1.000001")
	require.NoError(t, err)
	require.EqualValues(t, "$t", thread)
	file, err := db.FileOf(ctx, "", "T1-C2-1.000001", "F1")
	require.NoError(t, err)
	require.NotNil(t, file)
	gone, err := db.Gone(ctx, time.Time{})
	require.NoError(t, err)
	require.Contains(t, gone, "reaction T1-C2-1.000001 t1-u1 tada")
	staged, err := db.NextStaged(ctx, 7, 1)
	require.NoError(t, err)
	require.Equal(t, `{"channel":"C2"}`, string(staged[0].Payload))
	backfills, err := db.Backfills(ctx, "T1-U1")
	require.NoError(t, err)
	require.Equal(t, "C2", backfills[0].Channel)
	count, _, err := db.CountOldMessages(ctx, "T1-U1", "C2")
	require.NoError(t, err)
	require.Equal(t, 1, count)
	moves, err := db.Moves(ctx)
	require.NoError(t, err)
	require.True(t, moves[0].Done)
}

// TestFinishMoveOfBoth moves a channel of which the same things are stored under both ids: those
// of the room that goes on count.
func TestFinishMoveOfBoth(t *testing.T) {
	for name, c := range map[string]struct {
		room networkid.PortalID
		kept bool
		want string
	}{
		"the old id's room goes on": {"T1-C1", false, "C1"},
		"the new id's room goes on": {"T1-C2", true, "C2"},
	} {
		t.Run(name, func(t *testing.T) {
			db, ctx := openWithFramework(t, c.room), t.Context()
			portalOf := func(channel string) networkid.PortalKey {
				return networkid.PortalKey{ID: networkid.PortalID("T1-" + channel)}
			}
			for _, channel := range []string{"C1", "C2"} {
				message := networkid.MessageID("T1-" + channel + "-1.000001")
				require.NoError(t, db.PutPieces(ctx, "", message, networkid.MessageID("T1-"+channel+"-1.000002")))
				require.NoError(t, db.AddReactor(ctx, slackdb.Reactor{EventID: id.EventID("$" + channel), Message: message, Emoji: "tada", Sender: "@ann:test"}))
				require.NoError(t, db.PutReactorNote(ctx, "", message, slackdb.ReactorNote{TS: "3.000001", Text: channel}))
				require.NoError(t, db.PutThread(ctx, "", message, id.EventID("$"+channel)))
				require.NoError(t, db.PutFile(ctx, slackdb.File{Message: message, ID: "F1", Content: []byte(`"` + channel + `"`)}))
				require.NoError(t, db.PutGone(ctx, "message "+string(message), time.Unix(1, 0), time.Unix(2, 0)))
				require.NoError(t, db.PutJoiners(ctx, portalOf(channel), []networkid.UserID{"t1-u1"}))
				require.NoError(t, db.PutBackfill(ctx, "T1-U1", slackdb.Backfill{Channel: channel, State: []byte(channel)}))
				require.NoError(t, db.PutOldMessages(ctx, "T1-U1", channel, []slackdb.OldMessage{{TS: "1.000001", Payload: []byte(channel)}}))
				require.NoError(t, db.PutConsent(ctx, slackdb.Consent{Team: "T1", Channel: channel, By: channel}))
			}
			move := slackdb.Moved{Team: "T1", Old: "C1", New: "C2"}
			require.NoError(t, db.PutMove(ctx, move))
			kept, err := db.FinishMove(ctx, move)
			require.NoError(t, err)
			require.Equal(t, c.kept, kept)

			of, err := db.MessageOf(ctx, "", "T1-C2-1.000002")
			require.NoError(t, err)
			require.EqualValues(t, "T1-C2-1.000001", of)
			for event, there := range map[id.EventID]bool{"$C1": c.want == "C1", "$C2": c.want == "C2"} {
				reactor, err := db.ReactorByEvent(ctx, event)
				require.NoError(t, err)
				require.Equal(t, there, reactor != nil, event)
			}
			note, err := db.ReactorNote(ctx, "", "T1-C2-1.000001")
			require.NoError(t, err)
			require.Equal(t, c.want, note.Text)
			thread, err := db.ThreadEvent(ctx, "", "T1-C2-1.000001")
			require.NoError(t, err)
			require.EqualValues(t, "$"+c.want, thread)
			file, err := db.FileOf(ctx, "", "T1-C2-1.000001", "F1")
			require.NoError(t, err)
			require.Equal(t, `"`+c.want+`"`, string(file))
			gone, err := db.Gone(ctx, time.Time{})
			require.NoError(t, err)
			require.Len(t, gone, 1)
			require.Contains(t, gone, "message T1-C2-1.000001")
			joiners, err := db.NextJoiners(ctx, portalOf("C2"), 9)
			require.NoError(t, err)
			require.Len(t, joiners, 1)
			joiners, err = db.NextJoiners(ctx, portalOf("C1"), 9)
			require.NoError(t, err)
			require.Empty(t, joiners)
			backfills, err := db.Backfills(ctx, "T1-U1")
			require.NoError(t, err)
			require.Equal(t, []slackdb.Backfill{{Channel: "C2", State: []byte(c.want)}}, backfills)
			messages, err := db.OldMessages(ctx, "T1-U1", "C2", 9)
			require.NoError(t, err)
			require.Equal(t, []slackdb.OldMessage{{TS: "1.000001", Payload: []byte(c.want)}}, messages)
			consents, err := db.Consents(ctx)
			require.NoError(t, err)
			require.Equal(t, []slackdb.Consent{{Team: "T1", Channel: "C2", By: c.want}}, consents)
		})
	}
}
