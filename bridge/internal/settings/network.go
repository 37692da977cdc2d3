package settings

import (
	"path"
	"strings"

	"maunium.net/go/mautrix/id"
)

// Network is the section `network`: everything that concerns Slack.
type Network struct {
	// Displayname names a ghost; it is executed on a User.
	Displayname Template
	// ChannelName names the room of a channel; it is executed on a Channel.
	ChannelName Template
	// TeamName names the space of a workspace; it is executed on a Team.
	TeamName Template
	// ConversationCount is how many conversations get a room when a login
	// connects, the newest first. 0 is none, -1 is all of them.
	ConversationCount int
	// Channels says which conversations are bridged at all.
	Channels ChannelFilter
	// Invite lists the people who are invited to the space of a workspace and
	// to its rooms, besides the owner of the login.
	Invite []id.UserID
	// Logins are the declared logins: made at start, without a chat.
	Logins []Login
	// SlackAPIURL is the address of Slack's Web API, ending in a slash.
	SlackAPIURL string
	// SlackTimeScale multiplies every limit and wait that Slack imposes. It is 1
	// unless SlackAPIURL is on a loopback address.
	SlackTimeScale float64
}

// ChannelFilter holds glob patterns (`*`, `?`, `[a-z]`) on the name or the id of
// a conversation.
type ChannelFilter struct {
	Include []string `yaml:"include"`
	Exclude []string `yaml:"exclude"`
}

// Allows says whether a conversation is bridged: a pattern of Include matches
// its name or id (or Include is empty), and none of Exclude does. Names are
// compared without a leading # and without regard to case. The name may be
// empty, as it is for direct messages.
func (f ChannelFilter) Allows(name, channelID string) bool {
	if matchesAny(f.Exclude, name, channelID) {
		return false
	}
	return len(f.Include) == 0 || matchesAny(f.Include, name, channelID)
}

func matchesAny(patterns []string, name, channelID string) bool {
	name = foldName(name)
	for _, pattern := range patterns {
		if matched, err := path.Match(pattern, channelID); err == nil && matched {
			return true
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
