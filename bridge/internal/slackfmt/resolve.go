package slackfmt

import "maunium.net/go/mautrix/id"

// FromSlack says what Slack's ids in a text mean. Each method returns zero
// values for what it does not know; the text then shows the id.
type FromSlack interface {
	// User returns the name and the Matrix user of a Slack user, for example
	// "Ann" and the ghost's or the puppet's id.
	User(slackID string) (name string, mxid id.UserID)
	// Channel returns the name of a channel, without "#", and a link to its
	// room (a matrix.to address) or "".
	Channel(slackID string) (name, link string)
	// UserGroup returns the handle of a user group, without "@".
	UserGroup(slackID string) (handle string)
}

// FromMatrix says what Matrix ids in a text mean.
type FromMatrix interface {
	// User returns the Slack user of a ghost or puppet, "" for a person of Matrix
	// only, and the name that they are called by.
	User(mxid id.UserID) (slackID, displayName string)
	// Channel returns the Slack channel of a room, given by id (`!…`) or alias
	// (`#…`), or "".
	Channel(roomIDOrAlias string) (slackID string)
}

// unknown resolves nothing; it replaces a nil resolver.
type unknown struct{}

func (unknown) User(string) (string, id.UserID)  { return "", "" }
func (unknown) Channel(string) (string, string)  { return "", "" }
func (unknown) UserGroup(string) (handle string) { return "" }

// unknownMatrix is unknown for the other direction.
type unknownMatrix struct{}

func (unknownMatrix) User(id.UserID) (string, string) { return "", "" }
func (unknownMatrix) Channel(string) string           { return "" }
