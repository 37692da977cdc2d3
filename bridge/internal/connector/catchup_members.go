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

	"ops-jrz1/bridge/internal/inbox"
	"ops-jrz1/bridge/internal/slackapi"
	"ops-jrz1/bridge/internal/slackid"
)

// membersCompared is how many members a conversation may have that are all listed although not all
// of them are to be in its room: one call lists two hundred.
const membersCompared = 5000

// leaversAtOnce is how many are taken out of a room under one lock of its portal.
const leaversAtOnce = 20

// syncMembers brings into the room who joined the conversation while events of it may not
// have been stored, as many as a room gets, and takes out of it who left. Many join in the
// background. Where it does not know all members, no one is taken out and no one joins.
func (try *catchup) syncMembers(ctx context.Context, portal *bridgev2.Portal) error {
	// First: who joins while members are listed is not taken for one who has left.
	joined, banned, err := try.ghostsIn(ctx, portal)
	if err != nil {
		return err
	}
	members, err := try.allMembers(slackapi.Background(ctx), len(joined) > 0)
	if err != nil {
		return unreadable(ctx, err)
	}
	if len(members) == 0 {
		return nil
	}
	members = try.withoutErased(members)
	noted, err := try.dropJoinersBut(ctx, portal.PortalKey, members)
	if err != nil {
		return err
	}
	left := try.leavers(joined, members)
	stay := map[networkid.UserID]bool{}
	for _, ghost := range slices.Concat(joined, banned, noted) {
		stay[ghost] = true
	}
	room := try.connector.roomMembers() - (len(joined) - len(left) + len(noted))
	change, err := try.newcomers(ctx, portal, members, stay, room)
	if err != nil {
		return err
	}
	if len(change)+len(left) > 0 {
		zerolog.Ctx(ctx).Info().Str("channel", try.span.Channel).Int("joined", len(change)).Int("left", len(left)).Msg("Members joined or left while the bridge was away")
	}
	if err := try.changeMembers(ctx, try.row, portal.PortalKey, change); err != nil {
		return err
	}
	return try.takeOut(ctx, try.row, portal.PortalKey, left)
}

// allMembers lists a conversation's members, or none if there are too many of them, or if it has more
// than its room gets and no one is in there who may have left.
func (try *catchup) allMembers(ctx context.Context, inhabited bool) ([]string, error) {
	limit := try.membersListed()
	members, err := try.api.Members(ctx, try.span.Channel, limit)
	if err != nil || limit == 0 || len(members) < limit {
		return members, err
	}
	if !inhabited {
		return nil, nil
	}
	conversation, err := try.conversations.fetch(ctx, try.span.Channel) // a listing does not count them
	if err != nil {
		return nil, err
	}
	if conversation.NumMembers > membersCompared {
		zerolog.Ctx(ctx).Debug().Str("channel", conversation.ID).Int("members", conversation.NumMembers).Msg("A channel has too many members to look for those who left it")
		return nil, nil
	}
	return try.api.Members(ctx, try.span.Channel, 0)
}

// newcomers are those members who join a room now, a few of as many as there is room for; it notes
// the others, who join later. Those whose ghosts stay as they are do not join.
func (try *catchup) newcomers(ctx context.Context, portal *bridgev2.Portal, members []string, stay map[networkid.UserID]bool, room int) (bridgev2.ChatMemberMap, error) {
	change := bridgev2.ChatMemberMap{}
	var later []string
	for _, member := range members {
		if len(change)+len(later) >= room {
			break
		}
		id := try.ghostID(member)
		if member == try.bot || stay[id] {
			continue
		}
		if len(change) >= joinersAtOnce {
			later = append(later, member)
			continue
		}
		if err := try.meet(ctx, member, ""); err != nil {
			return nil, err
		}
		if id = try.ghostID(member); stay[id] {
			continue
		}
		if err := try.prepare(ctx, id); err != nil {
			return nil, err
		}
		joins := bridgev2.ChatMember{EventSender: bridgev2.EventSender{Sender: id}, Membership: event.MembershipJoin}
		if !try.connector.isPlumbed(portal) {
			var err error
			if joins.PowerLevel, err = try.roleLevel(ctx, member); err != nil {
				return nil, err
			}
		}
		change.Set(joins)
	}
	if len(later) == 0 {
		return change, nil
	}
	if err := try.putMembers(ctx, portal.PortalKey, later); err != nil {
		return nil, err
	}
	return change, try.putJoiners(ctx, portal, " "+try.row.Key, false)
}

// leavers are those ghosts in a room whose people are no members of its conversation. members are
// all of them.
func (c *Client) leavers(joined []networkid.UserID, members []string) (left []networkid.UserID) {
	ghosts := make(map[networkid.UserID]bool, len(members))
	for _, member := range members {
		ghosts[c.ghostID(member)] = true
	}
	for _, ghost := range joined {
		if !ghosts[ghost] {
			left = append(left, ghost)
		}
	}
	return left
}

// takeOut takes ghosts out of a room, a few under each lock of its portal.
func (c *Client) takeOut(ctx context.Context, row *inbox.Attempt, key networkid.PortalKey, left []networkid.UserID) error {
	for some := range slices.Chunk(left, leaversAtOnce) {
		change := bridgev2.ChatMemberMap{}
		for _, ghost := range some {
			change.Set(bridgev2.ChatMember{EventSender: bridgev2.EventSender{Sender: ghost}, Membership: event.MembershipLeave})
		}
		if err := c.changeMembers(ctx, row, key, change); err != nil {
			return err
		}
	}
	return nil
}

// changeMembers has ghosts join or leave a room.
func (c *Client) changeMembers(ctx context.Context, row *inbox.Attempt, key networkid.PortalKey, change bridgev2.ChatMemberMap) error {
	if len(change) == 0 {
		return nil
	}
	return c.submit(ctx, row, &infoChange{
		remoteEvent: remoteEvent{kind: bridgev2.RemoteEventChatInfoChange, portal: key, at: c.slackNow()},
		change:      &bridgev2.ChatInfoChange{MemberChanges: &bridgev2.ChatMemberList{MemberMap: change}},
	})
}

// dropJoinersBut notes that those who are to join a room later, and are no members any more, do
// not. It returns the others.
func (try *catchup) dropJoinersBut(ctx context.Context, key networkid.PortalKey, members []string) (noted []networkid.UserID, err error) {
	all, err := try.connector.db.NextJoiners(ctx, key, math.MaxInt32)
	if err != nil || len(all) == 0 {
		return nil, err
	}
	is := make(map[string]bool, len(members))
	for _, member := range members {
		is[member] = true
	}
	for _, ghost := range all {
		if _, user, err := slackid.ParseUserID(ghost); err == nil && is[user] {
			noted = append(noted, ghost)
			continue
		}
		if err := try.connector.db.DropJoiner(ctx, key, ghost); err != nil {
			return nil, err
		}
	}
	return noted, nil
}

// ghostsIn are the ghosts of people who are in a room, and those who are banned from it.
// Those of bots are left out: a bot that posted need not be a member.
func (c *Client) ghostsIn(ctx context.Context, portal *bridgev2.Portal) (joined, banned []networkid.UserID, err error) {
	room := c.connector.roomOf(portal)
	members, err := c.connector.bridge.Matrix.GetMembers(ctx, room)
	if err != nil {
		return nil, nil, fmt.Errorf("list who is in %s: %w", room, err)
	}
	for user, member := range members {
		id, isGhost := c.connector.bridge.Matrix.ParseGhostMXID(user)
		if !isGhost {
			continue
		}
		bot, err := c.isBotsGhost(ctx, id)
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
