package connector

import (
	"context"
	"fmt"
	"strings"

	"maunium.net/go/mautrix/bridgev2"
	"maunium.net/go/mautrix/bridgev2/database"
	"maunium.net/go/mautrix/bridgev2/networkid"
	"maunium.net/go/mautrix/event"

	"ops-jrz1/bridge/internal/settings"
	"ops-jrz1/bridge/internal/slackapi"
	"ops-jrz1/bridge/internal/slackevent"
	"ops-jrz1/bridge/internal/slackfmt"
	"ops-jrz1/bridge/internal/slackid"
)

// ownerLevel lets the login's owner moderate the rooms.
const ownerLevel = 50

// memberLimit is how many members of a channel get into its room when it is
// made. Others come with their first message.
const memberLimit = 20

// GetChatInfo implements bridgev2.NetworkAPI.
func (c *Client) GetChatInfo(ctx context.Context, portal *bridgev2.Portal) (*bridgev2.ChatInfo, error) {
	ctx = slackapi.WaitAtMost(ctx, lockPatience) // the portal is locked
	_, channel, err := slackid.ParsePortalID(portal.ID)
	if err != nil {
		return nil, err
	}
	if channel == "" {
		return c.spaceInfo(ctx)
	}
	conversation, err := c.places.fetch(ctx, channel)
	if err != nil {
		return nil, err
	}
	return c.newRoomInfo(ctx, portal, conversation)
}

// newRoomInfo is what a room is made from: what roomInfo says, who is in it and
// who may join.
func (c *Client) newRoomInfo(ctx context.Context, portal *bridgev2.Portal, conversation slackevent.Conversation) (*bridgev2.ChatInfo, error) {
	members, err := c.api.Members(ctx, conversation.ID, memberLimit+1) // the bot is one of them
	if err != nil {
		return nil, fmt.Errorf("list the members of %s: %w", conversation.ID, err)
	}
	info, err := c.roomInfo(ctx, conversation, members)
	if err != nil {
		return nil, err
	}
	info.Members = c.memberList(conversation, members)
	if err := c.prepareAll(ctx, info.Members); err != nil {
		return nil, err
	}
	if portal.MXID != "" {
		return info, nil
	}
	info.JoinRule, err = c.joinRule(ctx, isPublic(conversation))
	info.ExtraUpdates = bridgev2.MergeExtraUpdaters(info.ExtraUpdates, func(_ context.Context, portal *bridgev2.Portal) bool {
		meta := portal.Metadata.(*PortalMetadata)
		meta.Open, meta.Outside = isPublic(conversation), isPublic(conversation) && !conversation.IsMember
		return true
	})
	return info, err
}

// roomInfo is what a room shows of its conversation.
func (c *Client) roomInfo(ctx context.Context, conversation slackevent.Conversation, members []string) (*bridgev2.ChatInfo, error) {
	name, err := c.roomName(ctx, conversation, members)
	if err != nil {
		return nil, err
	}
	kind, public := database.RoomTypeDefault, isPublic(conversation)
	names := &fromSlack{ctx: ctx, client: c, channel: conversation.ID}
	topic := first(slackfmt.Topic(conversation.Topic.Value, names), slackfmt.Topic(conversation.Purpose.Value, names))
	if names.err != nil {
		return nil, names.err
	}
	info := &bridgev2.ChatInfo{
		Name:  &name,
		Topic: &topic,
		ExtraUpdates: func(_ context.Context, portal *bridgev2.Portal) bool {
			meta := portal.Metadata.(*PortalMetadata)
			changed := c.becomeRelay(portal) || meta.Public != public || meta.Outside && conversation.IsMember
			meta.Public, meta.Outside = public, meta.Outside && !conversation.IsMember
			return changed
		},
	}
	switch {
	case conversation.IsIM:
		kind = database.RoomTypeDM
	case conversation.IsMPIM:
		kind = database.RoomTypeGroupDM
	default:
		parent := slackid.MakeTeamPortalID(c.team)
		info.ParentID = &parent
	}
	info.Type = &kind
	return info, nil
}

