package slackevent

// Membership is member_joined_channel or member_left_channel; it comes for the
// app's own bot too.
type Membership struct {
	Type    string `json:"type" shape:"strict"`
	User    string `json:"user" shape:"strict"`
	Channel string `json:"channel" shape:"strict"`
	// ChannelType is C for a public and G for a private channel.
	ChannelType string `json:"channel_type,omitempty"`
	Team        string `json:"team,omitempty"`
	Inviter     string `json:"inviter,omitempty"`
	EventTS     string `json:"event_ts,omitempty"`
}

// Joined says whether the user came or went.
func (m *Membership) Joined() bool { return m.Type == "member_joined_channel" }

// Conversation implements Event.
func (m *Membership) Conversation() string { return m.Channel }
