package connector

import (
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/id"

	"ops-jrz1/bridge/internal/settings"
	"ops-jrz1/bridge/internal/slackevent"
)

func TestChoose(t *testing.T) {
	at := time.Unix(1_700_000_000, 0)
	all := []slackevent.Conversation{
		{ID: "C1", Name: "old", Created: at},
		{ID: "C2", Name: "busy", Created: at, Updated: at.Add(3 * time.Hour).UnixMilli()},
		{ID: "C3", Name: "new", Created: at.Add(time.Hour)},
		{ID: "C4", Name: "gone", Created: at.Add(5 * time.Hour), IsArchived: true},
		{ID: "C5", Name: "secret-plans", Created: at.Add(4 * time.Hour)},
	}
	for name, tc := range map[string]struct {
		network settings.Network
		rooms   []string
		want    []string
	}{
		"all, newest first":         {settings.Network{ConversationCount: -1}, nil, []string{"C5", "C2", "C3", "C1"}},
		"the newest two":            {settings.Network{ConversationCount: 2}, nil, []string{"C5", "C2"}},
		"the newest two and a room": {settings.Network{ConversationCount: 2}, []string{"C1", "C2", "C4"}, []string{"C5", "C2", "C1"}},
		"none":                      {settings.Network{ConversationCount: 0}, nil, nil},
		"without secret-*": {
			settings.Network{ConversationCount: -1, Channels: settings.ChannelFilter{Exclude: []string{"secret-*"}}},
			nil,
			[]string{"C2", "C3", "C1"},
		},
		"included by id": {
			settings.Network{ConversationCount: -1, Channels: settings.ChannelFilter{Include: []string{"C1"}}},
			nil,
			[]string{"C1"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			c := &Client{connector: New(Options{Network: tc.network})}
			var got []string
			hasRoom := func(conversation slackevent.Conversation) bool { return slices.Contains(tc.rooms, conversation.ID) }
			for _, conversation := range c.choose(all, hasRoom) {
				got = append(got, conversation.ID)
			}
			require.Equal(t, tc.want, got)
		})
	}
}

func TestWelcomeText(t *testing.T) {
	c := newTestClient()
	require.Contains(t, c.welcomeText(nil), "in no channel yet")
	text := c.welcomeText([]slackevent.Conversation{{Name: "random"}, {Name: "general"}, {IsIM: true}})
	require.Contains(t, text, "Bridged channels: #general, #random.")
	require.Contains(t, text, "/invite @bridge")
}

// TestSlowRoomsHoldUpNoMessage has the homeserver be slow with as many new rooms as are
// made at the same time.
func TestSlowRoomsHoldUpNoMessage(t *testing.T) {
	w := newWorld(t)
	var all []answer
	for n := range roomsAtOnce + 1 {
		all = append(all, answer{"id": fmt.Sprintf("C%d", n), "name": fmt.Sprintf("c%d", n), "is_channel": true, "created": 1_700_000_000 - n})
	}
	w.api.onCall(func(c call) answer {
		switch c.method {
		case "users.conversations":
			return answer{"channels": all}
		case "conversations.info":
			return answer{"channel": answer{"id": c.form.Get("channel"), "name": "c", "is_channel": true}}
		}
		return nil
	})
	begun, goOn := make(chan struct{}, len(all)), make(chan struct{})
	w.home.creating = func(*mautrix.ReqCreateRoom) error {
		begun <- struct{}{}
		<-goOn
		return nil
	}
	ctx := w.log.WithContext(t.Context())
	s := w.session()
	s.work.Go(func() { s.syncRooms(ctx) })
	for range roomsAtOnce {
		<-begun
	}
	last := fmt.Sprintf("C%d", roomsAtOnce)
	heard := make(chan error, 1)
	go func() {
		heard <- w.hear("Ev1", slackevent.Message{Channel: last, ChannelType: "channel", User: "U1", TS: "1700000001.000100", Text: "hello"})
	}()
	select {
	case <-begun: // the message makes its room
	case <-time.After(10 * time.Second):
		t.Error("the message waits for rooms of others")
	}
	close(goOn)
	s.work.Wait()
	require.NoError(t, <-heard)
	require.Contains(t, w.home.bodies(), "hello")
}

// TestEveryRoomGetsItsRelay has a room, such as one of mautrix-slack's, whose
// conversation is not among the newest.
func TestEveryRoomGetsItsRelay(t *testing.T) {
	w := newWorld(t, func(network *settings.Network) { network.ConversationCount = 0 })
	portal := w.room()
	portal.Relay, portal.RelayLoginID = nil, ""
	require.NoError(t, portal.Save(t.Context()))
	w.api.onCall(func(c call) answer {
		if c.method == "users.conversations" {
			return answer{"channels": []answer{{"id": general, "name": "general", "is_channel": true}}}
		}
		return nil
	})
	ctx := w.log.WithContext(t.Context())
	s := w.session()
	s.syncRooms(ctx)
	require.Equal(t, w.client.login, portal.Relay)
	require.NoError(t, w.receive(w.write("$m1", "@ann:test", "hello")))
	require.Equal(t, []string{"hello"}, w.api.posted(t))
}

// TestALargeChannelCostsOnePage has a channel of more people than join a room.
func TestALargeChannelCostsOnePage(t *testing.T) {
	w := newWorld(t)
	w.api.onCall(func(c call) answer {
		if c.method != "conversations.members" {
			return nil
		}
		people := make([]string, 200)
		for n := range people {
			people[n] = fmt.Sprintf("U%s%d", c.form.Get("cursor"), n)
		}
		return answer{"members": people, "response_metadata": answer{"next_cursor": c.form.Get("cursor") + "1"}}
	})
	w.room()
	require.Len(t, w.api.of("conversations.members"), 1)
	require.Empty(t, w.api.of("users.list"))
}

// TestTwoLoginsResyncOneChannel has two logins of a workspace bring the same room up to
// date again and again, each with itself as the relay, while people in Matrix write in it.
// The race detector sees whether they keep out of each other's way.
func TestTwoLoginsResyncOneChannel(t *testing.T) {
	w := newWorld(t)
	portal := w.room()
	logins := []*Client{w.client, w.loginOf("@second:test", "UBOT2")}
	conversation, err := w.client.conversations.get(t.Context(), general)
	require.NoError(t, err)
	ctx := w.log.WithContext(t.Context())
	var over atomic.Bool
	var resyncs sync.WaitGroup
	for _, client := range logins {
		resyncs.Go(func() {
			for !over.Load() {
				assert.NoError(t, client.resync(ctx, nil, conversation))
			}
		})
	}
	var want []string
	for n := range 10 {
		want = append(want, fmt.Sprintf("message %d", n))
		require.NoError(t, w.receive(w.write(id.EventID(fmt.Sprintf("$m%d", n)), "@ann:test", want[n])))
	}
	over.Store(true)
	resyncs.Wait()
	require.Equal(t, want, w.api.posted(t))
	require.Contains(t, logins, w.slack.relayOf(portal))
}
