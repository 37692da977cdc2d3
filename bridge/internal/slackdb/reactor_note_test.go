package slackdb_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"ops-jrz1/bridge/internal/slackdb"
)

func TestReactorNote(t *testing.T) {
	ctx, db := t.Context(), open(t)
	const message = "T1-C1-1.000001"
	note, err := db.ReactorNote(ctx, "", message)
	require.NoError(t, err)
	require.Nil(t, note)
	for _, want := range []slackdb.ReactorNote{{TS: "2.000001", Text: "one"}, {TS: "2.000001", Text: "two"}} {
		require.NoError(t, db.PutReactorNote(ctx, "", message, want))
		note, err = db.ReactorNote(ctx, "", message)
		require.NoError(t, err)
		require.Equal(t, &want, note)
	}
	require.NoError(t, db.DropReactorNote(ctx, "", message))
	note, err = db.ReactorNote(ctx, "", message)
	require.NoError(t, err)
	require.Nil(t, note)

	bob := slackdb.Reactor{EventID: "$1", Message: message, Emoji: "tada", Sender: "@bob:example.org"}
	ann := slackdb.Reactor{EventID: "$2", Message: message, Emoji: "tada", Sender: "@ann:example.org"}
	require.NoError(t, db.AddReactor(ctx, bob))
	require.NoError(t, db.AddReactor(ctx, ann))
	there, err := db.Reactors(ctx, "", message)
	require.NoError(t, err)
	require.Equal(t, []slackdb.Reactor{ann, bob}, there)
}
