package connector

import (
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/rs/zerolog"
	"maunium.net/go/mautrix/bridgev2"
	"maunium.net/go/mautrix/bridgev2/networkid"
	"maunium.net/go/mautrix/event"

	"ops-jrz1/bridge/internal/slackapi"
	"ops-jrz1/bridge/internal/slackid"
)

// syncMembers brings into the room who joined the conversation while events of it may not
// have been stored, and takes out of it who left. Of a conversation with more members than
// a room gets no one is taken out and no one joins: they join when they speak. Many join in
// the background.
func (try *catchup) syncMembers(ctx context.Context, portal *bridgev2.Portal) error {
	limit := try.membersListed()
	members, err := try.api.Members(slackapi.Background(ctx), try.span.Channel, limit)
	if err != nil {
		return unreadable(ctx, err)
	}
	if len(members) == 0 || limit > 0 && len(members) >= limit {
		return nil
	}
	members = try.withoutErased(members)
	if err := try.dropJoinersBut(ctx, portal.PortalKey, members); err != nil {
		return err
	}
	inRoom, banned, err := try.ghostsIn(ctx, portal)
	if err != nil {
		return err
	}
	change := bridgev2.ChatMemberMap{}
	room := len(inRoom)
	var later []string
	for _, member := range members {
		id := try.ghostID(member)
		if member == try.bot || slices.Contains(inRoom, id) || slices.Contains(banned, id) || room >= try.connector.roomMembers() {
			continue
		}
		if later, err := try.connector.db.IsJoiner(ctx, portal.PortalKey, id); err != nil {
			return err
		} else if later {
			continue
		}
		room++
		if len(change) >= joinersAtOnce {
			later = append(later, member)
			continue
		}
		if err := try.meet(ctx, member, ""); err != nil {
			return err
		}
		if id = try.ghostID(member); slices.Contains(inRoom, id) || slices.Contains(banned, id) {
			continue
		}
		if err := try.prepare(ctx, id); err != nil {
			return err
		}
		joins := bridgev2.ChatMember{EventSender: bridgev2.EventSender{Sender: id}, Membership: event.MembershipJoin}
		if !try.connector.isPlumbed(portal) {
			if joins.PowerLevel, err = try.roleLevel(ctx, member); err != nil {
				return err
			}
		}
		change.Set(joins)
	}
	for _, id := range inRoom {
		if !slices.ContainsFunc(members, func(member string) bool { return try.ghostID(member) == id }) {
			change.Set(bridgev2.ChatMember{EventSender: bridgev2.EventSender{Sender: id}, Membership: event.MembershipLeave})
		}
	}
	if len(later) > 0 {
		if err := try.putMembers(ctx, portal.PortalKey, later); err != nil {
			return err
		}
		if err := try.putJoiners(ctx, portal, " "+try.row.Key, false); err != nil {
			return err
		}
	}
	if len(change) == 0 {
		return nil
	}
	zerolog.Ctx(ctx).Info().Str("channel", try.span.Channel).Int("members", len(change)).Msg("Members joined or left while the bridge was away")
	return try.submit(ctx, try.row, &infoChange{
		remoteEvent: remoteEvent{kind: bridgev2.RemoteEventChatInfoChange, portal: portal.PortalKey, at: try.slackNow()},
		change:      &bridgev2.ChatInfoChange{MemberChanges: &bridgev2.ChatMemberList{MemberMap: change}},
	})
}

// dropJoinersBut notes that those who are to join a room later, and are no members any more, do
// not.
func (try *catchup) dropJoinersBut(ctx context.Context, key networkid.PortalKey, members []string) error {
	noted, err := try.connector.db.NextJoiners(ctx, key, math.MaxInt32)
	if err != nil {
		return err
	}
	for _, ghost := range noted {
		if _, user, err := slackid.ParseUserID(ghost); err == nil && slices.Contains(members, user) {
			continue
		}
		if err := try.connector.db.DropJoiner(ctx, key, ghost); err != nil {
			return err
		}
	}
	return nil
}

// ghostsIn are the ghosts of people who are in a room, and those who are banned from it.
// Those of bots are left out: a bot that posted need not be a member.
func (try *catchup) ghostsIn(ctx context.Context, portal *bridgev2.Portal) (joined, banned []networkid.UserID, err error) {
	room := try.connector.roomOf(portal)
	members, err := try.connector.bridge.Matrix.GetMembers(ctx, room)
	if err != nil {
		return nil, nil, fmt.Errorf("list who is in %s: %w", room, err)
	}
	for user, member := range members {
		id, isGhost := try.connector.bridge.Matrix.ParseGhostMXID(user)
		if !isGhost {
			continue
		}
		bot, err := try.isBotsGhost(ctx, id)
		if err != nil {
			return nil, nil, err
		}
		switch {
		case member.Membership == event.MembershipBan:
			banned = append(banned, id)
		case member.Membership == event.MembershipJoin && !bot:
			joined = append(joined, id)
		}
	}
	slices.Sort(joined)
	return joined, banned, nil
}

// isBotsGhost says whether a ghost is that of a bot. The ghost itself does not say so where the
// homeserver keeps no more of a profile than a name and a picture (mautrix v0.30.0,
// bridgev2/ghost.go, prepareContactInfo).
func (c *Client) isBotsGhost(ctx context.Context, ghost networkid.UserID) (bool, error) {
	_, user, err := slackid.ParseUserID(ghost)
	if err != nil || isBot(user) {
		return err == nil, nil
	}
	person, _, err := c.connector.db.Person(ctx, c.team, user)
	return person.IsBot, err
}
