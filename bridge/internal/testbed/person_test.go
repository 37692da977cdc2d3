package testbed

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"ops-jrz1/bridge/internal/testbed/homeserver"
	"ops-jrz1/bridge/internal/testbed/ports"
	"ops-jrz1/bridge/internal/testbed/stack"
)

// TestPeople tries the verbs of people in Matrix on two people and a Synapse without
// any bridge.
func TestPeople(t *testing.T) {
	bed := withoutBridge(t)
	ann, bob := bed.MustRegister("ann"), bed.MustRegister("bob")
	require.Equal(t, id.UserID("@ann:"+stack.ServerName), ann.UserID)

	space := mustCreate(t, ann, &mautrix.ReqCreateRoom{
		Name: "Workspace", Invite: []id.UserID{bob.UserID},
		CreationContent: map[string]any{"type": event.RoomTypeSpace},
	})
	room := mustCreate(t, ann, &mautrix.ReqCreateRoom{
		Name: "#general", Preset: "private_chat", RoomVersion: "10",
		InitialState: []*event.Event{joinableFrom(space)},
	})
	_, err := ann.Client.SendStateEvent(t.Context(), space, event.StateSpaceChild, room.String(), &event.SpaceChildEventContent{Via: []string{stack.ServerName}})
	require.NoError(t, err)
	before := ann.MustSend(room, "before you came")

	require.Equal(t, space, bob.AwaitInvite("Workspace"))
	bob.MustJoin(space.String())
	require.Equal(t, map[string]id.RoomID{"#general": room}, bob.Children(space))
	require.Equal(t, room, bob.MustJoin(bob.AwaitChild(space, "#general").String()))
	ann.AwaitMember(room, bob.UserID)
	bob.AwaitName(room, "#general")
	require.Equal(t, room, bob.AwaitRoom("#general"), "a room that the person is in already counts")
	require.Equal(t, before, bob.AwaitText(room, "before you came").ID, "messages from before the invitation are seen too")

	hello := ann.MustSendHTML(room, "hello *you*", "hello <b>you</b>")
	seen := bob.AwaitText(room, "hello *you*")
	require.Equal(t, hello, seen.ID)
	require.Equal(t, "hello <b>you</b>", seen.HTML)

	ann.MustEdit(room, hello, "hello all")
	require.Equal(t, hello, bob.AwaitEdit(room, hello, "hello all").Edits)

	answer := bob.MustReply(room, hello, "hi")
	require.Equal(t, hello, ann.AwaitText(room, "hi").ReplyTo)
	threaded := bob.MustThread(room, hello, "by the way")
	inThread := ann.AwaitText(room, "by the way")
	require.Equal(t, hello, inThread.Thread)
	require.Equal(t, threaded, inThread.ID)
	require.Empty(t, inThread.ReplyTo, "the fallback for old clients is not an answer")

	ann.MustReact(room, answer, "👍")
	reaction := bob.AwaitReaction(room, answer, "👍")
	require.Equal(t, ann.UserID, reaction.Sender)
	ann.MustRedact(room, reaction.ID)
	bob.AwaitRedacted(room, reaction.ID)
	bob.MustRedact(room, answer)
	ann.AwaitRedacted(room, answer)

	bodies := []string{}
	for _, m := range ann.Messages(room) {
		if !m.Redacted {
			bodies = append(bodies, m.Body)
		}
	}
	require.Equal(t, []string{"before you came", "hello *you*", "hello all", "by the way"}, bodies)
}

// withoutBridge is a scenario's world with only a homeserver.
func withoutBridge(t *testing.T) *Bed {
	t.Helper()
	port, err := ports.Reserve()
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, port.Release()) })
	dir := t.TempDir()
	server, err := homeserver.Synapse(homeserver.Config{
		Dir: dir, Log: filepath.Join(dir, "homeserver.log"), ServerName: stack.ServerName, Port: port.Port,
	}, "../../../.cache/synapse")
	require.NoError(t, err)
	require.NoError(t, server.Start(t.Context()))
	bed := &Bed{t: t, ctx: t.Context(), Dir: dir, stack: &stack.Stack{Homeserver: server}}
	t.Cleanup(bed.finish)
	return bed
}

func mustCreate(t *testing.T, p *Person, request *mautrix.ReqCreateRoom) id.RoomID {
	t.Helper()
	room, err := p.Client.CreateRoom(t.Context(), request)
	require.NoError(t, err)
	return room.RoomID
}

// joinableFrom is the join rule of a room that the members of a space may join.
func joinableFrom(space id.RoomID) *event.Event {
	empty := ""
	return &event.Event{
		Type: event.StateJoinRules, StateKey: &empty,
		Content: event.Content{Parsed: &event.JoinRulesEventContent{
			JoinRule: event.JoinRuleRestricted,
			Allow:    []event.JoinRuleAllow{{Type: event.JoinRuleAllowRoomMembership, RoomID: space}},
		}},
	}
}
