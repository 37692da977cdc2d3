package workspace

import "encoding/json"

// Team is the workspace itself.
type Team struct {
	ID          string            `json:"id"`
	Name        string            `json:"name"`
	URL         string            `json:"url"`
	Domain      string            `json:"domain"`
	EmailDomain string            `json:"email_domain"`
	Icon        map[string]any    `json:"icon"`
	Extra       map[string]string `json:"-"`
}

// Profile is a user's profile (Slack docs: users.profile.get).
type Profile struct {
	Title                 string          `json:"title"`
	Phone                 string          `json:"phone"`
	Skype                 string          `json:"skype"`
	RealName              string          `json:"real_name"`
	RealNameNormalized    string          `json:"real_name_normalized"`
	DisplayName           string          `json:"display_name"`
	DisplayNameNormalized string          `json:"display_name_normalized"`
	Fields                json.RawMessage `json:"fields,omitempty"`
	StatusText            string          `json:"status_text"`
	StatusEmoji           string          `json:"status_emoji"`
	StatusExpiration      int64           `json:"status_expiration"`
	AvatarHash            string          `json:"avatar_hash"`
	ImageOriginal         string          `json:"image_original,omitempty"`
	IsCustomImage         bool            `json:"is_custom_image,omitempty"`
	Email                 string          `json:"email,omitempty"`
	FirstName             string          `json:"first_name"`
	LastName              string          `json:"last_name"`
	Image24               string          `json:"image_24"`
	Image32               string          `json:"image_32"`
	Image48               string          `json:"image_48"`
	Image72               string          `json:"image_72"`
	Image192              string          `json:"image_192"`
	Image512              string          `json:"image_512"`
	Image1024             string          `json:"image_1024,omitempty"`
	Pronouns              string          `json:"pronouns,omitempty"`
	Team                  string          `json:"team"`
	BotID                 string          `json:"bot_id,omitempty"`
	APIAppID              string          `json:"api_app_id,omitempty"`
}

// User is a member of the workspace: a person, or the user of a bot.
type User struct {
	ID                string  `json:"id"`
	TeamID            string  `json:"team_id"`
	Name              string  `json:"name"`
	Deleted           bool    `json:"deleted"`
	Color             string  `json:"color,omitempty"`
	RealName          string  `json:"real_name,omitempty"`
	TZ                string  `json:"tz,omitempty"`
	TZLabel           string  `json:"tz_label,omitempty"`
	TZOffset          int     `json:"tz_offset"`
	Profile           Profile `json:"profile"`
	IsAdmin           bool    `json:"is_admin"`
	IsOwner           bool    `json:"is_owner"`
	IsPrimaryOwner    bool    `json:"is_primary_owner"`
	IsRestricted      bool    `json:"is_restricted"`
	IsUltraRestricted bool    `json:"is_ultra_restricted"`
	IsBot             bool    `json:"is_bot"`
	IsAppUser         bool    `json:"is_app_user"`
	IsStranger        bool    `json:"is_stranger,omitempty"`
	Updated           int64   `json:"updated"`
	IsEmailConfirmed  bool    `json:"is_email_confirmed"`
	Locale            string  `json:"locale,omitempty"`
	Presence          string  `json:"-"`
}

// Bot is the bot that posts for an app or an integration.
type Bot struct {
	ID      string            `json:"id"`
	Deleted bool              `json:"deleted"`
	Name    string            `json:"name"`
	Updated int64             `json:"updated"`
	AppID   string            `json:"app_id,omitempty"`
	UserID  string            `json:"user_id,omitempty"`
	Icons   map[string]string `json:"icons"`
}

// BotProfile is the short form of a Bot that messages carry.
type BotProfile struct {
	ID      string            `json:"id"`
	AppID   string            `json:"app_id"`
	Name    string            `json:"name"`
	Icons   map[string]string `json:"icons"`
	Deleted bool              `json:"deleted"`
	Updated int64             `json:"updated"`
	TeamID  string            `json:"team_id"`
}

// Kind is a conversation's type, in the words of the `types` argument.
type Kind string

// The four kinds of conversation.
const (
	Public  Kind = "public_channel"
	Private Kind = "private_channel"
	MPIM    Kind = "mpim"
	IM      Kind = "im"
)

// ChannelType is the kind in the words of message events (channel, group, mpim, im).
func (k Kind) ChannelType() string {
	return map[Kind]string{Public: "channel", Private: "group", MPIM: "mpim", IM: "im"}[k]
}

// Topic is a conversation's topic or purpose.
type Topic struct {
	Value   string `json:"value"`
	Creator string `json:"creator"`
	LastSet int64  `json:"last_set"`
}

