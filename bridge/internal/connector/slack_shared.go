package connector

import (
	"context"
	"fmt"
	"math"

	"maunium.net/go/mautrix/bridgev2"
	"maunium.net/go/mautrix/bridgev2/networkid"
	"maunium.net/go/mautrix/event"

	"ops-jrz1/bridge/internal/inbox"
	"ops-jrz1/bridge/internal/slackapi"
	"ops-jrz1/bridge/internal/slackevent"
	"ops-jrz1/bridge/internal/slackid"
)

// handleShared handles channel_shared and channel_unshared: another workspace came into a
// channel, or left it. The room may be called otherwise, and the people of that workspace
// come or go with it.
func (c *Client) handleShared(ctx context.Context, row *inbox.Attempt, event *slackevent.ChannelShared) error {
	conversation, err := c.conversations.fetch(ctx, event.Channel)
	switch {
	case event.PreviousTeam != "" && slackapi.HasCode(err, "channel_not_found"):
		return c.followUnshared(ctx, row)
	case err != nil:
		return unreadable(ctx, err)
	}
	portal, err := c.ownRoom(ctx, c.conversations.keyOf(conversation))
	if err != nil || portal == nil {
		return err
	}
	if err := c.resync(ctx, row, conversation); err != nil {
		return err
	}
	if event.PreviousTeam != "" {
		if err := c.leaveWith(ctx, row, portal, event); err != nil {
			return err
		}
	}
	try := &catchup{Client: c, row: row, span: span{Channel: event.Channel}}
	return try.syncMembers(slackapi.Background(ctx), portal)
}

// followUnshared finds the channel of a workspace that is not its host under the id that it has
// since it is no longer shared. No event tells that id (Slack docs: Slack Connect).
func (c *Client) followUnshared(ctx context.Context, row *inbox.Attempt) error {
	all, err := c.listed(slackapi.Background(ctx), row.Arrived)
	if err != nil {
		return unreadable(ctx, err)
	}
	return c.findMoves(slackapi.Background(ctx), all)
}

// leaveWith has everyone of a workspace that has left a channel leave its room, bots too, also if
// Slack does not list the channel's members.
func (c *Client) leaveWith(ctx context.Context, row *inbox.Attempt, portal *bridgev2.Portal, left *slackevent.ChannelShared) error {
	waiting, err := c.connector.db.NextJoiners(ctx, portal.PortalKey, math.MaxInt32)
	if err != nil {
		return err
	}
	for _, ghost := range waiting {
		if isOf(left.PreviousTeam, ghost) {
			if err := c.connector.db.DropJoiner(ctx, portal.PortalKey, ghost); err != nil {
				return err
			}
		}
	}
	room := c.connector.roomOf(portal)
	members, err := c.connector.bridge.Matrix.GetMembers(ctx, room)
	if err != nil {
		return fmt.Errorf("list who is in %s: %w", room, err)
	}
	change := bridgev2.ChatMemberMap{}
	for user, member := range members {
		ghost, isGhost := c.connector.bridge.Matrix.ParseGhostMXID(user)
		if isGhost && member.Membership == event.MembershipJoin && isOf(left.PreviousTeam, ghost) {
			change.Set(bridgev2.ChatMember{EventSender: bridgev2.EventSender{Sender: ghost}, Membership: event.MembershipLeave})
		}
	}
	if len(change) == 0 {
		return nil
	}
	return c.submit(ctx, row, &infoChange{
		remoteEvent: remoteEvent{kind: bridgev2.RemoteEventChatInfoChange, portal: portal.PortalKey, at: toldAt(row, left.EventTS)},
		change:      &bridgev2.ChatInfoChange{MemberChanges: &bridgev2.ChatMemberList{MemberMap: change}},
	})
}

// isOf says whether a ghost is named by a workspace.
func isOf(team string, ghost networkid.UserID) bool {
	of, _, err := slackid.ParseUserID(ghost)
	return err == nil && of == team
}
