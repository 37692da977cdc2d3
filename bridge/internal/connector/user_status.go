package connector

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/rs/zerolog"
	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/bridgev2"
	"maunium.net/go/mautrix/bridgev2/matrix"

	"ops-jrz1/bridge/internal/slackdb"
	"ops-jrz1/bridge/internal/slackfmt"
)

// A person's status in Slack is a field of their ghost's profile, as MSC4426 has it. It is not
// presence: a homeserver drops the status of a user who is not online, and Slack tells apps no one's
// presence. Homeservers without such fields (Matrix 1.16, MSC4133) do not get it.

// statusField is the field, by its name until the proposal is accepted.
const statusField = "org.matrix.msc4426.status"

// noEmoji stands for a status without an emoji, or with one of the workspace's own: Slack shows it
// for a status without one, and the field must have one.
const noEmoji = "💬"

// userStatus is what the field has.
type userStatus struct {
	Text  string `json:"text"`
	Emoji string `json:"emoji"`
}

// statusOf is a person's status at a time, the zero one if they have none.
func statusOf(person slackdb.Person, now time.Time) userStatus {
	text, emoji := slackfmt.Name(person.StatusText), strings.Trim(person.StatusEmoji, ":")
	if person.Deleted || text == "" && emoji == "" || !person.StatusUntil.IsZero() && !now.Before(person.StatusUntil) {
		return userStatus{}
	}
	shown, known := slackfmt.EmojiFromSlack(emoji)
	if !known {
		shown = noEmoji
	}
	if text == "" {
		text = strings.ReplaceAll(emoji, "_", " ")
	}
	return userStatus{Text: text, Emoji: shown}
}

// profileFields changes single fields of a user's profile.
type profileFields interface {
	SetProfileField(ctx context.Context, key string, value any) error
	DeleteProfileField(ctx context.Context, key string) error
}

// fieldsOf is what changes the fields of a ghost's profile, nil if the homeserver has none. It is nil
// too where the framework replaces whole profiles (MSC4437): it would take the field away again
// (mautrix v0.30.0, bridgev2/ghost.go, pushProfileChanges).
func (c *Connector) fieldsOf(ghost *bridgev2.Ghost) profileFields {
	if c.bridge.Matrix.GetCapabilities().ReplaceEntireProfile {
		return nil
	}
	intent, isReal := ghost.Intent.(*matrix.ASIntent)
	if !isReal {
		fields, _ := ghost.Intent.(profileFields)
		return fields
	}
	versions := intent.Connector.SpecVersions
	if !versions.Supports(mautrix.FeatureArbitraryProfileFields) && !versions.Supports(mautrix.FeatureUnstableProfileFields) {
		return nil
	}
	return intent.Matrix
}

// showStatus has a ghost show a status, and says whether it shows another than before. The caller
// saves the ghost.
func (c *Connector) showStatus(ctx context.Context, ghost *bridgev2.Ghost, status userStatus) (changed bool, err error) {
	meta, ok := ghost.Metadata.(*GhostMetadata)
	fields := c.fieldsOf(ghost)
	if !ok || fields == nil || meta.Status == status {
		return false, nil
	}
	if status == (userStatus{}) {
		err = fields.DeleteProfileField(ctx, statusField)
	} else {
		err = fields.SetProfileField(ctx, statusField, status)
	}
	if err != nil {
		return false, fmt.Errorf("change the status in the profile of %s: %w", ghost.ID, err)
	}
	meta.Status = status
	return true, nil
}

// hideStatus takes the status from a ghost that may show one.
func (c *Connector) hideStatus(ctx context.Context, ghost *bridgev2.Ghost) error {
	meta, ok := ghost.Metadata.(*GhostMetadata)
	fields := c.fieldsOf(ghost)
	if !ok || fields == nil || meta.Status == (userStatus{}) {
		return nil
	}
	return fields.DeleteProfileField(ctx, statusField)
}

// statusCheck is how often it is looked for statuses that have ended.
const statusCheck = time.Minute

// endStatuses has the statuses that end taken from the ghosts, until the session ends, once the rooms
// are there. Slack need not tell of an end that it told before.
func (s *session) endStatuses(ctx context.Context, usable <-chan struct{}) {
	select {
	case <-usable:
	case <-ctx.Done():
		return
	}
	for {
		if err := s.client.endDueStatuses(ctx); err != nil && ctx.Err() == nil {
			zerolog.Ctx(ctx).Warn().Err(err).Stringer("again_in", statusCheck).Msg("Could not end the statuses of people")
		}
		select {
		case <-time.After(s.client.connector.scaled(statusCheck)):
		case <-ctx.Done():
			return
		}
	}
}

// endDueStatuses takes the statuses away that have ended. Those that the homeserver does not take
// away now stay due.
func (c *Client) endDueStatuses(ctx context.Context) error {
	people, err := c.connector.db.EndedStatuses(ctx, c.team, c.users.now())
	if err != nil {
		return err
	}
	var failed []error
	for _, id := range people {
		failed = append(failed, c.endStatus(ctx, id))
	}
	return errors.Join(failed...)
}

// endStatus takes the status from a person's ghost if it has ended. That it has is stored last.
func (c *Client) endStatus(ctx context.Context, id string) error {
	person, err := c.users.known(ctx, id)
	if err != nil || person.ID == "" {
		return err
	}
	if err := c.showStatusOf(ctx, person); err != nil {
		return err
	}
	return c.users.endStatus(ctx, id)
}

// showStatusOf has the ghost of a person, if there is one, show their status now.
func (c *Client) showStatusOf(ctx context.Context, person slackdb.Person) error {
	id := c.ghostID(person.ID)
	defer c.connector.ghosts.lock(id)()
	ghost, err := c.connector.bridge.GetExistingGhostByID(ctx, id)
	if err != nil || ghost == nil {
		return wrapped(err, "load the ghost of %s", person.ID)
	}
	changed, err := c.connector.showStatus(ctx, ghost, c.users.status(person))
	if err != nil || !changed {
		return onlyTransient(ctx, err, "show that a person's status has ended")
	}
	return wrapped(c.connector.bridge.DB.Ghost.Update(ctx, ghost.Ghost), "store the ghost of %s", person.ID)
}

// status is what a person's ghost shows of their status now.
func (p *users) status(person slackdb.Person) userStatus {
	if p.client.hasErased(person.ID) {
		return userStatus{}
	}
	return statusOf(person, p.now())
}

// endStatus stores that a person's status has ended, if it has.
func (p *users) endStatus(ctx context.Context, id string) error {
	defer p.lock(id)()
	p.client.connector.seen.recent.drop(string(p.key(id)))
	return p.client.connector.db.EndStatus(ctx, p.client.team, id, p.now())
}
