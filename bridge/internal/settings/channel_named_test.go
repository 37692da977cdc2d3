package settings_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"ops-jrz1/bridge/internal/settings"
)

func TestNamedChannels(t *testing.T) {
	network := settings.Network{SelftestChannel: "tests", Channels: settings.ChannelFilter{
		Include:    []string{"#general", "team-*", "old-plans"},
		Exclude:    []string{"old-*"},
		Directions: []settings.ChannelDirection{{Channel: "announce"}, {Channel: "[ab]c"}},
		Rooms:      []settings.ChannelRoom{{Channel: "C0123456789"}},
	}}
	named := network.NamedChannels()
	require.Equal(t, []settings.NamedChannel{
		{Key: "network.selftest_channel", Channel: "tests"},
		{Key: "network.channels.include", Channel: "#general"},
		{Key: "network.channels.directions", Channel: "announce"},
		{Key: "network.channels.rooms", Channel: "C0123456789"},
	}, named)
	require.True(t, named[1].Is("General", "C1"))
	require.False(t, named[1].Is("", "C1"))
	require.True(t, named[3].Is("", "C0123456789"))
}
