package slackevent

import (
	"encoding/json"
	"fmt"
)

// Subtypes of message that mean something other than "a person said this"
// (Slack docs: message event). A message whose subtype is not among them is
// shown by its text.
const (
	SubtypeBotMessage      = "bot_message"
	SubtypeMe              = "me_message"
	SubtypeFileShare       = "file_share"
	SubtypeThreadBroadcast = "thread_broadcast"
	SubtypeChanged         = "message_changed"
	SubtypeDeleted         = "message_deleted"
	SubtypeReplied         = "message_replied"
	SubtypeTombstone       = "tombstone"
	SubtypeHuddle          = "huddle_thread"

	SubtypeChannelJoin    = "channel_join"
	SubtypeChannelLeave   = "channel_leave"
	SubtypeChannelTopic   = "channel_topic"
	SubtypeChannelPurpose = "channel_purpose"
	SubtypeChannelName    = "channel_name"
	SubtypeGroupJoin      = "group_join"
	SubtypeGroupLeave     = "group_leave"
	SubtypeGroupTopic     = "group_topic"
	SubtypeGroupPurpose   = "group_purpose"
	SubtypeGroupName      = "group_name"

	SubtypeChannelArchive            = "channel_archive"
	SubtypeChannelUnarchive          = "channel_unarchive"
	SubtypeGroupArchive              = "group_archive"
	SubtypeGroupUnarchive            = "group_unarchive"
	SubtypeChannelConvertToPrivate   = "channel_convert_to_private"
	SubtypeChannelConvertToPublic    = "channel_convert_to_public"
	SubtypeChannelPostingPermissions = "channel_posting_permissions"

	SubtypePinnedItem      = "pinned_item"
	SubtypeUnpinnedItem    = "unpinned_item"
	SubtypeEKMAccessDenied = "ekm_access_denied"
)

// Message is a message, as an event or from conversations.history and .replies
// (Slack docs: message event). What is new, edited or deleted follows from
// Subtype: for message_changed the new state is Message, for message_deleted the
// lost one is PreviousMessage, and TS is then the event's, not the message's.
type Message struct {
	Type    string `json:"type,omitempty"`
	Subtype string `json:"subtype,omitempty" shape:"strict"`
	// Channel is "" in history, where the request says which channel it is.
	Channel     string `json:"channel,omitempty" shape:"strict"`
	ChannelType string `json:"channel_type,omitempty"` // channel, group, im, mpim, app_home
	// User is the author; "" for posts under a name of the poster's choosing.
	User string `json:"user,omitempty" shape:"strict"`
	Text string `json:"text,omitempty"`
	// TS is "<unix seconds>.<six digits>", unique in its channel: the message's id.
	TS      string `json:"ts,omitempty" shape:"strict"`
	EventTS string `json:"event_ts,omitempty"`
	// ThreadTS is the thread's root; equal to TS in the root itself.
	ThreadTS     string `json:"thread_ts,omitempty" shape:"strict"`
	ParentUserID string `json:"parent_user_id,omitempty"`
	// ClientMsgID is a UUID that people's Slack clients give; apps' posts have none.
	ClientMsgID string `json:"client_msg_id,omitempty"`
	Hidden      bool   `json:"hidden,omitempty"`
	// IsEphemeral says that one person alone was shown it.
	IsEphemeral bool `json:"is_ephemeral,omitempty"`

	// DeletedTS is the ts of what message_deleted deletes.
	DeletedTS       string   `json:"deleted_ts,omitempty" shape:"strict"`
	Message         *Message `json:"message,omitempty" shape:"strict"`
	PreviousMessage *Message `json:"previous_message,omitempty"`
	Root            *Message `json:"root,omitempty"`
	Edited          *Edited  `json:"edited,omitempty"`

	// Blocks is the list of blocks as sent, or nil.
	Blocks      json.RawMessage `json:"blocks,omitempty"`
	Attachments []Attachment    `json:"attachments,omitempty"`
	Files       []File          `json:"files,omitempty"`
	Upload      bool            `json:"upload,omitempty"`
	Metadata    *Metadata       `json:"metadata,omitempty"`

	// BotID and AppID name the poster when it is an app.
	BotID      string `json:"bot_id,omitempty"`
	AppID      string `json:"app_id,omitempty"`
	BotProfile *Bot   `json:"bot_profile,omitempty"`
	// Username and Icons are what a bot_message is shown under.
	Username string `json:"username,omitempty"`
	Icons    *Icons `json:"icons,omitempty"`

	Team        string   `json:"team,omitempty"`
	UserTeam    string   `json:"user_team,omitempty"`
	SourceTeam  string   `json:"source_team,omitempty"`
	UserProfile *Profile `json:"user_profile,omitempty"`

	// Topic, Purpose, Name, OldName and Inviter belong to the subtypes that say
	// so in their names.
	Topic   string `json:"topic,omitempty"`
	Purpose string `json:"purpose,omitempty"`
	Name    string `json:"name,omitempty"`
	OldName string `json:"old_name,omitempty"`
	Inviter string `json:"inviter,omitempty"`

	ReplyCount  int             `json:"reply_count,omitempty"`
	ReplyUsers  []string        `json:"reply_users,omitempty"`
	LatestReply string          `json:"latest_reply,omitempty"`
	Reactions   []ReactionCount `json:"reactions,omitempty"`
	PinnedTo    []string        `json:"pinned_to,omitempty"`
	Room        *Room           `json:"room,omitempty"`
	Permalink   string          `json:"permalink,omitempty"`
	IsLocked    bool            `json:"is_locked,omitempty"`
}

// Conversation implements Event.
func (m *Message) Conversation() string { return m.Channel }

// UnmarshalJSON implements json.Unmarshaler by [Unmarshal].
func (m *Message) UnmarshalJSON(data []byte) error { return Unmarshal(data, m) }

// DecodeMessage reads a message as conversations.history, .replies and
// chat.postMessage return it. Its Channel is usually "".
func DecodeMessage(raw json.RawMessage) (*Message, error) {
	var message Message
	if err := Unmarshal(raw, &message); err != nil {
		return nil, fmt.Errorf("decode a message: %w", err)
	}
	message.normalise()
	return &message, nil
}

func decodeMessageEvent(cb Callback) (Event, error) { return DecodeMessage(cb.Event) }

// normalise makes "no blocks" one thing, in the message and those inside it.
func (m *Message) normalise() {
	if isEmpty(m.Blocks) || string(m.Blocks) == "null" {
		m.Blocks = nil
	}
	for _, inner := range []*Message{m.Message, m.PreviousMessage, m.Root} {
		if inner != nil {
			inner.normalise()
		}
	}
}
