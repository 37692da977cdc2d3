package slackdb_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"maunium.net/go/mautrix/id"
)

func TestEmoji(t *testing.T) {
	db, ctx := open(t), t.Context()
	require.NoError(t, db.SetEmoji(ctx, "T1", map[string]string{"parrot": "https://e/p.gif", "old": "https://e/o.png", "bird": "alias:parrot"}, time.UnixMilli(1)))
	require.NoError(t, db.SetEmoji(ctx, "T2", map[string]string{"parrot": "https://e/other.gif"}, time.UnixMilli(2)))
	require.NoError(t, db.SetEmoji(ctx, "T1", map[string]string{"parrot": "https://e/p2.gif", "bird": "alias:parrot", "new": "https://e/n.png"}, time.UnixMilli(3)))
	all, err := db.AllEmoji(ctx, "T1")
	require.NoError(t, err)
	require.Equal(t, map[string]string{"parrot": "https://e/p2.gif", "bird": "alias:parrot", "new": "https://e/n.png"}, all)

	require.NoError(t, db.PutEmoji(ctx, "T1", "parrot", "https://e/p3.gif"))
	require.NoError(t, db.DropEmoji(ctx, "T1", "new"))
	for name, want := range map[string]string{"parrot": "https://e/p3.gif", "new": "", "bird": "alias:parrot"} {
		value, err := db.Emoji(ctx, "T1", name)
		require.NoError(t, err)
		require.Equal(t, want, value)
	}
	value, err := db.Emoji(ctx, "T2", "parrot")
	require.NoError(t, err)
	require.Equal(t, "https://e/other.gif", value, "another workspace's")
}

func TestEmojiListed(t *testing.T) {
	db, ctx := open(t), t.Context()
	requireListed := func(team string, want time.Time) {
		t.Helper()
		listed, err := db.EmojiListed(ctx, team)
		require.NoError(t, err)
		require.Equal(t, want, listed)
	}
	requireListed("T1", time.Time{})
	for _, at := range []int64{1, 2} {
		require.NoError(t, db.SetEmoji(ctx, "T1", nil, time.UnixMilli(at)))
		requireListed("T1", time.UnixMilli(at))
	}
	require.NoError(t, db.SetEmoji(ctx, "T2", nil, time.UnixMilli(3)))
	require.NoError(t, db.EmojiMissed(ctx, "T1"))
	requireListed("T1", time.Time{})
	requireListed("T2", time.UnixMilli(3))
}

func TestEmojiPictures(t *testing.T) {
	db, ctx := open(t), t.Context()
	require.NoError(t, db.SetEmoji(ctx, "T1", map[string]string{"parrot": "https://e/p.gif", "bird": "alias:parrot", "bare": "https://e/b.png"}, time.UnixMilli(1)))
	require.NoError(t, db.PutEmojiPicture(ctx, "https://e/gone.png", "mxc://test/gone"))
	for _, picture := range []id.ContentURIString{"mxc://test/first", "mxc://test/parrot"} {
		require.NoError(t, db.PutEmojiPicture(ctx, "https://e/p.gif", picture))
	}
	picture, err := db.EmojiPicture(ctx, "https://e/p.gif")
	require.NoError(t, err)
	require.Equal(t, id.ContentURIString("mxc://test/parrot"), picture)
	pictures, err := db.EmojiPictures(ctx, "T1")
	require.NoError(t, err)
	require.Equal(t, map[string]string{"https://e/p.gif": "mxc://test/parrot"}, pictures)
	for picture, want := range map[id.ContentURIString]string{"mxc://test/parrot": "parrot", "mxc://test/gone": "", "mxc://test/none": ""} {
		name, err := db.EmojiOf(ctx, "T1", picture)
		require.NoError(t, err)
		require.Equal(t, want, name)
	}
}

func TestEmojiPacks(t *testing.T) {
	db, ctx := open(t), t.Context()
	require.NoError(t, db.PutEmojiPack(ctx, "!r:test", "slack-0", "a"))
	require.NoError(t, db.PutEmojiPack(ctx, "!r:test", "slack-0", "b"))
	require.NoError(t, db.PutEmojiPack(ctx, "!r:test", "slack-1", "c"))
	require.NoError(t, db.PutEmojiPack(ctx, "!other:test", "slack-0", "d"))
	require.NoError(t, db.PutEmojiPack(ctx, "!r:test", "slack-1", ""))
	packs, err := db.EmojiPacks(ctx, "!r:test")
	require.NoError(t, err)
	require.Equal(t, map[string]string{"slack-0": "b"}, packs)
}
