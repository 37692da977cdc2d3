package settings

import "strings"

// NamedChannel is a channel that a setting names, and does not only match.
type NamedChannel struct {
	// Key is the setting, Channel the name or the id in it.
	Key, Channel string
}

// Is says whether a conversation is the one that is named.
func (c NamedChannel) Is(name, channelID string) bool {
	return c.Channel == channelID || name != "" && foldName(c.Channel) == foldName(name)
}

// NamedChannels are the channels that settings name. What is excluded is not among them.
func (n *Network) NamedChannels() []NamedChannel {
	var named []NamedChannel
	if n.SelftestChannel != "" {
		named = append(named, NamedChannel{"network.selftest_channel", n.SelftestChannel})
	}
	add := func(key, channel string) {
		if !strings.ContainsAny(channel, `*?[\`) && !matchesAny(n.Channels.Exclude, channel, []string{channel}) {
			named = append(named, NamedChannel{"network.channels." + key, channel})
		}
	}
	for _, pattern := range n.Channels.Include {
		add("include", pattern)
	}
	for _, entry := range n.Channels.Directions {
		add("directions", entry.Channel)
	}
	for _, entry := range n.Channels.Rooms {
		add("rooms", entry.Channel)
	}
	return named
}
