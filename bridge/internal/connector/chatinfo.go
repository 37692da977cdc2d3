package connector

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"slices"
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

// GetChatInfo implements bridgev2.NetworkAPI.
func (c *Client) GetChatInfo(ctx context.Context, portal *bridgev2.Portal) (*bridgev2.ChatInfo, error) {
	ctx = slackapi.WaitAtMost(ctx, lockPatience) // the portal is locked
	_, channel, err := slackid.ParsePortalID(portal.ID)
	if err != nil {
		return nil, err
	}
	if channel == "" {
		return c.spaceInfo(ctx, portal)
	}
	if portal.MXID == "" {
		conversation, err := c.conversations.get(ctx, channel)
		if err != nil {
			return nil, err
		}
		return c.newRoomInfo(ctx, conversation)
	}
	conversation, err := c.conversations.fetch(ctx, channel)
	if err != nil {
		return nil, err
	}
	info, _, err := c.infoWithMembers(ctx, conversation)
	if err == nil && c.connector.isBeingFilled(portal) {
		delete(info.Members.MemberMap, "") // the login's owner comes in afterwards
	}
	return c.connector.asPlumbed(portal, info), err
}

// newRoomInfo is what a room is made from: what roomInfo says, who is in it and
// who may join.
func (c *Client) newRoomInfo(ctx context.Context, conversation slackevent.Conversation) (*bridgev2.ChatInfo, error) {
	info, members, err := c.infoWithMembers(ctx, conversation)
	if err != nil {
		return nil, err
	}
	if err := c.noteJoiners(ctx, conversation, members.later); err != nil {
		return nil, err
	}
	filled, err := c.planBackfill(ctx, conversation, members.all)
	if err != nil {
		return nil, err
	}
	if filled {
		delete(info.Members.MemberMap, "") // the login's owner comes in afterwards
	}
	open := isPublic(conversation) && !filled // then roomExtras opens it
	if info.JoinRule, err = c.joinRule(ctx, open); err != nil {
		return nil, err
	}
	info.ExtraUpdates = bridgev2.MergeExtraUpdaters(info.ExtraUpdates, func(_ context.Context, portal *bridgev2.Portal) bool {
		meta := portal.Metadata.(*PortalMetadata)
		meta.Open, meta.Unlisted = open, len(members.all) >= membersRead
		meta.Joining = len(members.later) > 0 || meta.Unlisted
		c.connector.setOutside(portal, isPublic(conversation) && !conversation.IsMember)
		return true
	})
	return info, nil
}

// roomMembers are the members of a conversation, as many as are read, and those of them
// who join its room later.
type roomMembers struct{ all, later []string }

// infoWithMembers is what roomInfo returns, with the members who are in the room first.
func (c *Client) infoWithMembers(ctx context.Context, conversation slackevent.Conversation) (info *bridgev2.ChatInfo, members roomMembers, err error) {
	if !conversation.IsIM {
		if members.all, err = c.api.Members(ctx, conversation.ID, membersRead); err != nil {
			return nil, members, fmt.Errorf("list the members of %s: %w", conversation.ID, err)
		}
	}
	if len(members.all) >= membersRead && conversation.NumMembers < len(members.all) {
		// There may be more, and a listing does not count them.
		if conversation, err = c.conversations.fetch(ctx, conversation.ID); err != nil {
			return nil, members, err
		}
	}
	if info, err = c.roomInfo(ctx, conversation, members.all, ""); err != nil {
		return nil, members, err
	}
	if info.Members, members.later, err = c.memberList(ctx, conversation, members.all); err != nil {
		return nil, members, err
	}
	return info, members, c.prepareAll(ctx, info.Members)
}

