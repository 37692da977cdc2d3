package connector

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/rs/zerolog"
	"maunium.net/go/mautrix/bridgev2/networkid"
	"maunium.net/go/mautrix/id"

	"ops-jrz1/bridge/internal/inbox"
	"ops-jrz1/bridge/internal/matrixevent"
	"ops-jrz1/bridge/internal/slackdb"
	"ops-jrz1/bridge/internal/slackid"
)

// Erasing a person of either side forgets what is stored of them, and has Slack or the
// homeserver forget their name and picture. They have opted out from then on, for which their
// id alone is kept. It is a row of the inbox: what Slack or the homeserver cannot do at the
// moment is done later, also after a restart. Every step may be repeated.

// kindErase is a row that erases a person; its payload is an erasure. Each person has a lane.
const kindErase = "erase"

// erasedName is what a person who was erased is called.
const erasedName = "Erased person"

// eraseWait is how long such a row waits for something that the bridge itself has yet to do.
const eraseWait = 5 * time.Second

// erasure is a person who is erased.
type erasure struct {
	// Matrix is a person in Matrix, or "".
	Matrix id.UserID `json:"matrix,omitempty"`
	// User is a person in Slack, Teams are the workspaces that see them, and Ghosts what their
	// ghosts are called there.
	User   string             `json:"user,omitempty"`
	Teams  []string           `json:"teams,omitempty"`
	Ghosts []networkid.UserID `json:"ghosts,omitempty"`
}

// names are what the person is called where it is kept that they have opted out.
func (e erasure) names() (names []string) {
	if e.Matrix != "" {
		return []string{e.Matrix.String()}
	}
	for _, ghost := range e.Ghosts {
		names = append(names, string(ghost))
	}
	return names
}

// inSlack is a person in Slack whose ghost is named by a workspace.
func (c *Connector) inSlack(team, user string) erasure {
	who := erasure{User: user, Teams: []string{team}, Ghosts: []networkid.UserID{slackid.MakeUserID(team, user)}}
	for _, client := range c.clients.all() {
		if client.team != team && !client.isSeen(team, user) {
			continue
		}
		for _, ghost := range []networkid.UserID{client.ghostID(user), slackid.MakeUserID(client.team, user)} {
			if !slices.Contains(who.Ghosts, ghost) {
				who.Ghosts = append(who.Ghosts, ghost)
			}
		}
		if !slices.Contains(who.Teams, client.team) {
			who.Teams = append(who.Teams, client.team)
		}
	}
	return who
}

// hasErased says whether a user of Slack was erased.
func (c *Client) hasErased(user string) bool {
	return c.connector.optOuts.isErased(string(c.ghostID(user)))
}

// IsErased says whether a person in Matrix was erased, or the person in Slack whose ghost it is.
func (c *Connector) IsErased(user id.UserID) bool {
	if ghost, isGhost := c.bridge.Matrix.ParseGhostMXID(user); isGhost {
		return c.optOuts.isErased(string(ghost))
	}
	return c.optOuts.isErased(user.String())
}

// withoutErased leaves the people out who were erased.
func (c *Client) withoutErased(users []string) []string {
	return slices.DeleteFunc(slices.Clone(users), c.hasErased)
}

// erase has a person erased, who has opted out when it returns; occasion tells it from other
// times.
func (c *Connector) erase(ctx context.Context, who erasure, occasion string) error {
	payload, err := json.Marshal(who)
	if err != nil {
		return fmt.Errorf("encode who is erased: %w", err)
	}
	c.optOuts.erase(who.names()...)
	_, err = c.inbox.PutBatch(ctx, inbox.Batch{
		Rows: []inbox.Row{{
			Source: matrixevent.Source, Lane: eraseLane(who.names()[0]), Kind: kindErase, Key: kindErase + " " + occasion, Payload: payload,
		}},
		Also: func(ctx context.Context) error { return c.db.PutErased(ctx, who.names(), time.Now()) },
	})
	if err != nil {
		return errors.Join(fmt.Errorf("store that a person is to be erased: %w", err), c.optOuts.load(ctx, c.db))
	}
	return nil
}

func eraseLane(name string) string { return "erase " + name }

// eraseProgress is how far a row of kind erase is.
type eraseProgress struct {
	// Step is how many steps are done.
	Step int `json:"step,omitempty"`
	// Files are events of the person's that did not get to Slack; their files may have.
	Files []id.EventID `json:"files,omitempty"`
}

// eraseStep is one step. What it keeps in its progress is stored when it is done.
type eraseStep func(*Connector, context.Context, *inbox.Attempt, erasure, *eraseProgress) error

