package slackdb_test

import (
	"testing"
	"time"

	"github.com/rs/zerolog"
	"github.com/stretchr/testify/require"
	"go.mau.fi/util/dbutil"
	"maunium.net/go/mautrix/bridgev2/database"

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

// openWithFramework is open with the framework's tables.
func openWithFramework(t *testing.T) *slackdb.DB {
	t.Helper()
	parent := databasetest.Open(t)
	require.NoError(t, database.New("", database.MetaTypes{}, parent).Upgrade(t.Context()))
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
		require.NoError(t, db.FinishMove(ctx, move))
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
