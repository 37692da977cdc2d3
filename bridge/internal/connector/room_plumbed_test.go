package connector

import (
	"testing"

	"github.com/stretchr/testify/require"
	"maunium.net/go/mautrix/bridgev2"
	"maunium.net/go/mautrix/bridgev2/database"
	"maunium.net/go/mautrix/bridgev2/networkid"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"ops-jrz1/bridge/internal/settings"
	"ops-jrz1/bridge/internal/slackevent"
)

// plumb gives #general a plumbed room, as a takeover does.
func (w *world) plumb() *bridgev2.Portal {
	w.Helper()
	require.NoError(w, w.bridge.DB.Portal.Insert(w.Context(), &database.Portal{
		PortalKey: networkid.PortalKey{ID: teamID + "-" + general}, MXID: "!ours:test", Name: "#general", NameSet: true, TopicSet: true,
		Metadata: &PortalMetadata{Plumbed: true},
	}))
	return w.room()
}

// state are the types of the state events that were sent to a room, besides what the
// bridge says of itself and the invitation of the login's owner.
func (w *world) state(room id.RoomID) (types []string) {
	w.home.mu.Lock()
	defer w.home.mu.Unlock()
	for _, s := range w.home.events {
		if s.room == room && s.key != owner.String() && s.kind.Class == event.StateEventType && s.kind.Type != event.StateBridge.Type && s.kind.Type != event.StateHalfShotBridge.Type &&
			s.kind.Type != event.StateBeeperRoomFeatures.Type && s.kind.Type != event.StateElementFunctionalMembers.Type {
			types = append(types, s.kind.Type+" "+s.key+" by "+s.sender.String())
		}
	}
	return types
}

// TestAPlumbedRoom has everything happen to a channel that changes what another room
// shows: the plumbed one is left as people have made it, and messages cross.
func TestAPlumbedRoom(t *testing.T) {
	w := newWorld(t, func(network *settings.Network) { network.Invite = []id.UserID{"@guest:test"} })
	portal := w.plumb()
	conversation, err := w.client.conversations.get(t.Context(), general)
	require.NoError(t, err)
	require.NoError(t, w.client.resync(t.Context(), nil, conversation))
	require.Equal(t, w.client.login.ID, portal.RelayLoginID)

	require.NoError(t, w.hear("E1", slackevent.Message{User: "U1", Text: "<!channel> lunch", TS: "1700000600.000002"}))
	require.Equal(t, []string{"@channel lunch"}, w.home.bodies())
	require.NoError(t, w.receive(w.write("$m", "@ann:test", "yes")))
	require.Equal(t, []string{"yes"}, w.api.posted(t))

	require.NoError(t, w.hearEvent("E2", "channel_rename", &slackevent.ChannelRename{
		Type: "channel_rename", Channel: slackevent.Conversation{ID: general, Name: "renamed"}, EventTS: "1700000601.000001",
	}))
	require.NoError(t, w.hear("E3", slackevent.Message{Subtype: slackevent.SubtypeChannelTopic, User: "U1", Text: "set the topic", Topic: "new", TS: "1700000602.000001"}))
	require.NoError(t, w.hear("E4", slackevent.Message{Subtype: slackevent.SubtypeChannelConvertToPrivate, User: "U1", Text: "made it private", TS: "1700000603.000001"}))
	require.NoError(t, w.hear("E5", slackevent.Message{Subtype: slackevent.SubtypeChannelConvertToPublic, User: "U1", Text: "made it public", TS: "1700000603.000002"}))
	require.Equal(t, "#renamed", portal.Name, "it is called so in what the bridge says")
	info, err := w.client.GetChatInfo(t.Context(), portal)
	require.NoError(t, err)
	require.Nil(t, info.Name)
	require.Nil(t, info.Members)

	w.channel(answer{"is_archived": true})
	w.archive("channel_archive", "1700000604.000001")
	require.Contains(t, w.told()[len(w.told())-1], "This channel was archived in Slack by Ann: messages no longer cross. When")
	w.channel(answer{"is_member": true})
	w.archive("channel_unarchive", "1700000605.000001")
	require.Empty(t, w.state("!ours:test"))
	require.NotContains(t, w.home.members("!ours:test"), id.UserID("@guest:test"))
}

// TestAPlumbedRoomThatIsGone: no other room is made for it, and what could not be said is
// parked.
func TestAPlumbedRoomThatIsGone(t *testing.T) {
	w := newWorld(t)
	portal := w.plumb()
	w.home.gone = map[id.RoomID]bool{portal.MXID: true}
	require.Error(t, w.hear("E1", slackevent.Message{User: "U1", Text: "hello?", TS: "1700000600.000002"}))
	require.Equal(t, id.RoomID("!ours:test"), w.room().MXID)
	require.Empty(t, w.home.bodies())
}

// TestAPlumbedRoomThatFollows has the name and the topic of its channel, and nothing else of it,
// from when the configuration says so until it no longer does.
func TestAPlumbedRoomThatFollows(t *testing.T) {
	w := newWorld(t)
	portal := w.plumb()
	follow := &w.slack.options.Network.Channels.RoomsFollow
	resynced := func() {
		t.Helper()
		conversation, err := w.client.conversations.get(t.Context(), general)
		require.NoError(t, err)
		require.NoError(t, w.client.resync(t.Context(), nil, conversation))
	}
	named := func(id, name, ts string) {
		t.Helper()
		require.NoError(t, w.hearEvent(id, "channel_rename", &slackevent.ChannelRename{
			Type: "channel_rename", Channel: slackevent.Conversation{ID: general, Name: name}, EventTS: ts,
		}))
	}
	names := func() (all []string) {
		for _, s := range w.home.of(event.StateRoomName) {
			if s.room == portal.MXID {
				all = append(all, s.content.AsRoomName().Name)
			}
		}
		return all
	}
	resynced()
	require.Empty(t, names())

	*follow = true
	resynced()
	resynced()
	require.Equal(t, []string{"#general"}, names())
	named("E1", "plans", "1700000601.000001")
	require.Equal(t, []string{"#general", "#plans"}, names())
	require.NoError(t, w.hear("E2", slackevent.Message{Subtype: slackevent.SubtypeChannelTopic, User: "U1", Text: "set the topic", Topic: "new", TS: "1700000602.000001"}))
	topics := w.home.of(event.StateTopic)
	require.Equal(t, "new", topics[len(topics)-1].content.AsTopic().Topic)
	for _, kind := range w.state(portal.MXID) {
		require.Regexp(t, "^m.room.(name|topic) ", kind)
	}

	*follow = false
	named("E3", "ideas", "1700000603.000001")
	require.Equal(t, []string{"#general", "#plans"}, names())
	*follow = true
	resynced()
	require.Equal(t, []string{"#general", "#plans", "#ideas"}, names())
}

// TestTheWelcomeOfAPlumbedRoom names no alias, since the room has none of the bridge's.
func TestTheWelcomeOfAPlumbedRoom(t *testing.T) {
	w := newWorld(t)
	w.plumb()
	conversation, err := w.client.conversations.get(t.Context(), general)
	require.NoError(t, err)
	require.NoError(t, w.client.resync(t.Context(), nil, conversation))
	require.NoError(t, w.hearEvent("J", "member_joined_channel", &slackevent.Membership{
		Type: "member_joined_channel", User: botID, Inviter: "U1", Channel: general, ChannelType: "C", EventTS: "1700000001.000100",
	}))
	require.Len(t, w.api.posted(t), 1)
	require.NotContains(t, w.api.posted(t)[0], "#slack_general")
}
