package connector

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"github.com/rs/zerolog"
	"maunium.net/go/mautrix/bridgev2"
	"maunium.net/go/mautrix/bridgev2/database"
	"maunium.net/go/mautrix/bridgev2/networkid"
	"maunium.net/go/mautrix/event"

	"ops-jrz1/bridge/internal/inbox"
	"ops-jrz1/bridge/internal/settings"
	"ops-jrz1/bridge/internal/slackapi"
	"ops-jrz1/bridge/internal/slackevent"
	"ops-jrz1/bridge/internal/slackfmt"
	"ops-jrz1/bridge/internal/slackid"
)

// ensureSpace makes the workspace's space if there is none: the rooms of public
// channels are open to its members, so it comes first. It returns false if the
// session ends before it exists.
func (s *session) ensureSpace(ctx context.Context) bool {
	for attempt := 1; ; attempt++ {
		err := s.client.makeSpace(ctx)
		if err == nil {
			return true
		}
		wait := backoff(attempt)
		zerolog.Ctx(ctx).Warn().Err(err).Stringer("again_in", wait).Msg("Cannot make the workspace's space, will try again")
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return false
		}
	}
}

func (c *Client) makeSpace(ctx context.Context) error {
	portal, err := c.space(ctx)
	if err != nil {
		return err
	}
	if c.connector.roomOf(portal) == "" {
		if err := portal.CreateMatrixRoom(ctx, c.login, nil); err != nil {
			return fmt.Errorf("create the workspace's space: %w", err)
		}
	}
	return c.submit(ctx, nil, c.roomExtrasEvent(portal.PortalKey))
}

// teamAge is how old what the space shows may be.
const teamAge = 24 * time.Hour

// showTeam keeps the space's name and picture as the workspace's are, once the rooms are
// there: Slack has no event for a new picture.
func (s *session) showTeam(ctx context.Context, usable <-chan struct{}) {
	select {
	case <-usable:
	case <-ctx.Done():
		return
	}
	for attempt := 1; ; {
		wait, err := teamAge, s.client.refreshSpace(ctx)
		if err == nil {
			attempt = 1
		} else if ctx.Err() == nil {
			if _, passes := transient(err); passes {
				wait = s.client.connector.scaled(backoff(attempt))
				attempt++
			}
			zerolog.Ctx(ctx).Warn().Err(err).Stringer("again_in", wait).Msg("Could not show the workspace's name and picture; the space keeps what it has")
		}
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return
		}
	}
}

// refreshSpace gives the space the workspace's name and picture.
func (c *Client) refreshSpace(ctx context.Context) error {
	portal, err := c.space(ctx)
	if err != nil {
		return err
	}
	info, err := c.spaceInfo(slackapi.Background(ctx), portal)
	if err != nil {
		return err
	}
	info.Type, info.Members, info.JoinRule = nil, nil, nil // they are the space's own
	return c.submit(ctx, nil, c.infoChange(portal.PortalKey, info))
}

// spaceInfo is what the workspace's space shows.
func (c *Client) spaceInfo(ctx context.Context, space *bridgev2.Portal) (*bridgev2.ChatInfo, error) {
	team, err := c.api.Team(ctx)
	if err != nil {
		return nil, fmt.Errorf("look up the workspace: %w", err)
	}
	shown, err := c.connector.pictureOf(ctx, space)
	if err != nil {
		return nil, err
	}
	return c.spaceInfoOf(ctx, *team, shown)
}

// spaceInfoOf is spaceInfo; shown is the picture that the space has.
func (c *Client) spaceInfoOf(ctx context.Context, team slackevent.Team, shown networkid.AvatarID) (*bridgev2.ChatInfo, error) {
	name, err := c.connector.options.Network.TeamName.Execute(settings.Team{ID: team.ID, Name: slackfmt.Name(team.Name), Domain: team.Domain})
	if err != nil {
		return nil, fmt.Errorf("network.team_name_template %w", err)
	}
	kind, level := database.RoomTypeSpace, ownerLevel
	members := &bridgev2.ChatMemberList{MemberMap: bridgev2.ChatMemberMap{}}
	members.MemberMap.Set(bridgev2.ChatMember{
		EventSender: bridgev2.EventSender{IsFromMe: true}, Membership: event.MembershipJoin, PowerLevel: &level,
	})
	info := &bridgev2.ChatInfo{
		Name:     &name,
		Type:     &kind,
		Members:  members,
		JoinRule: &event.JoinRulesEventContent{JoinRule: event.JoinRuleInvite},
		ExtraUpdates: func(_ context.Context, portal *bridgev2.Portal) bool {
			meta := portal.Metadata.(*PortalMetadata)
			changed := c.becomeRelay(portal) || meta.TeamDomain != team.Domain
			meta.TeamDomain = team.Domain
			return changed
		},
	}
	if !team.Icon.ImageDefault {
		info.Avatar = c.users.avatar(ctx, cmp.Or(team.Icon.Image230, team.Icon.Image132, team.Icon.Image88), shown)
	}
	return info, nil
}

// handleTeamRename handles team_rename: the space gets the workspace's new name.
func (c *Client) handleTeamRename(ctx context.Context, row *inbox.Attempt, event *slackevent.TeamRename) error {
	return c.changeTeam(ctx, row, func(who *slackapi.Identity) { who.TeamName = event.Name })
}

// handleTeamDomainChange handles team_domain_change: links into the workspace begin with its
// new address.
func (c *Client) handleTeamDomainChange(ctx context.Context, row *inbox.Attempt, event *slackevent.TeamDomainChange) error {
	return c.changeTeam(ctx, row, func(who *slackapi.Identity) { who.TeamDomain, who.URL = event.Domain, cmp.Or(event.URL, who.URL) })
}

// changeTeam changes what is known of the workspace, and what its space shows.
func (c *Client) changeTeam(ctx context.Context, row *inbox.Attempt, change func(*slackapi.Identity)) error {
	c.mu.Lock()
	if c.identity != nil {
		changed := *c.identity
		change(&changed)
		c.identity = &changed
	}
	c.mu.Unlock()
	team := c.teamNames()
	name, err := c.connector.options.Network.TeamName.Execute(team)
	if err != nil {
		return fmt.Errorf("network.team_name_template %w", err)
	}
	return c.submit(ctx, row, c.infoChange(networkid.PortalKey{ID: slackid.MakeTeamPortalID(c.team)}, &bridgev2.ChatInfo{
		Name: &name,
		ExtraUpdates: func(_ context.Context, portal *bridgev2.Portal) bool {
			meta := portal.Metadata.(*PortalMetadata)
			if team.Domain == "" || meta.TeamDomain == team.Domain {
				return false
			}
			meta.TeamDomain = team.Domain
			return true
		},
	}))
}
