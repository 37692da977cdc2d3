package connector

import (
	"strings"

	"maunium.net/go/mautrix/bridgev2/database"
	"maunium.net/go/mautrix/id"
)

// PortalMetadata is the JSON kept with a portal. The first three keys are
// mautrix-slack's.
type PortalMetadata struct {
	TeamDomain  string `json:"team_domain,omitempty"`
	EditMaxAge  *int   `json:"edit_max_age,omitempty"`
	AllowDelete *bool  `json:"allow_delete,omitempty"`

	// Public says that everyone in the workspace may join the conversation, and Open
	// that members of its space may join the room, as they should then.
	Public bool `json:"public,omitempty"`
	Open   bool `json:"open,omitempty"`
	// Outside says that the room was made for its alias and that the bot has not
	// entered the channel yet.
	Outside bool `json:"outside,omitempty"`
	// Closed says why nothing crosses; OpenLevel is the power level that was needed to
	// write in the room before it became read-only.
	Closed    closure `json:"closed,omitempty"`
	OpenLevel int     `json:"open_level,omitempty"`
	// ReadOnly says that the room is read-only because its messages come from Slack alone.
	ReadOnly bool `json:"read_only,omitempty"`
	// Restricted says that only those may write whom Slack lets write in a channel with posting
	// permissions, and FreeLevel is the power level that was needed before.
	Restricted bool `json:"restricted,omitempty"`
	FreeLevel  int  `json:"free_level,omitempty"`
	// Unread is since when, in milliseconds, Slack does not show the conversation to the
	// bot, for example because the bot is not in it; 0 while it does.
	Unread int64 `json:"unread,omitempty"`
	// Changed holds, for each kind of change (name, topic, purpose), the ts of the last
	// one that the room shows.
	Changed map[string]string `json:"changed,omitempty"`
	// TopicOf is a digest of the topic and purpose that the room's topic was made from.
	TopicOf string `json:"topic_of,omitempty"`
	// ChannelName is the name of a channel as Slack has it, and Made when Slack made it, in
	// seconds: by these the channel is known when it has another id.
	ChannelName string `json:"channel_name,omitempty"`
	Made        int64  `json:"made,omitempty"`
	// Pinned are the ts of the messages that are pinned on both sides.
	Pinned []string `json:"pinned,omitempty"`
	// Room is the room for which all this was done.
	Room id.RoomID `json:"room,omitempty"`
	// Bookmarks is a digest of the bookmarks that the room's state has, and BookmarksRead when
	// Slack was asked for them, in seconds.
	Bookmarks     string `json:"bookmarks,omitempty"`
	BookmarksRead int64  `json:"bookmarks_read,omitempty"`
	// Plumbed says that people made the room and an operator linked it: its name, topic,
	// power levels, join rule and members in Matrix are theirs.
	Plumbed bool `json:"plumbed,omitempty"`
	// Follows says that its name and topic are the channel's since network.channels.rooms_follow
	// says so.
	Follows bool `json:"follows,omitempty"`
	// Linked is when it was linked, in milliseconds: it may be linked more than once.
	Linked int64 `json:"linked,omitempty"`
	// Declared is the channel, as it is written, of the entry of network.channels.rooms that links
	// the plumbed room; "" if a command did.
	Declared string `json:"declared,omitempty"`
	// Replaced are the rooms of the entry whose upgrade was followed since: it may still name one.
	Replaced []id.RoomID `json:"replaced,omitempty"`
	// Joining says that members are noted who will join the room now that it exists.
	Joining bool `json:"joining,omitempty"`
	// Unlisted says that some of them were not listed when the room was made.
	Unlisted bool `json:"unlisted,omitempty"`
	// Order is what sorts the room in the space.
	Order string `json:"order,omitempty"`
	// Alias is the room's alias that the bridge has published.
	Alias id.RoomAlias `json:"alias,omitempty"`
	// Invited are the people of network.invite who were invited once; those who leave
	// are not invited again.
	Invited []id.UserID `json:"invited,omitempty"`
}

