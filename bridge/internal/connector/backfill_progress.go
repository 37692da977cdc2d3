package connector

import (
	"context"
	"fmt"

	"maunium.net/go/mautrix/bridgev2/networkid"

	"ops-jrz1/bridge/internal/operator"
)

// fillingLine says in one line how far the room of a conversation is that is being filled,
// "" if it is not.
func (c *Connector) fillingLine(ctx context.Context, login networkid.UserLoginID, channel string) (string, error) {
	client := c.clients.of(login)
	if client == nil {
		return "", nil
	}
	state, pending := client.backfills.get(channel)
	switch {
	case !pending:
		if other, _ := client.fillingBesides(channel); other != nil && channel != "" {
			return "another login brings what was said before into the new room", nil
		}
		return "", nil
	case state.Filled:
		return "people are let into the new room", nil
	case !state.Read:
		return fmt.Sprintf("the new room gets what was said before: %d messages are read so far", state.Found), nil
	}
	_, left, err := c.db.CountOldMessages(ctx, login, channel)
	return fmt.Sprintf("the new room gets what was said before: %d of %d messages are in it", state.Found-left, state.Found), err
}

// Filling says how far all rooms are that are being filled.
func (c *Connector) Filling(ctx context.Context) (filling operator.FillingStatus, err error) {
	for _, client := range c.clients.all() {
		client.backfills.mu.Lock()
		for _, state := range client.backfills.states {
			if !state.Filled {
				filling.Rooms++
				filling.Found += state.Found
			}
		}
		client.backfills.mu.Unlock()
	}
	if filling.Rooms == 0 {
		return filling, nil
	}
	left, err := c.db.CountAllOldMessages(ctx)
	filling.Sent = max(filling.Found-left, 0)
	return filling, err
}
