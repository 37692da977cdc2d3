package settings

import (
	"path"
	"strings"
)

// ChannelFilter is the section network.channels: glob patterns (`*`, `?`, `[a-z]`) on the
// name or the id of a conversation.
type ChannelFilter struct {
	Include []string `yaml:"include"`
	Exclude []string `yaml:"exclude"`
	// Ask says that a channel gets a room once one of its people has said yes in Slack.
	Ask bool `yaml:"ask"`
	// Directions say which way messages cross; the first that matches counts.
	Directions []ChannelDirection `yaml:"directions"`
	// Rooms link channels with rooms that people made.
	Rooms []ChannelRoom `yaml:"rooms"`
	// RoomsFollow says that linked rooms have the names and topics of their channels.
	RoomsFollow bool `yaml:"rooms_follow"`
}

// Allows says whether a conversation is bridged: a pattern of Include matches
// its name or one of its ids (or Include is empty), and none of Exclude does. Names are
// compared without a leading # and without regard to case. The name may be
// empty, as it is for direct messages. A channel that got another id has several.
func (f ChannelFilter) Allows(name string, ids ...string) bool {
	if matchesAny(f.Exclude, name, ids) {
		return false
	}
	return len(f.Include) == 0 || matchesAny(f.Include, name, ids)
}

func matchesAny(patterns []string, name string, ids []string) bool {
	name = foldName(name)
	for _, pattern := range patterns {
		for _, id := range ids {
			if matched, err := path.Match(pattern, id); err == nil && matched {
				return true
			}
		}
		if matched, err := path.Match(foldName(pattern), name); err == nil && matched && name != "" {
			return true
		}
	}
	return false
}

func foldName(name string) string {
	return strings.ToLower(strings.TrimPrefix(name, "#"))
}