// roomInfo is what a room shows of its conversation. The topic is left out if topicOf says
// that it is unchanged: everything that it mentions would have to be looked up.
func (c *Client) roomInfo(ctx context.Context, conversation slackevent.Conversation, members []string, shown string) (*bridgev2.ChatInfo, error) {
	name, err := c.roomName(ctx, conversation, members)
	if err != nil {
		return nil, err
	}
	kind, public := database.RoomTypeDefault, isPublic(conversation)
	info := &bridgev2.ChatInfo{
		Name: &name,
		ExtraUpdates: func(_ context.Context, portal *bridgev2.Portal) bool {
			meta := portal.Metadata.(*PortalMetadata)
			inside := meta.Outside && conversation.IsMember
			changed := c.becomeRelay(portal) || meta.Public != public || inside || meta.TopicOf != topicOf(conversation)
			c.connector.noteShown(portal, func(meta *PortalMetadata) {
				meta.Public = public
				meta.TopicOf = topicOf(conversation)
				changed = meta.know(conversation) || changed
			})
			if inside {
				c.connector.setOutside(portal, false)
			}
			return changed
		},
	}
	if made := topicOf(conversation); made == "" || made != shown {
		topic, err := c.roomTopic(ctx, conversation)
		if err != nil {
			return nil, err
		}
		info.Topic = &topic
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

// roomTopic is the topic of a conversation, or else its purpose, as text.
func (c *Client) roomTopic(ctx context.Context, conversation slackevent.Conversation) (string, error) {
	names := &slackResolver{ctx: ctx, client: c, channel: conversation.ID}
	topic := cmp.Or(slackfmt.Topic(conversation.Topic.Value, names), slackfmt.Topic(conversation.Purpose.Value, names))
	return topic, names.err
}

// topicOf is a digest of what roomTopic makes a topic from.
func topicOf(conversation slackevent.Conversation) string {
	if conversation.Topic.Value == "" && conversation.Purpose.Value == "" {
		return ""
	}
	sum := sha256.Sum256([]byte(conversation.Topic.Value + "\x00" + conversation.Purpose.Value))
	return base64.RawURLEncoding.EncodeToString(sum[:9])
}

// becomeRelay makes this login the relay for everyone in the portal.
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
		return c.nameOf(ctx, conversation.User)
	case conversation.IsMPIM:
		var names []string
		for _, member := range members {
			if member == c.bot {
				continue
			}
			name, err := c.nameOf(ctx, member)
			if err != nil {
				return "", err
			}
			names = append(names, name)
		}
		return cmp.Or(strings.Join(names, ", "), conversation.Name), nil
	}
	team := c.teamNames()
	return c.connector.options.Network.ChannelName.Execute(settings.Channel{
		ID: conversation.ID, Name: slackfmt.Name(conversation.Name), TeamName: team.Name, TeamDomain: team.Domain,
		IsChannel: conversation.IsChannel, IsPrivate: conversation.IsPrivate, IsGeneral: conversation.IsGeneral,
		IsArchived: conversation.IsArchived, IsExtShared: conversation.IsExtShared,
	})
}

// nameOf is a user's name, or the id if Slack does not have it. Its error is transient.
func (c *Client) nameOf(ctx context.Context, user string) (string, error) {
	found, err := c.users.person(ctx, user)
	if err == nil {
		return c.users.name(found), nil
	}
	if _, passes := transient(err); passes {
		return "", err
	}
	return user, nil
}

func (c *Client) teamNames() settings.Team {
	team := settings.Team{ID: c.team}
	if who := c.who(); who != nil {
		team.Name, team.Domain = slackfmt.Name(who.TeamName), who.TeamDomain
	}
	return team
}

// memberList lists the ghosts for a new room, and the login's owner unless it is a direct
// conversation's, to which roomExtras invites the holder; later are members who join once
// it exists. The app's own bot has no ghost in the room: the bridge's bot is
// there instead.
func (c *Client) memberList(ctx context.Context, conversation slackevent.Conversation, members []string) (list *bridgev2.ChatMemberList, later []string, err error) {
	level := ownerLevel
	list = &bridgev2.ChatMemberList{
		TotalMemberCount: max(len(members), conversation.NumMembers),
		MemberMap:        bridgev2.ChatMemberMap{},
	}
	if isDirect(conversation) {
		holder, err := c.holder(ctx, c.conversations.keyOf(conversation))
		if err != nil {
			return nil, nil, err
		}
		list.PowerLevels = directLevels(holder)
	} else {
		list.MemberMap.Set(bridgev2.ChatMember{
			EventSender: bridgev2.EventSender{IsFromMe: true},
			Membership:  event.MembershipJoin,
			PowerLevel:  &level,
		})
	}
	if conversation.IsIM {
		list.OtherUserID = c.ghostID(conversation.User)
		list.TotalMemberCount = 2
		members = []string{conversation.User}
	}
	members = slices.DeleteFunc(c.withoutErased(members), func(member string) bool { return member == c.bot || member == "" })
	now, later, err := c.firstMembers(ctx, members)
	if err != nil {
		return nil, nil, err
	}
	for _, member := range now {
		var level *int
		if !isDirect(conversation) {
			if level, err = c.roleLevel(ctx, member); err != nil {
				return nil, nil, err
			}
		}
		list.MemberMap.Set(bridgev2.ChatMember{
			EventSender: bridgev2.EventSender{Sender: c.ghostID(member)},
			Membership:  event.MembershipJoin,
			PowerLevel:  level,
		})
	}
	return list, later, nil
}

// joinRule opens a public channel's room to the members of the workspace's space. Other
// rooms are by invitation only.
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
