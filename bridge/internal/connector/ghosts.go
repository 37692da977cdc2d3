package connector

import (
	"context"
	"fmt"
	"sync"

	"maunium.net/go/mautrix/bridgev2"
	"maunium.net/go/mautrix/bridgev2/database"
	"maunium.net/go/mautrix/bridgev2/networkid"

	"ops-jrz1/bridge/internal/slackdb"
	"ops-jrz1/bridge/internal/slackid"
)

// prepare gives a ghost its name and avatar if it has none yet. Its error says that
// Slack or the database did not answer, and is transient.
func (c *Client) prepare(ctx context.Context, id networkid.UserID) error {
	if id == "" {
		return nil
	}
	defer c.connector.ghosts.lock(id)()
	ghost, err := c.connector.bridge.GetGhostByID(ctx, id)
	if err != nil {
		return fmt.Errorf("load the ghost %s: %w", id, err)
	}
	if ghost.Name == "" {
		// Looked up here, since the framework only logs that the name is not available.
		if err := c.mustKnow(ctx, id); err != nil {
			return err
		}
	}
	ghost.UpdateInfoIfNecessary(ctx, c.login, bridgev2.RemoteEventUnknown)
	return nil
}

// mustKnow returns an error if Slack cannot say now who a person is. If Slack does not
// know them, that is not an error.
func (c *Client) mustKnow(ctx context.Context, id networkid.UserID) error {
	_, user, err := slackid.ParseUserID(id)
	if err != nil {
		return nil // the framework says so
	}
	if _, err := c.users.person(ctx, user); err != nil {
		if _, passes := transient(err); passes {
			return err
		}
	}
	return nil
}

// preparedAtOnce limits how many ghosts of a room are prepared at the same time: most of
// that time goes into downloading their pictures.
const preparedAtOnce = 4

// prepareAll prepares the ghosts of a member list.
func (c *Client) prepareAll(ctx context.Context, list *bridgev2.ChatMemberList) error {
	slots, outcomes := make(chan struct{}, preparedAtOnce), make(chan error, len(list.MemberMap))
	var prepared sync.WaitGroup
	for id := range list.MemberMap {
		slots <- struct{}{}
		prepared.Go(func() {
			defer func() { <-slots }()
			outcomes <- c.prepare(ctx, id)
		})
	}
	prepared.Wait()
	close(outcomes)
	for err := range outcomes {
		if err != nil {
			return err
		}
	}
	return nil
}

// storedGhost is a ghost as the database has it, nil if there is none, for those who only look
// at it: its fields change under its lock.
func (c *Connector) storedGhost(ctx context.Context, id networkid.UserID) (*database.Ghost, error) {
	ghost, err := c.bridge.DB.Ghost.GetByID(ctx, id)
	return ghost, wrapped(err, "load the ghost %s", id)
}

// show gives an existing ghost the current name, picture and status of its person.
func (c *Client) show(ctx context.Context, person slackdb.Person) error {
	id := c.ghostID(person.ID)
	defer c.connector.ghosts.lock(id)()
	ghost, err := c.connector.bridge.GetExistingGhostByID(ctx, id)
	if err != nil {
		return fmt.Errorf("load the ghost of %s: %w", person.ID, err)
	}
	if ghost == nil {
		return nil // it gets the new name when it is first needed
	}
	ghost.UpdateInfo(ctx, c.users.info(ctx, person, ghost.AvatarID))
	return nil
}