// handleErase handles a row of kind erase.
func (c *Connector) handleErase(ctx context.Context, row *inbox.Attempt) error {
	var who erasure
	if err := json.Unmarshal(row.Payload, &who); err != nil || len(who.names()) == 0 {
		return inbox.Park(fmt.Errorf("read who is erased: %w", err))
	}
	var done eraseProgress
	if len(row.Progress) > 0 {
		if err := json.Unmarshal(row.Progress, &done); err != nil {
			return inbox.Park(fmt.Errorf("read how far a person is erased: %w", err))
		}
	}
	ctx = c.bridge.Log.With().Int64("row", row.ID).Logger().WithContext(ctx)
	steps := []eraseStep{(*Connector).noteFiles, (*Connector).forgetInMatrix, (*Connector).takeBackReactions, (*Connector).deleteUploads, (*Connector).forgetAuthor}
	if who.Matrix == "" {
		steps = []eraseStep{(*Connector).forgetInSlack, (*Connector).blankGhosts, (*Connector).leaveAllRooms, (*Connector).forgetInSlack}
	}
	for done.Step < len(steps) {
		// By the database: this row may be here before the one who put it has noted it in memory.
		if erased, err := c.db.IsErased(ctx, who.names()[0]); err != nil {
			return err
		} else if !erased {
			zerolog.Ctx(ctx).Info().Msg("A person who is being erased has opted in again; the rest is left as it is")
			return nil
		}
		if err := steps[done.Step](c, ctx, row, who, &done); err != nil {
			return err
		}
		done.Step++
		kept, err := json.Marshal(done)
		if err != nil {
			return fmt.Errorf("encode how far a person is erased: %w", err)
		}
		if err := row.Keep(ctx, kept); err != nil {
			return err
		}
	}
	zerolog.Ctx(ctx).Info().Msg("A person is erased")
	return nil
}

// dropRows drops rows that wait or are parked.
func (c *Connector) dropRows(ctx context.Context, such func(inbox.Parked) bool) error {
	rows, err := c.inbox.Select(ctx, such)
	if err != nil {
		return err
	}
	for _, row := range rows {
		if err := c.inbox.Drop(ctx, row.ID); err != nil && !errors.Is(err, inbox.ErrNoRow) {
			return err
		}
	}
	return nil
}

// sweepErased forgets what came to be stored of people after they were erased: what was being
// handled at that moment, and what the homeserver tells of the members of rooms.
func (c *Connector) sweepErased(ctx context.Context) error {
	var swept []erasure
	for _, name := range c.optOuts.erased() {
		if c.inbox.WaitingIn(eraseLane(name), 0) > 0 {
			continue
		}
		if strings.HasPrefix(name, "@") {
			swept = append(swept, erasure{Matrix: id.UserID(name)})
		} else if team, user, err := slackid.ParseUserID(networkid.UserID(name)); err == nil {
			swept = append(swept, erasure{User: user, Teams: []string{team}, Ghosts: []networkid.UserID{networkid.UserID(name)}})
		}
	}
	if len(swept) == 0 {
		return nil
	}
	if err := c.sweepParked(ctx, swept); err != nil {
		return err
	}
	for _, who := range swept {
		var err error
		if who.Matrix != "" {
			err = errors.Join(c.db.ForgetInMatrix(ctx, who.Matrix), c.db.ForgetAuthor(ctx, who.Matrix))
		} else {
			err = c.forgetStored(ctx, who)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// sweepParked drops the rows of erased people that were parked after the erasing had dropped
// the others, and the files that are in Slack for them.
func (c *Connector) sweepParked(ctx context.Context, erased []erasure) error {
	theirs := func(row inbox.Parked) bool {
		return !row.Since.IsZero() && slices.ContainsFunc(erased, func(who erasure) bool {
			if who.Matrix != "" {
				return isOwnRow(row, who.Matrix)
			}
			return isSeenRow(row, who)
		})
	}
	files, err := c.filesOf(ctx, theirs)
	if err == nil {
		err = c.deleteUploads(ctx, nil, erasure{}, &eraseProgress{Files: files})
	}
	if err != nil {
		return err
	}
	return c.dropRows(ctx, theirs)
}

// forgetStored forgets a person in Slack in the database.
func (c *Connector) forgetStored(ctx context.Context, who erasure) error {
	if _, err := c.bridge.GetGhostByID(ctx, ""); err != nil { // what they said is its afterwards
		return fmt.Errorf("load the ghost of no one: %w", err)
	}
	users := make([]id.UserID, len(who.Ghosts))
	for i, ghost := range who.Ghosts {
		users[i] = c.bridge.Matrix.GhostIntent(ghost).GetMXID()
	}
	return c.db.ForgetInSlack(ctx, slackdb.ErasedInSlack{
		User: who.User, Teams: who.Teams, Ghosts: who.Ghosts, MXIDs: users,
		Said: func(payload []byte) bool { return isBy(payload, who.User) },
	})
}
