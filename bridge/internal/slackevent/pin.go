package slackevent

import "time"

// Pin is pin_added or pin_removed.
type Pin struct {
	Type      string  `json:"type" shape:"strict"`
	User      string  `json:"user" shape:"strict"`
	ChannelID string  `json:"channel_id" shape:"strict"`
	Item      PinItem `json:"item" shape:"strict"`
	ItemUser  string  `json:"item_user,omitempty"`
	PinCount  int     `json:"pin_count,omitempty"`
	HasPins   bool    `json:"has_pins,omitempty"`
	EventTS   string  `json:"event_ts,omitempty"`
}

// PinItem is what was pinned: Message for type message, File for type file.
type PinItem struct {
	Type      string    `json:"type" shape:"strict"`
	Channel   string    `json:"channel,omitempty"`
	Created   time.Time `json:"created,omitzero"`
	CreatedBy string    `json:"created_by,omitempty"`
	Message   *Message  `json:"message,omitempty"`
	File      *File     `json:"file,omitempty"`
}

// Added says whether the pin was set or taken away.
func (p *Pin) Added() bool { return p.Type == "pin_added" }

// Conversation implements Event.
func (p *Pin) Conversation() string { return p.ChannelID }
