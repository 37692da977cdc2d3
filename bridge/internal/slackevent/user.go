package slackevent

import "time"

// User is a person or a bot's user (Slack docs: user object), from an event,
// users.info or users.list.
type User struct {
	ID       string    `json:"id" shape:"strict"`
	TeamID   string    `json:"team_id,omitempty"`
	Name     string    `json:"name,omitempty"` // the old user name; not what people see
	RealName string    `json:"real_name,omitempty"`
	Deleted  bool      `json:"deleted,omitempty"`
	Color    string    `json:"color,omitempty"`
	TZ       string    `json:"tz,omitempty"`
	TZLabel  string    `json:"tz_label,omitempty"`
	TZOffset int       `json:"tz_offset,omitempty"` // seconds east of UTC
	Locale   string    `json:"locale,omitempty"`
	Updated  time.Time `json:"updated,omitzero"`
	Profile  Profile   `json:"profile"`

	IsAdmin           bool `json:"is_admin,omitempty"`
	IsOwner           bool `json:"is_owner,omitempty"`
	IsPrimaryOwner    bool `json:"is_primary_owner,omitempty"`
	IsRestricted      bool `json:"is_restricted,omitempty"`
	IsUltraRestricted bool `json:"is_ultra_restricted,omitempty"`
	IsBot             bool `json:"is_bot,omitempty"`
	IsAppUser         bool `json:"is_app_user,omitempty"`
	IsWorkflowBot     bool `json:"is_workflow_bot,omitempty"`
	IsConnectorBot    bool `json:"is_connector_bot,omitempty"`
	// IsStranger says that the person is of another organisation and shares no
	// channel with this one.
	IsStranger     bool            `json:"is_stranger,omitempty"`
	EnterpriseUser *EnterpriseUser `json:"enterprise_user,omitempty"`
}

// UnmarshalJSON implements json.Unmarshaler by [Unmarshal].
func (u *User) UnmarshalJSON(data []byte) error { return Unmarshal(data, u) }

// EnterpriseUser is a user's place in an Enterprise organisation.
type EnterpriseUser struct {
	ID             string   `json:"id,omitempty"`
	EnterpriseID   string   `json:"enterprise_id,omitempty"`
	EnterpriseName string   `json:"enterprise_name,omitempty"`
	Teams          []string `json:"teams,omitempty"`
}

// Profile is how a user is shown (Slack docs: user profile object). DisplayName
// is "" for who never set one; then RealName is shown.
type Profile struct {
	DisplayName           string `json:"display_name,omitempty"`
	DisplayNameNormalized string `json:"display_name_normalized,omitempty"`
	RealName              string `json:"real_name,omitempty"`
	RealNameNormalized    string `json:"real_name_normalized,omitempty"`
	FirstName             string `json:"first_name,omitempty"`
	LastName              string `json:"last_name,omitempty"`
	Name                  string `json:"name,omitempty"` // in a message's user_profile
	Title                 string `json:"title,omitempty"`
	Email                 string `json:"email,omitempty"`
	Phone                 string `json:"phone,omitempty"`
	Pronouns              string `json:"pronouns,omitempty"`
	Team                  string `json:"team,omitempty"`
	BotID                 string `json:"bot_id,omitempty"`
	APIAppID              string `json:"api_app_id,omitempty"`

	StatusText       string    `json:"status_text,omitempty"`
	StatusEmoji      string    `json:"status_emoji,omitempty"`
	StatusExpiration time.Time `json:"status_expiration,omitzero"`
	HuddleState      string    `json:"huddle_state,omitempty"`

	// AvatarHash changes with the picture. IsCustomImage is false for the
	// pictures that Slack generates.
	AvatarHash    string `json:"avatar_hash,omitempty"`
	IsCustomImage bool   `json:"is_custom_image,omitempty"`
	ImageOriginal string `json:"image_original,omitempty"`
	Image24       string `json:"image_24,omitempty"`
	Image32       string `json:"image_32,omitempty"`
	Image48       string `json:"image_48,omitempty"`
	Image72       string `json:"image_72,omitempty"`
	Image192      string `json:"image_192,omitempty"`
	Image512      string `json:"image_512,omitempty"`
	Image1024     string `json:"image_1024,omitempty"`

	GuestInvitedBy string                  `json:"guest_invited_by,omitempty"`
	Fields         map[string]ProfileField `json:"fields,omitempty"`
}

// ProfileField is a field that the workspace added to profiles.
type ProfileField struct {
	Value string `json:"value,omitempty"`
	Alt   string `json:"alt,omitempty"`
	Label string `json:"label,omitempty"`
}

// UserChange is team_join, user_change, user_profile_changed,
// user_status_changed or user_huddle_changed: the user as they are now.
type UserChange struct {
	Type    string    `json:"type"`
	User    User      `json:"user" shape:"strict"`
	CacheTS time.Time `json:"cache_ts,omitzero"`
	EventTS string    `json:"event_ts,omitempty"`
}

// Conversation is "": users are the workspace's.
func (*UserChange) Conversation() string { return "" }
