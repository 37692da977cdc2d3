package slackevent

import "strings"

// ChannelCreated is channel_created: a public channel is there, whether or not
// the bot is in it.
type ChannelCreated struct {
	Type    string       `json:"type"`
	Channel Conversation `json:"channel" shape:"strict"`
	EventTS string       `json:"event_ts,omitempty"`
}

// Conversation implements Event.
func (c *ChannelCreated) Conversation() string { return c.Channel.ID }

// ChannelRename is channel_rename or group_rename: Channel carries the new name.
type ChannelRename struct {
	Type    string       `json:"type"`
	Channel Conversation `json:"channel" shape:"strict"`
	EventTS string       `json:"event_ts,omitempty"`
}

// Conversation implements Event.
func (c *ChannelRename) Conversation() string { return c.Channel.ID }

// ChannelArchive is channel_archive, channel_unarchive, group_archive or
// group_unarchive.
type ChannelArchive struct {
	Type    string `json:"type" shape:"strict"`
	Channel string `json:"channel" shape:"strict"`
	User    string `json:"user,omitempty"`
	ActorID string `json:"actor_id,omitempty"` // instead of User in group_unarchive
	EventTS string `json:"event_ts,omitempty"`
}

// Archived says whether the channel is archived now.
func (c *ChannelArchive) Archived() bool { return !strings.HasSuffix(c.Type, "unarchive") }

// Conversation implements Event.
func (c *ChannelArchive) Conversation() string { return c.Channel }

// ChannelDeleted is channel_deleted or group_deleted.
type ChannelDeleted struct {
	Type    string `json:"type"`
	Channel string `json:"channel" shape:"strict"`
	ActorID string `json:"actor_id,omitempty"`
	EventTS string `json:"event_ts,omitempty"`
}

// Conversation implements Event.
func (c *ChannelDeleted) Conversation() string { return c.Channel }

// ChannelLeft is channel_left or group_left: the bot is out of the channel.
type ChannelLeft struct {
	Type    string `json:"type"`
	Channel string `json:"channel" shape:"strict"`
	ActorID string `json:"actor_id,omitempty"`
	EventTS string `json:"event_ts,omitempty"`
}

// Conversation implements Event.
func (c *ChannelLeft) Conversation() string { return c.Channel }

// ChannelIDChanged is channel_id_changed: the same conversation goes by a new
// id, as happens when a channel becomes shared.
type ChannelIDChanged struct {
	Type    string `json:"type"`
	OldID   string `json:"old_channel_id" shape:"strict"`
	NewID   string `json:"new_channel_id" shape:"strict"`
	EventTS string `json:"event_ts,omitempty"`
}

// Conversation is the old id: what came before under it must be handled first.
func (c *ChannelIDChanged) Conversation() string { return c.OldID }

// ChannelShared is channel_shared or channel_unshared: another organisation
// joined or left a Slack Connect channel.
type ChannelShared struct {
	Type           string `json:"type" shape:"strict"`
	Channel        string `json:"channel" shape:"strict"`
	ConnectedTeam  string `json:"connected_team_id,omitempty"`
	PreviousTeam   string `json:"previously_connected_team_id,omitempty"`
	StillExtShared bool   `json:"is_ext_shared,omitempty"` // of channel_unshared
	EventTS        string `json:"event_ts,omitempty"`
}

// Shared says whether an organisation joined or left.
func (c *ChannelShared) Shared() bool { return c.Type == "channel_shared" }

// Conversation implements Event.
func (c *ChannelShared) Conversation() string { return c.Channel }

// HistoryChanged is channel_history_changed, group_history_changed or
// im_history_changed: whatever is known of messages before Latest is stale. The
// documented payload names no channel; then Channel is "".
type HistoryChanged struct {
	Type    string `json:"type"`
	Channel string `json:"channel,omitempty" shape:"strict"`
	Latest  string `json:"latest" shape:"strict"`
	TS      string `json:"ts,omitempty"`
	EventTS string `json:"event_ts,omitempty"`
}

// Conversation is the channel, "" if the event names none.
func (h *HistoryChanged) Conversation() string { return h.Channel }
