package workspace

import "slices"

// TokenKind is what a token stands for.
type TokenKind string

// The kinds of token the emulator gives out.
const (
	BotToken TokenKind = "bot"
	AppToken TokenKind = "app"
)

// Token is a credential of an app. Its value never leaves the workspace but by
// the file that the program writes.
type Token struct {
	Value  string
	Kind   TokenKind
	App    string
	Scopes []string
	// Revoked is the code that the token's use is refused with, "" while it works.
	Revoked string
}

// MetadataSubscription lets an app see metadata payloads in message events.
type MetadataSubscription struct {
	AppID     string `json:"app_id" yaml:"app_id"`
	EventType string `json:"event_type" yaml:"event_type"`
}

// App is an app with what its manifest asks for.
type App struct {
	ID                    string                 `json:"id"`
	Name                  string                 `json:"name"`
	ClientID              string                 `json:"client_id"`
	ClientSecret          string                 `json:"-"`
	BotID                 string                 `json:"bot_id"`
	BotUser               string                 `json:"bot_user"`
	Scopes                []string               `json:"scopes"`
	Events                []string               `json:"bot_events"`
	MetadataSubscriptions []MetadataSubscription `json:"metadata_subscriptions,omitempty"`
	Commands              []string               `json:"commands,omitempty"`
	SocketMode            bool                   `json:"socket_mode"`
	MessagesTab           bool                   `json:"messages_tab"`
	HomeTab               bool                   `json:"home_tab"`
	Installed             bool                   `json:"installed"`
}

// HasScope says whether the app was granted any of the scopes; no scopes at all
// are always granted.
func (a *App) HasScope(anyOf ...string) bool {
	return len(anyOf) == 0 || slices.ContainsFunc(anyOf, func(s string) bool { return slices.Contains(a.Scopes, s) })
}

// Subscribes says whether the app's manifest lists the event.
func (a *App) Subscribes(event string) bool { return slices.Contains(a.Events, event) }

// clone returns a copy that shares nothing.
func (a *App) clone() App {
	c := *a
	c.Scopes = slices.Clone(a.Scopes)
	c.Events = slices.Clone(a.Events)
	c.Commands = slices.Clone(a.Commands)
	c.MetadataSubscriptions = slices.Clone(a.MetadataSubscriptions)
	return c
}
