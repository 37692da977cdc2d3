// Package slackevent owns the shapes of what Slack sends: Socket Mode
// envelopes, Events API callbacks, the events inside them, and the objects that
// events and Web API answers share (User, Conversation, Message, File …).
//
// Decoding is tolerant, because Slack is not strict with itself: an empty
// object may arrive as [], a number as a string, an id as a number. [Unmarshal]
// holds the one rule for all of that. A decorative field of a shape that cannot
// be read is left empty; a field that says which message, channel or person is
// meant (tagged `shape:"strict"`) makes the event an error. Nothing is invented:
// what Slack did not send is the zero value.
//
// The package must not know Matrix, must not call Slack and must not decide what
// an event means for a room.
//
// To support another event type, write a file with its struct and its
// Conversation method, and add one line to the table in decode.go.
package slackevent
