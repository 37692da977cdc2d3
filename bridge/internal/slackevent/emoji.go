package slackevent

// EmojiChange is emoji_changed. By Subtype: add sets Name and Value, remove sets
// Names, rename sets OldName, NewName and Value. Value is a URL or alias:name.
type EmojiChange struct {
	Type    string   `json:"type"`
	Subtype string   `json:"subtype" shape:"strict"`
	Name    string   `json:"name,omitempty"`
	Names   []string `json:"names,omitempty"`
	OldName string   `json:"old_name,omitempty"`
	NewName string   `json:"new_name,omitempty"`
	Value   string   `json:"value,omitempty"`
	EventTS string   `json:"event_ts,omitempty"`
}

// Conversation is "": emoji are the workspace's.
func (*EmojiChange) Conversation() string { return "" }
