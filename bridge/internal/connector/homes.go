package connector

import (
	"cmp"
	"context"
	"fmt"
	"sync"

	"maunium.net/go/mautrix/bridgev2/networkid"

	"ops-jrz1/bridge/internal/slackdb"
	"ops-jrz1/bridge/internal/slackid"
)

// In a channel that workspaces share (Slack Connect) are people of other workspaces. Their
// ghosts are named by their own workspace, so that a person is one ghost whichever workspace
// of the bridge's sees them. Those whose ghost was made under ours keep that.

// homes are the workspaces by which the ghosts of people are named.
type homes struct {
	mu sync.RWMutex
	of map[networkid.UserID]string // by what the ghost is called in the workspace that sees them
}

func newHomes() *homes { return &homes{of: map[networkid.UserID]string{}} }

// get returns the workspace of a person's ghost, "" if it is not known yet.
func (h *homes) get(team, user string) string {
	h.mu.RLock()
	defer h.mu.RUnlock()
	return h.of[slackid.MakeUserID(team, user)]
}

func (h *homes) put(team, user, home string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.of[slackid.MakeUserID(team, user)] = home
}

// load learns the homes of the people of other workspaces that were seen before.
func (c *Connector) loadHomes(ctx context.Context) error {
	all, err := c.db.Strangers(ctx)
	if err != nil {
		return err
	}
	for _, stranger := range all {
		if err := c.noteHome(ctx, stranger); err != nil {
			return err
		}
	}
	return nil
}

// ghostID names the ghost of a Slack user or bot.
func (c *Client) ghostID(user string) networkid.UserID {
	return slackid.MakeUserID(cmp.Or(c.connector.homes.get(c.team, user), c.team), user)
}

// isSeen says whether a person of a workspace, as a ghost's id has it, is one whom this
// workspace sees under that name.
func (c *Client) isSeen(team, user string) bool {
	return team == cmp.Or(c.connector.homes.get(c.team, user), c.team)
}

// noteHome notes the workspace of a person, unless it is known.
func (c *Connector) noteHome(ctx context.Context, person slackdb.Stranger) error {
	if person.Home == "" || person.ID == "" || isBot(person.ID) || c.homes.get(person.Team, person.ID) != "" {
		return nil
	}
	if person.Home != person.Team {
		ghost, err := c.bridge.GetExistingGhostByID(ctx, slackid.MakeUserID(person.Team, person.ID))
		if err != nil {
			return fmt.Errorf("load the ghost of %s: %w", person.ID, err)
		}
		if ghost != nil {
			person.Home = person.Team
		}
	}
	c.homes.put(person.Team, person.ID, person.Home)
	return nil
}

// meet finds out of which workspace a person is, before their ghost is named. home is what
// an event says of it, or "". Slack is asked only for people who have no ghost yet, whom it
// would be asked for in any case.
func (c *Client) meet(ctx context.Context, user, home string) error {
	if user == "" || isBot(user) || c.isApp(user) || c.connector.homes.get(c.team, user) != "" {
		return nil
	}
	if home == "" {
		ghost, err := c.connector.bridge.GetExistingGhostByID(ctx, slackid.MakeUserID(c.team, user))
		if err != nil {
			return fmt.Errorf("load the ghost of %s: %w", user, err)
		}
		if ghost != nil {
			home = c.team
		}
	}
	if home != "" {
		return c.connector.noteHome(ctx, slackdb.Stranger{Team: c.team, ID: user, Home: home})
	}
	person, err := c.users.person(ctx, user)
	if _, passes := transient(err); err != nil && passes {
		return err
	}
	return c.connector.noteHome(ctx, slackdb.Stranger{Team: c.team, ID: user, Home: person.Team})
}
