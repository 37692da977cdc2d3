package slackevent

// Team is a workspace (Slack docs: team.info).
type Team struct {
	ID             string   `json:"id" shape:"strict"`
	Name           string   `json:"name,omitempty"`
	Domain         string   `json:"domain,omitempty"` // the part before .slack.com
	EmailDomain    string   `json:"email_domain,omitempty"`
	URL            string   `json:"url,omitempty"`
	Icon           TeamIcon `json:"icon,omitzero"`
	EnterpriseID   string   `json:"enterprise_id,omitempty"`
	EnterpriseName string   `json:"enterprise_name,omitempty"`
}

// UnmarshalJSON implements json.Unmarshaler by [Unmarshal].
func (t *Team) UnmarshalJSON(data []byte) error { return Unmarshal(data, t) }

// TeamIcon is the workspace's picture by size; ImageDefault says that it is one
// that Slack made.
type TeamIcon struct {
	ImageDefault  bool   `json:"image_default,omitempty"`
	ImageOriginal string `json:"image_original,omitempty"`
	Image34       string `json:"image_34,omitempty"`
	Image44       string `json:"image_44,omitempty"`
	Image68       string `json:"image_68,omitempty"`
	Image88       string `json:"image_88,omitempty"`
	Image102      string `json:"image_102,omitempty"`
	Image132      string `json:"image_132,omitempty"`
	Image230      string `json:"image_230,omitempty"`
}

// TeamRename is team_rename: the workspace's new name.
type TeamRename struct {
	Type   string `json:"type"`
	TeamID string `json:"team_id,omitempty"`
	Name   string `json:"name" shape:"strict"`
}

// Conversation is "": the workspace's own event.
func (*TeamRename) Conversation() string { return "" }

// TeamDomainChange is team_domain_change: permalinks begin differently now.
type TeamDomainChange struct {
	Type   string `json:"type"`
	TeamID string `json:"team_id,omitempty"`
	URL    string `json:"url,omitempty"`
	Domain string `json:"domain" shape:"strict"`
}

// Conversation is "": the workspace's own event.
func (*TeamDomainChange) Conversation() string { return "" }
