package slackdb_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"maunium.net/go/mautrix/id"
)

func TestFaces(t *testing.T) {
	db, ctx := open(t), t.Context()
	ada, other := id.ContentURI{Homeserver: "engines.test", FileID: "ada"}, id.ContentURI{Homeserver: "engines.test", FileID: "other"}
	for range 2 {
		require.NoError(t, db.PutFace(ctx, ada, "@ada:engines.test", time.Unix(1_700_000_000, 0)), "repeated")
	}
	for picture, want := range map[id.ContentURI]bool{ada: true, other: false} {
		known, err := db.IsFace(ctx, picture)
		require.NoError(t, err)
		require.Equal(t, want, known)
	}
}