// GhostMetadata is the JSON kept with a ghost; the keys are mautrix-slack's.
type GhostMetadata struct {
	SlackUpdatedTS int64 `json:"slack_updated_ts,omitempty"`
	LastSync       int64 `json:"last_sync,omitempty"`
	// Status is what the ghost's profile shows of its person's status.
	Status userStatus `json:"status,omitzero"`
}

// LoginMetadata is the JSON kept with a login. The first four keys are
// mautrix-slack's. A declared login keeps no token here: the files named by
// network.logins are read at each start.
type LoginMetadata struct {
	Email       string `json:"email,omitempty"`
	Token       string `json:"token,omitempty"`
	CookieToken string `json:"cookie_token,omitempty"`
	AppToken    string `json:"app_token,omitempty"`

	// DeclaredBy is the bot token file of the network.logins entry of this login,
	// "" if it was made in a chat or through the provisioning API.
	DeclaredBy string `json:"declared_by,omitempty"`
	// Welcomed says that the owner was told which channels are bridged.
	Welcomed bool `json:"welcomed,omitempty"`
}

// isOfApp says whether a login is an app's: not that of a person, which mautrix-slack made and
// keeps without its token once Slack refuses it.
func (m *LoginMetadata) isOfApp() bool {
	return m.DeclaredBy != "" || m.AppToken != "" || strings.HasPrefix(m.Token, "xoxb-")
}

// CopyFrom takes the credentials of a repeated login and keeps the bridge's own notes.
func (m *LoginMetadata) CopyFrom(other any) {
	from, ok := other.(*LoginMetadata)
	if !ok {
		return
	}
	m.Token, m.AppToken, m.CookieToken = from.Token, from.AppToken, from.CookieToken
	m.DeclaredBy = from.DeclaredBy
	if from.Email != "" {
		m.Email = from.Email
	}
}

// MessageMetadata is the JSON kept with a message part. The first two keys are
// mautrix-slack's.
type MessageMetadata struct {
	CaptionMerged bool   `json:"caption_merged,omitempty"`
	LastEditTS    string `json:"last_edit_ts,omitempty"`

	// State is a digest of the content that Matrix shows, see stateOf, and EditEvent is
	// the ts of the event of the last edit: Slack's time of an edit has whole seconds
	// only.
	State     string `json:"state,omitempty"`
	EditEvent string `json:"edit_event,omitempty"`
	// File is Slack's id of the file that the part shows, "" for text.
	File string `json:"file,omitempty"`
	// Lines are the files that are lines of the message's text, in each part that holds
	// text.
	Lines []string `json:"lines,omitempty"`
	// TakenOver says that another bridge's database has the event as a message and does not
	// say whether it is one in Slack: it may be an edit, or a reaction that was withdrawn, and
	// whether it is in a thread may be missing. It is deleted by an event only, and not because
	// Slack's history does not show it.
	TakenOver bool `json:"taken_over,omitempty"`
	// Asked says that Slack's history does not show the message any more, and that a row waits
	// for a person's word to redact it.
	Asked bool `json:"asked,omitempty"`
}

// CopyFrom takes the metadata of an edit's conversion.
func (m *MessageMetadata) CopyFrom(other any) {
	from, ok := other.(*MessageMetadata)
	if !ok {
		return
	}
	m.Lines = from.Lines // deleted files are not edits
	if from.LastEditTS != "" {
		m.LastEditTS, m.State = from.LastEditTS, from.State
		if from.EditEvent != "" {
			m.EditEvent = from.EditEvent
		}
	}
}

// GetDBMetaTypes tells bridgev2 what to decode the metadata columns into.
func (*Connector) GetDBMetaTypes() database.MetaTypes {
	return database.MetaTypes{
		Portal:    func() any { return &PortalMetadata{} },
		Ghost:     func() any { return &GhostMetadata{} },
		Message:   func() any { return &MessageMetadata{} },
		UserLogin: func() any { return &LoginMetadata{} },
	}
}