// becomeRelay makes this login speak for everybody in the portal.
//
// It runs under the portal's lock, under which the framework reads the relay. The
// connector reads it without that lock, see [Connector.relayOf].
func (c *Client) becomeRelay(portal *bridgev2.Portal) (changed bool) {
	c.connector.relays.Lock()
	defer c.connector.relays.Unlock()
	if portal.RelayLoginID == c.login.ID && portal.Relay == c.login {
		return false
	}
	changed = portal.RelayLoginID != c.login.ID
	portal.RelayLoginID, portal.Relay = c.login.ID, c.login
	return changed
}

// roomName names a channel's room by the configuration's template, and a direct
// conversation's by the people in it.
func (c *Client) roomName(ctx context.Context, conversation slackevent.Conversation, members []string) (string, error) {
	switch {
	case conversation.IsIM:
		return c.nameOf(ctx, conversation.User), nil
	case conversation.IsMPIM:
		var names []string
		for _, member := range members {
			if member != c.bot {
				names = append(names, c.nameOf(ctx, member))
			}
		}
		return first(strings.Join(names, ", "), conversation.Name), nil
	}
	team := c.teamNames()
	return c.connector.options.Network.ChannelName.Execute(settings.Channel{
		ID: conversation.ID, Name: slackfmt.Name(conversation.Name), TeamName: team.Name, TeamDomain: team.Domain,
		IsChannel: conversation.IsChannel, IsPrivate: conversation.IsPrivate, IsGeneral: conversation.IsGeneral,
		IsArchived: conversation.IsArchived, IsExtShared: conversation.IsExtShared,
	})
}

// nameOf is a user's name, or the id where Slack does not tell it.
func (c *Client) nameOf(ctx context.Context, user string) string {
	found, err := c.people.user(ctx, user)
	if err != nil {
		return user
	}
	return c.people.name(found)
}

func (c *Client) teamNames() settings.Team {
	team := settings.Team{ID: c.team}
	if who := c.who(); who != nil {
		team.Name, team.Domain = slackfmt.Name(who.TeamName), who.TeamDomain
	}
	return team
}

// memberList lists the ghosts for a new room, and the login's owner. The app's
// own bot has no ghost in it: the bridge's bot is there in its place.
func (c *Client) memberList(conversation slackevent.Conversation, members []string) *bridgev2.ChatMemberList {
	level := ownerLevel
	list := &bridgev2.ChatMemberList{
		TotalMemberCount: max(len(members), conversation.NumMembers),
		MemberMap:        bridgev2.ChatMemberMap{},
	}
	list.MemberMap.Set(bridgev2.ChatMember{
		EventSender: bridgev2.EventSender{IsFromMe: true},
		Membership:  event.MembershipJoin,
		PowerLevel:  &level,
	})
	if conversation.IsIM {
		list.OtherUserID = c.ghostID(conversation.User)
		members = []string{conversation.User}
	}
	for _, member := range members {
		if member == c.bot || member == "" || len(list.MemberMap) > memberLimit {
			continue
		}
		list.MemberMap.Set(bridgev2.ChatMember{
			EventSender: bridgev2.EventSender{Sender: c.ghostID(member)},
			Membership:  event.MembershipJoin,
		})
	}
	return list
}

// joinRule opens a public channel's room to the members of the workspace's
// space, and no other room to anybody.
func (c *Client) joinRule(ctx context.Context, public bool) (*event.JoinRulesEventContent, error) {
	if !public {
		return &event.JoinRulesEventContent{JoinRule: event.JoinRuleInvite}, nil
	}
	space, err := c.space(ctx)
	if err != nil {
		return nil, err
	}
	if space.MXID == "" {
		return nil, fmt.Errorf("the workspace's space does not exist yet")
	}
	return &event.JoinRulesEventContent{
		JoinRule: event.JoinRuleRestricted,
		Allow:    []event.JoinRuleAllow{{Type: event.JoinRuleAllowRoomMembership, RoomID: space.MXID}},
	}, nil
}

// space returns the portal of the workspace's space.
func (c *Client) space(ctx context.Context) (*bridgev2.Portal, error) {
	key := networkid.PortalKey{ID: slackid.MakeTeamPortalID(c.team)}
	portal, err := c.connector.bridge.GetPortalByKey(ctx, key)
	if err != nil {
		return nil, fmt.Errorf("load the workspace's space: %w", err)
	}
	return portal, nil
}
