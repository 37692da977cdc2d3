package settings

// Direction says which way messages cross between a conversation and its room.
type Direction string

// The values of a direction.
const (
	BothWays      Direction = "both"
	OnlyFromSlack Direction = "from_slack"
	OnlyToSlack   Direction = "to_slack"
)

// FromSlack says whether what is said in Slack is carried to Matrix.
func (d Direction) FromSlack() bool { return d != OnlyToSlack }

// ToSlack says whether what is said in Matrix is carried to Slack.
func (d Direction) ToSlack() bool { return d != OnlyFromSlack }

// ChannelDirection is one entry of network.channels.directions.
type ChannelDirection struct {
	Channel   string    `yaml:"channel"`
	Direction Direction `yaml:"direction"`
}

// Direction returns the direction of a conversation: that of the first entry whose pattern
// matches its name or one of its ids, or both ways. Names are compared as in
// [ChannelFilter.Allows].
func (f ChannelFilter) Direction(name string, ids ...string) Direction {
	for _, entry := range f.Directions {
		if matchesAny([]string{entry.Channel}, name, ids) {
			return entry.Direction
		}
	}
	return BothWays
}
