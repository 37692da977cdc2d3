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
	// UserGroup returns the handle of a user group, without "@", and who is notified
	// when the group is: its members, or none where they are too many.
	UserGroup(slackID string) (handle string, members []id.UserID)
	// InMatrix returns a link to what an address of Slack's leads to, a message or a
	// channel, "" where that is not in Matrix. It is asked about links only that
	// could be such an address.
	InMatrix(address string) (link string)
	// Members are the people in the room in which the text will be shown.
	Members() []Member
	// Emoji returns what a workspace's own emoji is in Matrix, without colons given: the
	// characters of the standard emoji that it is another name of, or the address of its
	// picture (mxc://).
	Emoji(name string) (characters, picture string)
}

// Member is a person in a room.
type Member struct {
	User id.UserID
	// Name is the display name, or "".
	Name string
	// InSlack says that they are a user of Slack, whom Slack itself notifies.
	InSlack bool
}

// FromMatrix says what Matrix ids in a text mean.
type FromMatrix interface {
	// User returns the Slack user of a ghost or puppet, "" for a person of Matrix
	// only, and the name that they are called by.
	User(mxid id.UserID) (slackID, displayName string)
	// Channel returns the Slack channel of a room, given by id (`!…`) or alias
	// (`#…`), or "".
	Channel(roomIDOrAlias string) (slackID string)
	// UserGroup returns the user group of a handle, or "".
	UserGroup(handle string) (slackID string)
	// InSlack returns the permalink of the message that an event is in Slack, or "".
	InSlack(roomIDOrAlias, eventID string) (permalink string)
	// MayNotifyAll says whether the sender may notify all people in the room.
	MayNotifyAll() bool
	// Emoji returns the name, without colons, of the workspace's own emoji that stands for
	// a picture (mxc://) called shortcode in Matrix, or "".
	Emoji(picture, shortcode string) (name string)
}

// unknown resolves nothing; it replaces a nil resolver.
type unknown struct{}

func (unknown) User(string) (string, id.UserID)        { return "", "" }
func (unknown) Channel(string) (string, string)        { return "", "" }
func (unknown) UserGroup(string) (string, []id.UserID) { return "", nil }
func (unknown) InMatrix(string) string                 { return "" }
func (unknown) Members() []Member                      { return nil }
func (unknown) Emoji(string) (string, string)          { return "", "" }

// unknownMatrix is unknown for the other direction.
type unknownMatrix struct{}

func (unknownMatrix) User(id.UserID) (string, string) { return "", "" }
func (unknownMatrix) Channel(string) string           { return "" }
func (unknownMatrix) UserGroup(string) string         { return "" }
func (unknownMatrix) InSlack(string, string) string   { return "" }
func (unknownMatrix) MayNotifyAll() bool              { return false }
func (unknownMatrix) Emoji(string, string) string     { return "" }
