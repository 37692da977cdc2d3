package connector

import (
	"context"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/id"
)

// rooms is a homeserver's directory.
type rooms map[id.RoomAlias]id.RoomID

func (r rooms) CreateAlias(_ context.Context, alias id.RoomAlias, room id.RoomID) (*mautrix.RespAliasCreate, error) {
	if _, taken := r[alias]; taken {
		return nil, mautrix.HTTPError{Response: &http.Response{StatusCode: http.StatusConflict}}
	}
	r[alias] = room
	return &mautrix.RespAliasCreate{}, nil
}

func (r rooms) ResolveAlias(_ context.Context, alias id.RoomAlias) (*mautrix.RespAliasResolve, error) {
	return &mautrix.RespAliasResolve{RoomID: r[alias]}, nil
}

func (r rooms) DeleteAlias(_ context.Context, alias id.RoomAlias) (*mautrix.RespAliasDelete, error) {
	delete(r, alias)
	return &mautrix.RespAliasDelete{}, nil
}

// TestAnAliasLeadsToThePortal: also if it led to another room before.
func TestAnAliasLeadsToThePortal(t *testing.T) {
	w := newWorld(t)
	const alias = id.RoomAlias("#slack_general:test")
	room, another := w.room().MXID, w.roomOf("C2").MXID
	for name, tc := range map[string]struct {
		before, after id.RoomID
		fails         bool
	}{
		"nowhere":             {"", room, false},
		"to the portal":       {room, room, false},
		"to a room that died": {"!dead:test", room, false},
		"to another portal":   {another, another, true},
	} {
		t.Run(name, func(t *testing.T) {
			directory := rooms{}
			if tc.before != "" {
				directory[alias] = tc.before
			}
			err := w.client.nameRoom(t.Context(), directory, alias, room)
			require.Equal(t, tc.fails, err != nil, "%v", err)
			require.Equal(t, rooms{alias: tc.after}, directory)
		})
	}
}
