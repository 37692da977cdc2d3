package app

import (
	"testing"

	"github.com/stretchr/testify/require"
	"go.mau.fi/util/dbutil"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"
	"maunium.net/go/mautrix/sqlstatestore"

	"ops-jrz1/bridge/internal/database/databasetest"
)

// TestMembersWhoWereErased: the homeserver tells names and pictures again, one by one and of a
// whole room.
func TestMembersWhoWereErased(t *testing.T) {
	ctx := t.Context()
	const room = id.RoomID("!r:test")
	store := members{sqlstatestore.NewSQLStateStore(databasetest.Open(t), dbutil.NoopLogger, false), func(user id.UserID) bool { return user == "@ann:test" }}
	require.NoError(t, store.Upgrade(ctx))
	member := func(name string) *event.MemberEventContent {
		return &event.MemberEventContent{Membership: event.MembershipJoin, Displayname: name, AvatarURL: id.ContentURIString("mxc://test/" + name)}
	}
	check := func() {
		t.Helper()
		all, err := store.GetAllMembers(ctx, room)
		require.NoError(t, err)
		require.Len(t, all, 2)
		require.Equal(t, event.MemberEventContent{Membership: event.MembershipJoin}, *all["@ann:test"])
		require.Equal(t, *member("Ben"), *all["@ben:test"])
		confusable, err := store.IsConfusableName(ctx, room, "", "Ann")
		require.NoError(t, err)
		require.Empty(t, confusable)
	}
	told := map[id.UserID]*event.MemberEventContent{"@ann:test": member("Ann"), "@ben:test": member("Ben")}
	var events []*event.Event
	for user, content := range told {
		require.NoError(t, store.SetMember(ctx, room, user, content))
		key := user.String()
		events = append(events, &event.Event{Type: event.StateMember, StateKey: &key, Content: event.Content{Parsed: content}})
	}
	check()
	require.NoError(t, store.ReplaceCachedMembers(ctx, room, events))
	check()
	require.Equal(t, "Ann", told["@ann:test"].Displayname, "others read the events")
}
