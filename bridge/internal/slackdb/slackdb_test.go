package slackdb_test

import (
	"testing"

	"github.com/rs/zerolog"
	"github.com/stretchr/testify/require"
	"go.mau.fi/util/dbutil"
	"maunium.net/go/mautrix/bridgev2/networkid"

	"ops-jrz1/bridge/internal/database/databasetest"
	"ops-jrz1/bridge/internal/secret/secrettest"
	"ops-jrz1/bridge/internal/slackdb"
)

func open(t *testing.T) *slackdb.DB {
	t.Helper()
	db, err := slackdb.Open(t.Context(), databasetest.Open(t), dbutil.ZeroLogger(zerolog.New(secrettest.Log(t))))
	require.NoError(t, err)
	return db
}

func TestPieces(t *testing.T) {
	db, ctx := open(t), t.Context()
	const first, second, third networkid.MessageID = "T1-C1-1.000001", "T1-C1-1.000002", "T1-C1-1.000003"

	require.NoError(t, db.PutPieces(ctx, "", first, second, third))
	require.NoError(t, db.PutPieces(ctx, "", first, second), "repeated")
	for _, piece := range []networkid.MessageID{first, second, third} {
		of, err := db.MessageOf(ctx, "", piece)
		require.NoError(t, err)
		require.Equal(t, first, of, piece)
	}
	of, err := db.MessageOf(ctx, "T1-U1", second)
	require.NoError(t, err)
	require.Equal(t, second, of, "another receiver's room")

	require.NoError(t, db.DropPieces(ctx, "", first, third))
	of, err = db.MessageOf(ctx, "", third)
	require.NoError(t, err)
	require.Equal(t, third, of)
	require.NoError(t, db.DropPieces(ctx, "", first))
	of, err = db.MessageOf(ctx, "", second)
	require.NoError(t, err)
	require.Equal(t, second, of)
}

func TestReactors(t *testing.T) {
	db, ctx := open(t), t.Context()
	ann := slackdb.Reactor{EventID: "$1", Message: "T1-C1-1.000001", Emoji: "tada", Sender: "@ann:example.org"}
	bob := slackdb.Reactor{EventID: "$2", Message: ann.Message, Emoji: "tada", Sender: "@bob:example.org"}
	heart := slackdb.Reactor{EventID: "$3", Message: ann.Message, Emoji: "heart", Sender: ann.Sender}
	for _, r := range []slackdb.Reactor{ann, ann, bob, heart} {
		require.NoError(t, db.AddReactor(ctx, r))
	}

	found, err := db.ReactorByEvent(ctx, "$2")
	require.NoError(t, err)
	require.Equal(t, &bob, found)
	found, err = db.ReactorByEvent(ctx, "$none")
	require.NoError(t, err)
	require.Nil(t, found)

	others, err := db.OtherReactors(ctx, ann)
	require.NoError(t, err)
	require.Equal(t, 1, others)
	require.NoError(t, db.RemoveReactor(ctx, bob.EventID))
	others, err = db.OtherReactors(ctx, ann)
	require.NoError(t, err)
	require.Zero(t, others)

	require.NoError(t, db.DropReactors(ctx, "", ann.Message))
	found, err = db.ReactorByEvent(ctx, heart.EventID)
	require.NoError(t, err)
	require.Nil(t, found)
}

func TestFiles(t *testing.T) {
	db, ctx := open(t), t.Context()
	const first, second networkid.MessageID = "T1-C1-1.000001", "T1-C1-1.000002"
	put := func(receiver networkid.UserLoginID, message networkid.MessageID, id, content string) {
		require.NoError(t, db.PutFile(ctx, slackdb.File{Receiver: receiver, Message: message, ID: id, Content: []byte(content)}))
	}
	put("", first, "F1", `{"url":"old"}`)
	put("", first, "F1", `{"url":"new"}`)
	put("", first, "F2", `{}`)
	put("T1-U1", second, "F1", `{}`)
	content, err := db.FileOf(ctx, "", first, "F1")
	require.NoError(t, err)
	require.JSONEq(t, `{"url":"new"}`, string(content))
	content, err = db.FileOf(ctx, "", second, "F1")
	require.NoError(t, err)
	require.Nil(t, content, "another receiver's room")
	put("", first, "F3", "")
	content, err = db.FileOf(ctx, "", first, "F3")
	require.NoError(t, err)
	require.Nil(t, content, "a line of the text")

	messages, err := db.MessagesWithFile(ctx, "F1")
	require.NoError(t, err)
	require.Equal(t, []slackdb.File{{Message: first, ID: "F1"}, {Receiver: "T1-U1", Message: second, ID: "F1"}}, messages)
	require.NoError(t, db.DropFiles(ctx, "", first, "F1"))
	messages, err = db.MessagesWithFile(ctx, "F1")
	require.NoError(t, err)
	require.Len(t, messages, 1)
	require.NoError(t, db.DropFiles(ctx, "", first, ""))
	messages, err = db.MessagesWithFile(ctx, "F2")
	require.NoError(t, err)
	require.Empty(t, messages)
}
