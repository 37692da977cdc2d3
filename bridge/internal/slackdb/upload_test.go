package slackdb_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ops-jrz1/bridge/internal/slackdb"
)

func TestUploads(t *testing.T) {
	db, ctx := open(t), t.Context()
	at := time.UnixMilli(1_700_000_000_000)
	uploads := []slackdb.Upload{
		{FileID: "F2", Event: "$one", Content: "mxc://h/a", At: at},
		{FileID: "F1", Event: "$one", Content: "mxc://h/b", At: at.Add(time.Second)},
		{FileID: "F3", Event: "$two", Content: "mxc://h/c", At: at.Add(2 * time.Second)},
	}
	for _, u := range uploads {
		require.NoError(t, db.PutUpload(ctx, u))
		require.NoError(t, db.PutUpload(ctx, u), "repeated")
	}
	found, err := db.UploadsFor(ctx, "$one")
	require.NoError(t, err)
	require.Equal(t, uploads[:2], found)
	newest, err := db.NewestUploads(ctx, 2)
	require.NoError(t, err)
	require.Equal(t, []string{"F1", "F3"}, newest)

	one, err := db.UploadOf(ctx, "F3")
	require.NoError(t, err)
	require.Equal(t, &uploads[2], one)
	one, err = db.UploadOf(ctx, "F4")
	require.NoError(t, err)
	require.Nil(t, one)

	require.NoError(t, db.DropUploads(ctx, "F1", "F2", "F9"))
	found, err = db.UploadsFor(ctx, "$one")
	require.NoError(t, err)
	require.Empty(t, found)
}
