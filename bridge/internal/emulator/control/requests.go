package control

import (
	"encoding/json"

	"ops-jrz1/bridge/internal/emulator/workspace"
)

// PostRequest says a message as a person, or with Bot as a foreign bot.
type PostRequest struct {
	User        string              `json:"user,omitempty"`
	Bot         string              `json:"bot,omitempty"`
	Channel     string              `json:"channel"`
	Text        string              `json:"text"`
	ThreadTS    string              `json:"thread_ts,omitempty"`
	Broadcast   bool                `json:"broadcast,omitempty"`
	Me          bool                `json:"me,omitempty"`
	Blocks      json.RawMessage     `json:"blocks,omitempty"`
	Attachments json.RawMessage     `json:"attachments,omitempty"`
	Metadata    *workspace.Metadata `json:"metadata,omitempty"`
	Username    string              `json:"username,omitempty"`
	Icons       map[string]string   `json:"icons,omitempty"`
	// Raw stores the text as it is and makes no rich_text block of it.
	Raw bool `json:"raw,omitempty"`
	// Files come with the message.
	Files []FileContent `json:"files,omitempty"`
}

// FileContent is a file that a person shares.
type FileContent struct {
	Name    string `json:"name"`
	Title   string `json:"title,omitempty"`
	AltText string `json:"alt_text,omitempty"`
	// Content are the bytes, base64 in JSON.
	Content []byte `json:"content,omitempty"`
	// Snippet makes it a snippet of a type such as python.
	Snippet string `json:"snippet,omitempty"`
	// Post makes it a post whose paragraphs are the lines of its content.
	Post bool `json:"post,omitempty"`
	// External is the address of a file that is kept elsewhere.
	External string `json:"external,omitempty"`
	// Thin makes its objects in events stubs, as of a file that was first in a channel that is
	// shared with another workspace: files.info has the rest.
	Thin bool `json:"thin,omitempty"`
	// Extra are further keys of its object, such as duration_ms.
	Extra map[string]any `json:"extra,omitempty"`
}

// FileRequest deletes a file as a person, or gives it another title.
type FileRequest struct {
	User  string `json:"user"`
	File  string `json:"file"`
	Title string `json:"title,omitempty"`
}

// EditRequest changes a person's own message.
type EditRequest struct {
	User        string          `json:"user"`
	Channel     string          `json:"channel"`
	TS          string          `json:"ts"`
	Text        string          `json:"text"`
	Blocks      json.RawMessage `json:"blocks,omitempty"`
	Attachments json.RawMessage `json:"attachments,omitempty"`
}

// ItemRequest names a message and, for reactions, an emoji.
type ItemRequest struct {
	User    string `json:"user"`
	Channel string `json:"channel"`
	TS      string `json:"ts"`
	Name    string `json:"name,omitempty"`
}

// BookmarkRequest adds a bookmark to a channel, or removes the one of an id.
type BookmarkRequest struct {
	User    string `json:"user"`
	Channel string `json:"channel"`
	ID      string `json:"id,omitempty"`
	Title   string `json:"title,omitempty"`
	Link    string `json:"link,omitempty"`
	Emoji   string `json:"emoji,omitempty"`
}

// ChannelRequest does something to a channel as a person. Users are invited or
// kicked; Value is a name, topic or purpose.
type ChannelRequest struct {
	User    string   `json:"user"`
	Channel string   `json:"channel,omitempty"`
	Value   string   `json:"value,omitempty"`
	Private bool     `json:"private,omitempty"`
	Users   []string `json:"users,omitempty"`
	// Restricted says that only owners and administrators may post.
	Restricted bool `json:"restricted,omitempty"`
}

// ShareRequest shares a channel with another workspace, or ends that. Name is what the channel
// is called there, as here if it is empty; Private says that it is private there; Users are
// the people of that workspace who come in at once.
type ShareRequest struct {
	User    string   `json:"user"`
	Channel string   `json:"channel"`
	Team    string   `json:"team"`
	Name    string   `json:"name,omitempty"`
	Private bool     `json:"private,omitempty"`
	Users   []string `json:"users,omitempty"`
}

// DirectRequest opens a DM or group DM of a person with others, or closes one.
type DirectRequest struct {
	User    string   `json:"user"`
	With    []string `json:"with,omitempty"`
	Channel string   `json:"channel,omitempty"`
}

// HomeRequest opens an app's home; Tab is home or messages.
type HomeRequest struct {
	User string `json:"user"`
	App  string `json:"app,omitempty"`
	Tab  string `json:"tab,omitempty"`
}

