package database

import (
	"path/filepath"
	"testing"

	"github.com/rs/zerolog"
	"github.com/stretchr/testify/require"
)

func TestReadRooms(t *testing.T) {
	config := load(t, "file:"+filepath.Join(t.TempDir(), "bridge.db")+"?_txlock=immediate")
	_, err := ReadRooms(t.Context(), config)
	require.ErrorIs(t, err, ErrUnused)

	db, err := Open(t.Context(), config, zerolog.Nop())
	require.NoError(t, err)
	rooms, err := ReadRooms(t.Context(), config)
	require.NoError(t, err)
	require.Empty(t, rooms)

	const portal = `INSERT INTO portal (bridge_id, id, receiver, mxid, name, topic, avatar_id, avatar_hash, avatar_mxc, name_set, avatar_set, topic_set, in_space, room_type, metadata)
		VALUES ('', $1, '', $2, '', '', '', '', '', false, false, false, false, '', '{}')`
	for id, room := range map[string]any{"T1-C1": "!one", "T1-C2": nil, "T1-C3": "!three"} {
		_, err := db.Exec(t.Context(), portal, id, room)
		require.NoError(t, err)
	}
	_, err = db.Exec(t.Context(), `INSERT INTO "user" (bridge_id, mxid, management_room) VALUES ('', '@ada:engines.test', '!desk')`)
	require.NoError(t, err)
	_, err = db.Exec(t.Context(), `INSERT INTO user_login (bridge_id, user_mxid, id, remote_name, space_room, metadata) VALUES ('', '@ada:engines.test', 'T1', '', '!space', '{}')`)
	require.NoError(t, err)

	rooms, err = ReadRooms(t.Context(), config)
	require.NoError(t, err, "while the bridge uses the database")
	require.Equal(t, []string{"!one", "!three"}, rooms.Portals)
	require.ElementsMatch(t, []string{"!desk", "!space"}, rooms.Others)
	require.NoError(t, db.Close())
}