// Channel is a conversation of any kind.
type Channel struct {
	ID            string   `json:"id"`
	Kind          Kind     `json:"kind"`
	Name          string   `json:"name"`
	Created       int64    `json:"created"`
	Creator       string   `json:"creator"`
	Archived      bool     `json:"archived"`
	General       bool     `json:"general"`
	ReadOnly      bool     `json:"read_only"`
	Topic         Topic    `json:"topic"`
	Purpose       Topic    `json:"purpose"`
	PreviousNames []string `json:"previous_names"`
	// Updated is the time of the last change, in milliseconds.
	Updated int64 `json:"updated"`
	// Members are user ids in the order of joining.
	Members []string `json:"members"`
	// Teams are the workspaces that share the channel, its host first; there are none of one
	// that is not shared.
	Teams []string `json:"teams,omitempty"`
	// Open says for whom a direct conversation is in the list of conversations.
	Open map[string]bool `json:"-"`
}

// Metadata is a message's metadata (Slack docs: message metadata).
type Metadata struct {
	EventType    string          `json:"event_type"`
	EventPayload json.RawMessage `json:"event_payload,omitempty"`
}

// Edited says who changed a message last.
type Edited struct {
	User string `json:"user"`
	TS   string `json:"ts"`
}

// Reaction is one emoji's reactions to a message, users in the order of reacting.
type Reaction struct {
	Name  string   `json:"name"`
	Users []string `json:"users"`
	Count int      `json:"count"`
}

// Message is a message as history shows it.
type Message struct {
	Type            string            `json:"type"`
	Subtype         string            `json:"subtype,omitempty"`
	User            string            `json:"user,omitempty"`
	Text            string            `json:"text"`
	TS              string            `json:"ts"`
	ClientMsgID     string            `json:"client_msg_id,omitempty"`
	BotID           string            `json:"bot_id,omitempty"`
	AppID           string            `json:"app_id,omitempty"`
	Username        string            `json:"username,omitempty"`
	Icons           map[string]string `json:"icons,omitempty"`
	BotProfile      *BotProfile       `json:"bot_profile,omitempty"`
	Team            string            `json:"team,omitempty"`
	UserTeam        string            `json:"user_team,omitempty"`
	SourceTeam      string            `json:"source_team,omitempty"`
	UserProfile     map[string]any    `json:"user_profile,omitempty"`
	Blocks          json.RawMessage   `json:"blocks,omitempty"`
	Attachments     json.RawMessage   `json:"attachments,omitempty"`
	Files           []map[string]any  `json:"files,omitempty"`
	Upload          bool              `json:"upload,omitempty"`
	Metadata        *Metadata         `json:"metadata,omitempty"`
	Edited          *Edited           `json:"edited,omitempty"`
	Hidden          bool              `json:"hidden,omitempty"`
	ThreadTS        string            `json:"thread_ts,omitempty"`
	ParentUserID    string            `json:"parent_user_id,omitempty"`
	ReplyCount      int               `json:"reply_count,omitempty"`
	ReplyUsersCount int               `json:"reply_users_count,omitempty"`
	LatestReply     string            `json:"latest_reply,omitempty"`
	ReplyUsers      []string          `json:"reply_users,omitempty"`
	IsLocked        *bool             `json:"is_locked,omitempty"`
	Subscribed      *bool             `json:"subscribed,omitempty"`
	Root            *Message          `json:"root,omitempty"`
	Reactions       []Reaction        `json:"reactions,omitempty"`
	PinnedTo        []string          `json:"pinned_to,omitempty"`
	Topic           string            `json:"topic,omitempty"`
	Purpose         string            `json:"purpose,omitempty"`
	Name            string            `json:"name,omitempty"`
	OldName         string            `json:"old_name,omitempty"`
	Inviter         string            `json:"inviter,omitempty"`
	// Broadcast says that a reply is shown in the channel too.
	Broadcast bool `json:"-"`
	// Owner is the app that posted the message, "" for people and foreign bots.
	Owner string `json:"-"`
}

// IsReply says whether the message belongs to a thread that another began.
func (m *Message) IsReply() bool { return m.ThreadTS != "" && m.ThreadTS != m.TS }

// clone returns a copy that shares nothing that is ever changed in place.
func (m *Message) clone() *Message {
	c := *m
	c.Reactions = make([]Reaction, len(m.Reactions))
	for i, r := range m.Reactions {
		c.Reactions[i] = Reaction{r.Name, append([]string(nil), r.Users...), r.Count}
	}
	c.ReplyUsers = append([]string(nil), m.ReplyUsers...)
	c.PinnedTo = append([]string(nil), m.PinnedTo...)
	return &c
}