// CommandRequest uses a slash command, such as /echo, as a person.
type CommandRequest struct {
	User    string `json:"user"`
	Channel string `json:"channel"`
	Command string `json:"command"`
	Text    string `json:"text,omitempty"`
}

// UserRequest adds a person to the workspace.
type UserRequest struct {
	ID          string `json:"id,omitempty"`
	Name        string `json:"name"`
	RealName    string `json:"real_name,omitempty"`
	DisplayName string `json:"display_name,omitempty"`
	Email       string `json:"email,omitempty"`
	Image       string `json:"image,omitempty"`
	Guest       bool   `json:"guest,omitempty"`
}

// ProfileRequest changes a person's profile; what is nil stays.
type ProfileRequest struct {
	User string `json:"user"`
	workspace.ProfileChange
	Presence string `json:"presence,omitempty"`
	Deleted  *bool  `json:"deleted,omitempty"`
	Admin    *bool  `json:"admin,omitempty"`
}

// TeamRequest renames the workspace or moves its domain.
type TeamRequest struct {
	Name   string `json:"name,omitempty"`
	Domain string `json:"domain,omitempty"`
}

// EmojiRequest adds a custom emoji by its picture (base64 in JSON) or by an address
// or alias, gives it another name, or removes it when there is none of these.
type EmojiRequest struct {
	Name    string `json:"name"`
	Value   string `json:"value,omitempty"`
	Content []byte `json:"content,omitempty"`
	Rename  string `json:"rename,omitempty"`
}

// AppRequest changes an app as its settings page would: scopes and events to
// add or remove, Socket Mode on or off, tokens to revoke or replace.
type AppRequest struct {
	App          string   `json:"app,omitempty"`
	AddScopes    []string `json:"add_scopes,omitempty"`
	RemoveScopes []string `json:"remove_scopes,omitempty"`
	AddEvents    []string `json:"add_events,omitempty"`
	RemoveEvents []string `json:"remove_events,omitempty"`
	AddCommands  []string `json:"add_commands,omitempty"`
	SocketMode   *bool    `json:"socket_mode,omitempty"`
	MessagesTab  *bool    `json:"messages_tab,omitempty"`
	// MetadataEvents are event types of the app's own whose payloads its events
	// carry (metadata_subscriptions).
	MetadataEvents []string `json:"metadata_events,omitempty"`
}

// TokenRequest revokes or replaces an app's tokens of a kind (bot or app). Code
// is what their use is then refused with, token_revoked if empty; Value is the
// new token, made up if empty. Answers never hold tokens: the emulator's tokens
// file does.
type TokenRequest struct {
	App   string              `json:"app,omitempty"`
	Kind  workspace.TokenKind `json:"kind"`
	Code  string              `json:"code,omitempty"`
	Value string              `json:"value,omitempty"`
}

// SocketRequest picks sockets of an app, all if Socket is empty, and says what
// happens to them.
type SocketRequest struct {
	App    string `json:"app,omitempty"`
	Socket string `json:"socket,omitempty"`
	// Reason is a disconnect's or a close frame's.
	Reason string `json:"reason,omitempty"`
	Code   uint16 `json:"code,omitempty"`
	// Kind and Text describe a broken frame: json, binary, frame or text.
	Kind string `json:"kind,omitempty"`
	Text string `json:"text,omitempty"`
	// Count and How refuse the next sockets: an HTTP status, close, cut, or a
	// disconnect reason.
	Count int    `json:"count,omitempty"`
	How   string `json:"how,omitempty"`
}

// EventRequest raises an event of the caller's own making, or with Envelope a
// whole envelope of another type (interactive, slash_commands).
type EventRequest struct {
	App             string          `json:"app,omitempty"`
	Type            string          `json:"type,omitempty"`
	Channel         string          `json:"channel,omitempty"`
	Event           json.RawMessage `json:"event,omitempty"`
	Envelope        string          `json:"envelope,omitempty"`
	Payload         json.RawMessage `json:"payload,omitempty"`
	AcceptsResponse bool            `json:"accepts_response_payload,omitempty"`
}

// ClockRequest steps the emulated time by milliseconds or changes its scale.
type ClockRequest struct {
	StepMS int64    `json:"step_ms,omitempty"`
	Scale  *float64 `json:"scale,omitempty"`
	// RateScale changes the rate limits' scale; 0 takes them away.
	RateScale *float64 `json:"rate_scale,omitempty"`
}

// UserGroupRequest adds a user group, or changes the one of the id.
type UserGroupRequest struct {
	ID          string   `json:"id,omitempty"`
	Name        string   `json:"name"`
	Handle      string   `json:"handle"`
	Description string   `json:"description,omitempty"`
	Users       []string `json:"users,omitempty"`
}
