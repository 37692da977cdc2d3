package connector

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

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
		want    []string
	}{
		"all, newest first": {settings.Network{ConversationCount: -1}, []string{"C5", "C2", "C3", "C1"}},
		"the newest two":    {settings.Network{ConversationCount: 2}, []string{"C5", "C2"}},
		"none":              {settings.Network{ConversationCount: 0}, nil},
		"without secret-*": {
			settings.Network{ConversationCount: -1, Channels: settings.ChannelFilter{Exclude: []string{"secret-*"}}},
			[]string{"C2", "C3", "C1"},
		},
		"included by id": {
			settings.Network{ConversationCount: -1, Channels: settings.ChannelFilter{Include: []string{"C1"}}},
			[]string{"C1"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			c := &Client{connector: New(Options{Network: tc.network})}
			var got []string
			for _, conversation := range c.choose(all) {
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
