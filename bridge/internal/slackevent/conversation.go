package slackevent

import "time"

// Conversation is a channel, private channel, group DM or DM (Slack docs:
// conversation object), from conversations.info, users.conversations or an
// event; events carry fewer fields.
type Conversation struct {
	ID             string `json:"id" shape:"strict"`
	Name           string `json:"name,omitempty"`
	NameNormalized string `json:"name_normalized,omitempty"`

	IsChannel bool `json:"is_channel,omitempty"`
	IsGroup   bool `json:"is_group,omitempty"`
	IsIM      bool `json:"is_im,omitempty"`
	IsMPIM    bool `json:"is_mpim,omitempty"`
	IsPrivate bool `json:"is_private,omitempty"`

	IsArchived      bool `json:"is_archived,omitempty"`
	IsGeneral       bool `json:"is_general,omitempty"`
	IsMember        bool `json:"is_member,omitempty"`
	IsReadOnly      bool `json:"is_read_only,omitempty"`
	IsThreadOnly    bool `json:"is_thread_only,omitempty"`
	IsNonThreadable bool `json:"is_non_threadable,omitempty"`
	IsOpen          bool `json:"is_open,omitempty"`

	IsShared          bool     `json:"is_shared,omitempty"`
	IsExtShared       bool     `json:"is_ext_shared,omitempty"`
	IsOrgShared       bool     `json:"is_org_shared,omitempty"`
	ContextTeamID     string   `json:"context_team_id,omitempty"`
	ConversationHost  string   `json:"conversation_host_id,omitempty"`
	SharedTeamIDs     []string `json:"shared_team_ids,omitempty"`
	InternalTeamIDs   []string `json:"internal_team_ids,omitempty"`
	ConnectedTeamIDs  []string `json:"connected_team_ids,omitempty"`
	PreviousNames     []string `json:"previous_names,omitempty"`
	NumMembers        int      `json:"num_members,omitempty"`
	IsPendingExtShare bool     `json:"is_pending_ext_shared,omitempty"`

	Topic   Topic     `json:"topic,omitzero"`
	Purpose Topic     `json:"purpose,omitzero"`
	Created time.Time `json:"created,omitzero"`
	Creator string    `json:"creator,omitempty"`
	// Updated is in milliseconds, unlike every other time of Slack's.
	Updated int64  `json:"updated,omitempty"`
	Locale  string `json:"locale,omitempty"`

	// User is the other person of a DM.
	User          string `json:"user,omitempty"`
	IsUserDeleted bool   `json:"is_user_deleted,omitempty"`
}

// UnmarshalJSON implements json.Unmarshaler by [Unmarshal].
func (c *Conversation) UnmarshalJSON(data []byte) error { return Unmarshal(data, c) }

// Topic is a conversation's topic or purpose, and who set it.
type Topic struct {
	Value   string    `json:"value,omitempty"`
	Creator string    `json:"creator,omitempty"`
	LastSet time.Time `json:"last_set,omitzero"`
}
