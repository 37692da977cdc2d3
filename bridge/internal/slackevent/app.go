package slackevent

import "time"

// typeRateLimited is the one event that comes without an event object.
const typeRateLimited = "app_rate_limited"

// AppHomeOpened is app_home_opened: User looks at the app's page in Slack.
type AppHomeOpened struct {
	Type    string `json:"type"`
	User    string `json:"user" shape:"strict"`
	Channel string `json:"channel" shape:"strict"`
	Tab     string `json:"tab,omitempty"` // home or messages
	EventTS string `json:"event_ts,omitempty"`
}

// Conversation is the DM between user and app.
func (a *AppHomeOpened) Conversation() string { return a.Channel }

// AppUninstalled is app_uninstalled: the tokens are dead.
type AppUninstalled struct {
	Type    string `json:"type"`
	EventTS string `json:"event_ts,omitempty"`
}

// Conversation is "": the workspace's own event.
func (*AppUninstalled) Conversation() string { return "" }

// TokensRevoked is tokens_revoked. It names the users whose tokens died, OAuth
// by user id and Bot by the bot's user id, never the tokens.
type TokensRevoked struct {
	Type   string `json:"type"`
	Tokens struct {
		OAuth []string `json:"oauth,omitempty"`
		Bot   []string `json:"bot,omitempty"`
	} `json:"tokens"`
	EventTS string `json:"event_ts,omitempty"`
}

// Conversation is "": the workspace's own event.
func (*TokensRevoked) Conversation() string { return "" }

// RateLimited is app_rate_limited: more than 30,000 events fell due within an
// hour, and those of the minute Since were not sent (Slack docs: Events API,
// rate limiting).
type RateLimited struct {
	Type  string    `json:"type"`
	Since time.Time `json:"minute_rate_limited,omitzero"`
}

// Conversation is "": the workspace's own event.
func (*RateLimited) Conversation() string { return "" }

// decodeRateLimited takes the facts from the event, or from the callback where
// Slack puts them when there is no event.
func decodeRateLimited(cb Callback) (Event, error) {
	if len(cb.Event) == 0 || isEmpty(cb.Event) {
		return &RateLimited{Type: typeRateLimited, Since: cb.MinuteRateLimited}, nil
	}
	return as[RateLimited](cb)
}
