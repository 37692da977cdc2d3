package connector

import (
	"context"
	"fmt"

	"maunium.net/go/mautrix/bridgev2"
	"maunium.net/go/mautrix/bridgev2/networkid"
	"maunium.net/go/mautrix/event"

	"ops-jrz1/bridge/internal/inbox"
	"ops-jrz1/bridge/internal/slackdb"
)

// withNames gives a person whose account is deactivated the names and the picture that they
// had, if Slack does not say them any more.
func (c *Client) withNames(ctx context.Context, person slackdb.Person) (slackdb.Person, error) {
	if person.Name != "" || person.RealName != "" || person.DisplayName != "" {
		return person, nil
	}
	known, ok, err := c.connector.db.Person(ctx, c.team, person.ID)
	if !ok || err != nil {
		return person, err
	}
	known.Deleted, known.Updated, known.Fetched = true, person.Updated, person.Fetched
	return known, nil
}

// leaveRooms has a ghost leave every room that this login posts for: their account is
// deactivated, and Slack sends no event for each channel.
func (c *Client) leaveRooms(ctx context.Context, row *inbox.Attempt, ghost networkid.UserID) error {
	portals, err := c.connector.bridge.GetAllPortalsWithMXID(ctx)
	if err != nil {
		return fmt.Errorf("list the rooms: %w", err)
	}
	user := c.connector.bridge.Matrix.GhostIntent(ghost).GetMXID()
	for _, portal := range portals {
		if c.connector.relayOf(portal) != c {
			continue
		}
		if err := c.connector.db.DropJoiner(ctx, portal.PortalKey, ghost); err != nil {
			return err
		}
		room := c.connector.roomOf(portal)
		members, err := c.connector.bridge.Matrix.GetMembers(ctx, room)
		if err != nil {
			return fmt.Errorf("list who is in %s: %w", room, err)
		}
		if member := members[user]; member == nil || !member.Membership.IsInviteOrJoin() {
			continue
		}
		change := bridgev2.ChatMember{EventSender: bridgev2.EventSender{Sender: ghost}, Membership: event.MembershipLeave}
		err = c.submit(ctx, row, &infoChange{
			remoteEvent: remoteEvent{kind: bridgev2.RemoteEventChatInfoChange, portal: portal.PortalKey, sender: change.EventSender, at: row.Arrived},
			change: &bridgev2.ChatInfoChange{MemberChanges: &bridgev2.ChatMemberList{
				MemberMap: bridgev2.ChatMemberMap{change.Sender: change},
			}},
		})
		if err != nil {
			return err
		}
	}
	return nil
}
