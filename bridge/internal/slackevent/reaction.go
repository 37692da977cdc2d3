package slackevent

import "encoding/json"

// Kinds of thing that can be reacted to or pinned (Slack docs: reaction_added).
const (
	ItemMessage     = "message"
	ItemFile        = "file"
	ItemFileComment = "file_comment"
)

// Reaction is reaction_added or reaction_removed.
type Reaction struct {
	Type string `json:"type" shape:"strict"`
	User string `json:"user" shape:"strict"`
	// Reaction is the emoji's name without colons, with ::skin-tone-N if any.
	Reaction string       `json:"reaction" shape:"strict"`
	Item     ReactionItem `json:"item" shape:"strict"`
	ItemUser string       `json:"item_user,omitempty"`
	EventTS  string       `json:"event_ts,omitempty"`
}

// ReactionItem is what was reacted to: a message by Channel and TS, or a file.
type ReactionItem struct {
	Type    string `json:"type" shape:"strict"`
	Channel string `json:"channel,omitempty" shape:"strict"`
	TS      string `json:"ts,omitempty" shape:"strict"`
	// File is the id of a file, as a string or in an object; see FileID.
	File json.RawMessage `json:"file,omitempty"`
}

// Added says whether the reaction came or went.
func (r *Reaction) Added() bool { return r.Type == "reaction_added" }

// Conversation is the message's channel, "" for a reaction to a file.
func (r *Reaction) Conversation() string { return r.Item.Channel }

// FileID is the id of the file that was reacted to, "" if it was none.
func (i ReactionItem) FileID() string {
	if id, err := literal(i.File); err == nil && id != "null" {
		return id
	}
	var file File
	if Unmarshal(i.File, &file) != nil {
		return ""
	}
	return file.ID
}
