package slackevent

import (
	"encoding/json"
	"fmt"
	"sync"
)

// Event is one decoded event.
type Event interface {
	// Conversation is the id of the channel, group or DM that the event belongs
	// to, within which order must be kept; "" for an event of the workspace.
	Conversation() string
}

// decoder makes an event of its callback.
type decoder func(Callback) (Event, error)

// decoders returns the one table from event type to decoder, which is made once. What
// is not in it is decoded as *Unknown.
var decoders = sync.OnceValue(func() map[string]decoder {
	return map[string]decoder{
		"message": decodeMessageEvent,

		"reaction_added":   as[Reaction],
		"reaction_removed": as[Reaction],
		"pin_added":        as[Pin],
		"pin_removed":      as[Pin],

		"member_joined_channel": as[Membership],
		"member_left_channel":   as[Membership],

		"channel_created":         as[ChannelCreated],
		"channel_rename":          as[ChannelRename],
		"group_rename":            as[ChannelRename],
		"channel_archive":         as[ChannelArchive],
		"channel_unarchive":       as[ChannelArchive],
		"group_archive":           as[ChannelArchive],
		"group_unarchive":         as[ChannelArchive],
		"channel_deleted":         as[ChannelDeleted],
		"group_deleted":           as[ChannelDeleted],
		"channel_left":            as[ChannelLeft],
		"group_left":              as[ChannelLeft],
		"channel_id_changed":      as[ChannelIDChanged],
		"channel_shared":          as[ChannelShared],
		"channel_unshared":        as[ChannelShared],
		"channel_history_changed": as[HistoryChanged],
		"group_history_changed":   as[HistoryChanged],
		"im_history_changed":      as[HistoryChanged],

		"im_created":  decodeIMCreated,
		"im_open":     as[IMOpen],
		"im_close":    as[IMOpen],
		"group_open":  as[IMOpen],
		"group_close": as[IMOpen],

		"team_join":            as[UserChange],
		"user_change":          as[UserChange],
		"user_profile_changed": as[UserChange],
		"user_status_changed":  as[UserChange],
		"user_huddle_changed":  as[UserChange],

		"team_rename":        as[TeamRename],
		"team_domain_change": as[TeamDomainChange],
		"emoji_changed":      as[EmojiChange],

		"subteam_created":         as[SubteamChange],
		"subteam_updated":         as[SubteamChange],
		"subteam_members_changed": as[SubteamMembersChange],

		"file_created":  as[FileEvent],
		"file_shared":   as[FileEvent],
		"file_unshared": as[FileEvent],
		"file_change":   as[FileEvent],
		"file_public":   as[FileEvent],
		"file_deleted":  as[FileEvent],

		"app_home_opened": as[AppHomeOpened],
		"app_uninstalled": as[AppUninstalled],
		"tokens_revoked":  as[TokensRevoked],
		typeRateLimited:   decodeRateLimited,
	}
})

// Decode reads the event of a callback. A type that is not in the table gives
// *Unknown and no error; an event whose identifying fields cannot be read is an
// error wrapping [ErrShape].
func Decode(cb Callback) (Event, error) {
	decode, known := decoders()[cb.InnerType]
	if !known {
		return &Unknown{Type: cb.InnerType, Raw: cb.Event}, nil
	}
	event, err := decode(cb)
	if err != nil {
		return nil, fmt.Errorf("decode %s of callback %.40q: %w", cb.InnerType, cb.EventID, err)
	}
	return event, nil
}

// as decodes the event into a T whose pointer is an Event.
func as[T any, P interface {
	*T
	Event
}](cb Callback) (Event, error) {
	event := P(new(T))
	if err := Unmarshal(cb.Event, event); err != nil {
		return nil, err
	}
	return event, nil
}

// Unknown is an event of a type this package has no struct for.
type Unknown struct {
	Type string          `json:"type"`
	Raw  json.RawMessage `json:"raw,omitempty"`
}

// Conversation is "": where an unknown event belongs is not known.
func (*Unknown) Conversation() string { return "" }
