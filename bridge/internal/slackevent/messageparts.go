package slackevent

import (
	"encoding/json"
	"time"
)

// Edited says who last changed a message, and when.
type Edited struct {
	User string `json:"user,omitempty"`
	TS   string `json:"ts,omitempty"`
}

// Icons is the picture a bot_message is shown with: an emoji as `:name:`, or
// URLs by size.
type Icons struct {
	Emoji   string `json:"emoji,omitempty"`
	Image36 string `json:"image_36,omitempty"`
	Image48 string `json:"image_48,omitempty"`
	Image64 string `json:"image_64,omitempty"`
	Image72 string `json:"image_72,omitempty"`
}

// Metadata is what an app attached to a message for other apps (Slack docs:
// message metadata). EventPayload is an object, or nil where Slack strips it:
// in message events without a metadata subscription.
type Metadata struct {
	EventType    string                     `json:"event_type,omitempty"`
	EventPayload map[string]json.RawMessage `json:"event_payload,omitempty"`
}

// ReactionCount is one emoji's reactions as history shows them on a message.
// Users may list fewer people than Count.
type ReactionCount struct {
	Name  string   `json:"name"`
	Users []string `json:"users,omitempty"`
	Count int      `json:"count"`
}

// Room is the call of a huddle_thread message.
type Room struct {
	ID           string    `json:"id,omitempty"`
	Name         string    `json:"name,omitempty"`
	CreatedBy    string    `json:"created_by,omitempty"`
	DateStart    time.Time `json:"date_start,omitzero"`
	DateEnd      time.Time `json:"date_end,omitzero"`
	HasEnded     bool      `json:"has_ended,omitempty"`
	Participants []string  `json:"participants,omitempty"`
	HuddleLink   string    `json:"huddle_link,omitempty"`
}
