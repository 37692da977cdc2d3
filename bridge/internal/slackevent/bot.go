package slackevent

import "time"

// Bot is an integration's poster: bots.info's answer and a message's
// bot_profile. UserID is "" in the latter.
type Bot struct {
	ID      string    `json:"id" shape:"strict"`
	AppID   string    `json:"app_id,omitempty"`
	UserID  string    `json:"user_id,omitempty"`
	TeamID  string    `json:"team_id,omitempty"`
	Name    string    `json:"name,omitempty"`
	Deleted bool      `json:"deleted,omitempty"`
	Updated time.Time `json:"updated,omitzero"`
	Icons   Icons     `json:"icons,omitzero"`
}

// UnmarshalJSON implements json.Unmarshaler by [Unmarshal].
func (b *Bot) UnmarshalJSON(data []byte) error { return Unmarshal(data, b) }
