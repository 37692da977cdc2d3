package slackevent

import (
	"encoding/json"
	"fmt"
	"time"
)

// TypeEventCallback is the type of a payload that carries an event.
const TypeEventCallback = "event_callback"

// Callback is the payload of an events_api envelope: an event and for whom it is
// (Slack docs: Events API, callback field overview).
type Callback struct {
	// Type is event_callback, or app_rate_limited for the one payload that
	// carries no event.
	Type   string `json:"type" shape:"strict"`
	TeamID string `json:"team_id" shape:"strict"`
	AppID  string `json:"api_app_id,omitempty"`
	// EventID is the same in every delivery of an event: the key by which
	// duplicates are known.
	EventID   string    `json:"event_id,omitempty" shape:"strict"`
	EventTime time.Time `json:"event_time,omitzero"`

	EnterpriseID        string `json:"enterprise_id,omitempty"`
	ContextTeamID       string `json:"context_team_id,omitempty"`
	ContextEnterpriseID string `json:"context_enterprise_id,omitempty"`
	// IsExtShared says that the event's channel is shared with another
	// organisation by Slack Connect.
	IsExtShared bool `json:"is_ext_shared_channel,omitempty"`
	// Authorizations names one installation that may see the event, at most.
	Authorizations []Authorization `json:"authorizations,omitempty"`

	// InnerType is the event's own type, for example message.
	InnerType string `json:"inner_type"`
	// Event is the event as sent; nil for app_rate_limited.
	Event json.RawMessage `json:"event,omitempty"`
	// MinuteRateLimited is set for app_rate_limited alone: the start of the
	// minute in which deliveries were dropped.
	MinuteRateLimited time.Time `json:"minute_rate_limited,omitzero"`
}

// Authorization is one installation of the app that an event is visible to.
type Authorization struct {
	EnterpriseID        string `json:"enterprise_id,omitempty"`
	TeamID              string `json:"team_id,omitempty"`
	UserID              string `json:"user_id,omitempty"`
	IsBot               bool   `json:"is_bot,omitempty"`
	IsEnterpriseInstall bool   `json:"is_enterprise_install,omitempty"`
}

// ParseCallback reads the payload of an events_api envelope. A payload without
// any event type is an error.
func ParseCallback(payload []byte) (Callback, error) {
	var cb Callback
	if err := Unmarshal(payload, &cb); err != nil {
		return Callback{}, fmt.Errorf("read an event callback: %w", err)
	}
	var event struct {
		Type string `json:"type" shape:"strict"`
	}
	cb.InnerType = ""
	if !isEmpty(cb.Event) && len(cb.Event) > 0 {
		if err := Unmarshal(cb.Event, &event); err != nil {
			return Callback{}, fmt.Errorf("read the event of callback %.40q: %w", cb.EventID, err)
		}
		cb.InnerType = event.Type
	} else if cb.Type == typeRateLimited {
		cb.InnerType = typeRateLimited
	}
	if cb.InnerType == "" {
		return Callback{}, fmt.Errorf("read callback %.40q: %w: its event has no type", cb.EventID, ErrShape)
	}
	return cb, nil
}
