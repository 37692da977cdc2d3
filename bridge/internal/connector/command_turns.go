package connector

import (
	"context"
	"strings"

	"maunium.net/go/mautrix/bridgev2"
	"maunium.net/go/mautrix/id"
)

// turns runs each person's commands one after another. The framework starts each in its
// own goroutine, and a command that asks a question waits for the answer only once the
// question is sent: an answer that comes before that would be taken for an unknown
// command, and a token in it would stay in the chat (mautrix v0.30.0, bridgev2,
// QueueMatrixEvent and commands.userInputLoginCommandState).
type turns struct {
	next  bridgev2.CommandProcessor
	users *locks[id.UserID]
}

func newTurns(next bridgev2.CommandProcessor) *turns {
	return &turns{next: next, users: newLocks[id.UserID]()}
}

// Handle implements bridgev2.CommandProcessor. A command to cancel does not wait for what
// it cancels.
func (t *turns) Handle(ctx context.Context, room id.RoomID, event id.EventID, user *bridgev2.User, message string, replyTo id.EventID) {
	if strings.TrimSpace(strings.ToLower(message)) != "cancel" {
		defer t.users.lock(user.MXID)()
	}
	t.next.Handle(ctx, room, event, user, message, replyTo)
}
