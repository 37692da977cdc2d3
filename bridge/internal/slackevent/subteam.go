package slackevent

import "time"

// Subteam is a user group (Slack docs: usergroup object).
type Subteam struct {
	ID          string    `json:"id" shape:"strict"`
	TeamID      string    `json:"team_id,omitempty"`
	Name        string    `json:"name,omitempty"`
	Handle      string    `json:"handle,omitempty"` // what is mentioned, without @
	Description string    `json:"description,omitempty"`
	IsExternal  bool      `json:"is_external,omitempty"`
	DateCreate  time.Time `json:"date_create,omitzero"`
	DateUpdate  time.Time `json:"date_update,omitzero"`
	DateDelete  time.Time `json:"date_delete,omitzero"` // zero unless disabled
	Users       []string  `json:"users,omitempty"`
	UserCount   int       `json:"user_count,omitempty"`
}

// UnmarshalJSON implements json.Unmarshaler by [Unmarshal].
func (s *Subteam) UnmarshalJSON(data []byte) error { return Unmarshal(data, s) }

// SubteamChange is subteam_created or subteam_updated: the group as it is now.
type SubteamChange struct {
	Type    string  `json:"type"`
	Subteam Subteam `json:"subteam" shape:"strict"`
	EventTS string  `json:"event_ts,omitempty"`
}

// Conversation is "": user groups are the workspace's.
func (*SubteamChange) Conversation() string { return "" }

// SubteamMembersChange is subteam_members_changed.
type SubteamMembersChange struct {
	Type         string    `json:"type"`
	SubteamID    string    `json:"subteam_id" shape:"strict"`
	TeamID       string    `json:"team_id,omitempty"`
	AddedUsers   []string  `json:"added_users,omitempty"`
	RemovedUsers []string  `json:"removed_users,omitempty"`
	DateUpdate   time.Time `json:"date_update,omitzero"`
	EventTS      string    `json:"event_ts,omitempty"`
}

// Conversation is "": user groups are the workspace's.
func (*SubteamMembersChange) Conversation() string { return "" }
