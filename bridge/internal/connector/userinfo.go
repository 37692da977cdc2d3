package connector

import (
	"context"

	"github.com/rs/zerolog"
	"maunium.net/go/mautrix/bridgev2"
	"maunium.net/go/mautrix/bridgev2/networkid"

	"ops-jrz1/bridge/internal/inbox"
	"ops-jrz1/bridge/internal/settings"
	"ops-jrz1/bridge/internal/slackdb"
	"ops-jrz1/bridge/internal/slackevent"
	"ops-jrz1/bridge/internal/slackfmt"
	"ops-jrz1/bridge/internal/slackid"
)

// name is a person's name by the configuration's template, or the id if the template
// fails.
func (p *users) name(person slackdb.Person) string {
	if p.client.hasErased(person.ID) {
		return erasedName
	}
	name, err := p.client.connector.options.Network.Displayname.Execute(settings.User{
		ID: person.ID, TeamID: person.Team, Name: slackfmt.Name(person.Name), RealName: slackfmt.Name(person.RealName),
		IsBot: person.IsBot, IsAppUser: person.IsAppUser, Deleted: person.Deleted,
		Profile: settings.Profile{
			DisplayName: slackfmt.Name(person.DisplayName), RealName: slackfmt.Name(person.RealName),
			FirstName: slackfmt.Name(person.FirstName), LastName: slackfmt.Name(person.LastName),
			Title: slackfmt.Name(person.Title),
		},
	})
	if err != nil {
		return person.ID
	}
	return name
}

// GetUserInfo implements bridgev2.NetworkAPI.
func (c *Client) GetUserInfo(ctx context.Context, ghost *bridgev2.Ghost) (*bridgev2.UserInfo, error) {
	if ghost.ID == "" {
		return nil, nil
	}
	_, id, err := slackid.ParseUserID(ghost.ID)
	if err != nil {
		return nil, err
	}
	person, err := c.users.person(ctx, id)
	if err != nil {
		return nil, err
	}
	return c.users.info(ctx, person, ghost.AvatarID), nil
}

// info is what a ghost shows of a person; shown is the avatar that it has.
func (p *users) info(ctx context.Context, person slackdb.Person, shown networkid.AvatarID) *bridgev2.UserInfo {
	if p.client.hasErased(person.ID) {
		name := erasedName
		return &bridgev2.UserInfo{Name: &name, Avatar: &bridgev2.Avatar{Remove: true}, ExtraUpdates: p.statusUpdate(person)}
	}
	name, isBot := p.name(person), person.IsBot
	return &bridgev2.UserInfo{
		Identifiers: []string{"slack:" + person.ID},
		Name:        &name,
		IsBot:       &isBot,
		Avatar:      p.avatar(ctx, person.Picture, shown),
		ExtraUpdates: bridgev2.MergeExtraUpdaters(func(_ context.Context, ghost *bridgev2.Ghost) bool {
			meta, ok := ghost.Metadata.(*GhostMetadata)
			if !ok || person.Updated.IsZero() || meta.SlackUpdatedTS == person.Updated.Unix() {
				return false
			}
			meta.SlackUpdatedTS = person.Updated.Unix()
			return true
		}, p.statusUpdate(person)),
	}
}

// statusUpdate has a ghost show a person's status. If it fails, the next that is told of the person
// brings it.
func (p *users) statusUpdate(person slackdb.Person) bridgev2.ExtraUpdater[*bridgev2.Ghost] {
	status := p.status(person)
	return func(ctx context.Context, ghost *bridgev2.Ghost) bool {
		changed, err := p.client.connector.showStatus(ctx, ghost, status)
		if err != nil {
			zerolog.Ctx(ctx).Warn().Err(err).Msg("Could not change the status in a ghost's profile")
		}
		return changed
	}
}

// handleUserChange handles user_change, user_profile_changed and team_join: the ghost
// gets the user's current name, picture and status. Slack does not deliver events in order, so an
// event that is older than what is known does nothing.
func (c *Client) handleUserChange(ctx context.Context, row *inbox.Attempt, changed *slackevent.UserChange) error {
	person := c.users.dated(personOf(changed.User))
	if person.Deleted {
		var err error
		if person, err = c.withNames(ctx, person); err != nil {
			return err
		}
	}
	news, err := c.keepRole(ctx, row, person)
	if err != nil || !news {
		return err
	}
	if err := c.show(ctx, person); err != nil || !person.Deleted {
		return err
	}
	return c.leaveRooms(ctx, row, c.ghostID(person.ID))
}
