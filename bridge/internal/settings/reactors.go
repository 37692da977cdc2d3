package settings

// Reactors says where Slack shows who in Matrix has reacted, since all their reactions are
// the bot's there.
type Reactors string

// The values of network.reactors.
const (
	ReactorsThread Reactors = "thread"
	ReactorsOff    Reactors = "off"
)
