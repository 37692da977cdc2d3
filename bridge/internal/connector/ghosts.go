package connector

import (
	"context"
	"fmt"
	"sync"

	"maunium.net/go/mautrix/bridgev2"
	"maunium.net/go/mautrix/bridgev2/networkid"
)

// ghosts keeps two portals from filling in the same ghost at once: the framework
// does it without a lock, from whichever portal first sees a person. A ghost that
// is prepared before a portal needs it is only read there.
type ghosts struct {
	mu    sync.Mutex
	locks map[networkid.UserID]*sync.Mutex
}

func newGhosts() *ghosts { return &ghosts{locks: map[networkid.UserID]*sync.Mutex{}} }

// lock locks one ghost and returns what unlocks it.
func (g *ghosts) lock(ghost networkid.UserID) (unlock func()) {
	g.mu.Lock()
	lock := g.locks[ghost]
	if lock == nil {
		lock = &sync.Mutex{}
		g.locks[ghost] = lock
	}
	g.mu.Unlock()
	lock.Lock()
	return lock.Unlock
}

// prepare gives a ghost its name and avatar if it has none yet.
func (c *Client) prepare(ctx context.Context, id networkid.UserID) error {
	if id == "" {
		return nil
	}
	defer c.connector.ghosts.lock(id)()
	ghost, err := c.connector.bridge.GetGhostByID(ctx, id)
	if err != nil {
		return fmt.Errorf("load the ghost %s: %w", id, err)
	}
	ghost.UpdateInfoIfNecessary(ctx, c.login, bridgev2.RemoteEventUnknown)
	return nil
}

// prepareAll prepares the ghosts of a member list.
func (c *Client) prepareAll(ctx context.Context, list *bridgev2.ChatMemberList) error {
	for id := range list.MemberMap {
		if err := c.prepare(ctx, id); err != nil {
			return err
		}
	}
	return nil
}
