package slackevent

import "strings"

// IMCreated is im_created: a DM with User came to be.
type IMCreated struct {
	Type    string       `json:"type"`
	User    string       `json:"user" shape:"strict"`
	Channel Conversation `json:"channel"`
	EventTS string       `json:"event_ts,omitempty"`
}

// Conversation implements Event.
func (i *IMCreated) Conversation() string { return i.Channel.ID }

// decodeIMCreated takes the channel as an object, as documented, or as its id,
// as im_open has it.
func decodeIMCreated(cb Callback) (Event, error) {
	event, err := as[IMCreated](cb)
	if err != nil {
		return nil, err
	}
	created := event.(*IMCreated)
	if created.Channel.ID == "" {
		var open IMOpen
		if err := Unmarshal(cb.Event, &open); err == nil {
			created.Channel.ID = open.Channel
		}
	}
	return created, nil
}

// IMOpen is im_open, im_close, group_open or group_close: a person took a DM or
// private channel into their list, or out of it. Nothing else about it changed.
type IMOpen struct {
	Type    string `json:"type" shape:"strict"`
	User    string `json:"user" shape:"strict"`
	Channel string `json:"channel" shape:"strict"`
	EventTS string `json:"event_ts,omitempty"`
}

// Opened says whether the conversation was opened or closed.
func (i *IMOpen) Opened() bool { return strings.HasSuffix(i.Type, "_open") }

// Conversation implements Event.
func (i *IMOpen) Conversation() string { return i.Channel }
