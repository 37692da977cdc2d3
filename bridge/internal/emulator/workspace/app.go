package workspace

import (
	"encoding/json"
	"slices"
)

// TokenKind is what a token stands for.
type TokenKind string

// The kinds of token the emulator gives out.
const (
	BotToken TokenKind = "bot"
	AppToken TokenKind = "app"
	// ConfigurationToken is a person's, for the manifests of apps.
	ConfigurationToken TokenKind = "configuration"
)

// Token is a credential of an app, or of a person who configures apps. Its value never leaves the workspace but by
// the file that the program writes.
type Token struct {
	Value  string
	Kind   TokenKind
	App    string
	Scopes []string
	// User is whose a configuration token is, Expires when it ends, in Unix seconds.
	User    string
	Expires int64
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
	// Requested are the scopes that the manifest asks for since the last installation;
	// nil when the installation is up to date.
	Requested []string `json:"requested_scopes,omitempty"`
	// Collaborators are the users whose configuration tokens reach the app, all if there
	// are none.
	Collaborators []string `json:"collaborators,omitempty"`
	// Manifest is the whole manifest.
	Manifest json.RawMessage `json:"-"`

	botName string
	icons   map[string]string
	// levelScopes are those of the app-level token that is made at the installation.
	levelScopes []string
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
	c.Requested = slices.Clone(a.Requested)
	c.Collaborators = slices.Clone(a.Collaborators)
	c.Manifest = slices.Clone(a.Manifest)
	return c
}
