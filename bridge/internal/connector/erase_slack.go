package connector

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"maunium.net/go/mautrix/bridgev2"
	"maunium.net/go/mautrix/bridgev2/networkid"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"ops-jrz1/bridge/internal/inbox"
	"ops-jrz1/bridge/internal/slackdb"
	"ops-jrz1/bridge/internal/slackevent"
	"ops-jrz1/bridge/internal/slackid"
)

// erasedPerson is what is known of a person in Slack who was erased. Slack is not asked.
func erasedPerson(user string) slackdb.Person {
	return slackdb.Person{ID: user, Name: erasedName, RealName: erasedName, DisplayName: erasedName}
}

// forgetInSlack forgets what is stored of a person in Slack, and what waits of them.
func (c *Connector) forgetInSlack(ctx context.Context, _ *inbox.Attempt, who erasure, _ *eraseProgress) error {
	err := c.dropRows(ctx, func(row inbox.Parked) bool { return isSeenRow(row, who) })
	if err != nil {
		return err
	}
	for _, client := range c.clients.all() {
		if slices.Contains(who.Teams, client.team) {
			client.forget(who.User)
		}
	}
	if err := c.forgetStored(ctx, who); err != nil {
		return err
	}
	return c.inbox.ForgetKeys(ctx, " "+who.User+" ")
}

// forget forgets what this login has of a person in memory.
func (c *Client) forget(user string) {
	defer c.users.lock(user)()
	c.connector.seen.recent.drop(string(c.users.key(user)))
	c.users.told.drop(user)
	c.users.looked.drop(user)
	c.greeted.drop(user)
}

// isSeenRow says whether a row is what a workspace tells of a person in Slack.
func isSeenRow(row inbox.Parked, who erasure) bool {
	if !strings.HasPrefix(row.Source, sourcePrefix) {
		return false
	}
	team, _, err := slackid.ParseLoginID(loginOf(row.Source))
	return err == nil && slices.Contains(who.Teams, team) && isSaidInSlack(row.Row, who.User)
}

// isSaidInSlack says whether a row is what a person in Slack did, or what Slack says of them.
// Their deletions still have to be carried.
func isSaidInSlack(row inbox.Row, user string) bool {
	switch row.Kind {
	case kindEvent:
		callback, err := slackevent.ParseCallback(row.Payload)
		return err == nil && isBy(callback.Event, user)
	case kindStaged:
		var stored stagedRow
		return json.Unmarshal(row.Payload, &stored) == nil && isBy(stored.Staged.Payload, user)
	case kindCommand:
		var command slackevent.SlashCommand
		return json.Unmarshal(row.Payload, &command) == nil && command.User == user
	case kindPerson:
		return string(row.Payload) == user
	}
	return false
}

// isBy says whether an event, or a message of history, is a person's or about them.
func isBy(payload []byte, user string) bool {
	var said struct {
		Subtype string          `json:"subtype"`
		User    json.RawMessage `json:"user"`
		Message struct {
			User string `json:"user"`
		} `json:"message"`
	}
	if json.Unmarshal(payload, &said) != nil || said.Subtype == slackevent.SubtypeDeleted {
		return false
	}
	var name string
	var described struct {
		ID string `json:"id"`
	}
	_ = json.Unmarshal(said.User, &name)
	_ = json.Unmarshal(said.User, &described)
	return cmp.Or(name, described.ID) == user || said.Message.User == user
}

// blankGhosts takes their name, picture and status from a person's ghosts. The ghosts stay: the
// framework makes those anew that it does not find.
func (c *Connector) blankGhosts(ctx context.Context, _ *inbox.Attempt, who erasure, _ *eraseProgress) error {
	for _, ghost := range who.Ghosts {
		if err := c.blankGhost(ctx, ghost); err != nil {
			return err
		}
	}
	return nil
}

func (c *Connector) blankGhost(ctx context.Context, ghostID networkid.UserID) error {
	defer c.ghosts.lock(ghostID)()
	ghost, err := c.bridge.GetExistingGhostByID(ctx, ghostID)
	if err != nil || ghost == nil {
		return wrapped(err, "load the ghost of a person who is erased")
	}
	if err := onlyTransient(ctx, ghost.Intent.SetDisplayName(ctx, erasedName), "take the name from the ghost of a person who is erased"); err != nil {
		return err
	}
	if err := onlyTransient(ctx, ghost.Intent.SetAvatarURL(ctx, ""), "take the picture from the ghost of a person who is erased"); err != nil {
		return err
	}
	if err := onlyTransient(ctx, c.hideStatus(ctx, ghost), "take the status from the ghost of a person who is erased"); err != nil {
		return err
	}
	ghost.ExtraProfile = nil
	ghost.UpdateContactInfo(ctx, []string{}, nil, nil)
	ghost.Name, ghost.NameSet, ghost.Identifiers = erasedName, true, []string{}
	ghost.AvatarID, ghost.AvatarMXC, ghost.AvatarHash, ghost.AvatarSet = "", "", [32]byte{}, true
	ghost.Metadata = &GhostMetadata{}
	return wrapped(c.bridge.DB.Ghost.Update(ctx, ghost.Ghost), "store the ghost of a person who is erased")
}

// leaveAllRooms has a person's ghosts leave their rooms, of which direct ones are not named after
// them any more.
func (c *Connector) leaveAllRooms(ctx context.Context, row *inbox.Attempt, who erasure, _ *eraseProgress) error {
	portals, err := c.bridge.GetAllPortalsWithMXID(ctx)
	if err != nil {
		return fmt.Errorf("list the rooms: %w", err)
	}
	for _, ghostID := range who.Ghosts {
		ghost, err := c.bridge.GetExistingGhostByID(ctx, ghostID)
		if err != nil {
			return fmt.Errorf("load the ghost of a person who is erased: %w", err)
		}
		if ghost == nil {
			continue
		}
		for _, portal := range portals {
			if err := c.leaveRoom(ctx, row, portal, ghost); err != nil {
				return err
			}
		}
	}
	return nil
}

// leaveRoom has a ghost leave a room, which is not named after its person any more.
func (c *Connector) leaveRoom(ctx context.Context, row *inbox.Attempt, portal *bridgev2.Portal, ghost *bridgev2.Ghost) error {
	room := c.roomOf(portal)
	if room == "" {
		return nil
	}
	members, err := c.bridge.Matrix.GetMembers(ctx, room)
	if err != nil {
		return onlyTransient(ctx, err, "list who is in "+room.String())
	}
	if client := c.relayOf(portal); client != nil && isDirectPortal(portal) {
		if err := client.renameAfterErasing(ctx, row, portal, ghost, members); err != nil {
			return err
		}
	}
	if !isInside(members[ghost.Intent.GetMXID()]) {
		return nil
	}
	return c.leave(ctx, room, ghost)
}

func isInside(member *event.MemberEventContent) bool {
	return member != nil && member.Membership.IsInviteOrJoin()
}

// renameAfterErasing gives the room of a direct conversation with a person a name without theirs,
// whichever name of theirs it has, and takes their picture from it.
func (c *Client) renameAfterErasing(ctx context.Context, row *inbox.Attempt, portal *bridgev2.Portal, ghost *bridgev2.Ghost, members map[id.UserID]*event.MemberEventContent) error {
	name, err := c.connector.nameOfGroup(ctx, members)
	if err != nil {
		return err
	}
	return c.submit(ctx, row, &action{
		remoteEvent: remoteEvent{kind: bridgev2.RemoteEventUnknown, portal: portal.PortalKey},
		do: func(ctx context.Context, portal *bridgev2.Portal) error {
			theirs := portal.OtherUserID == ghost.ID
			if theirs {
				name = erasedName
			}
			if portal.MXID == "" || !theirs && (portal.OtherUserID != "" || !isInside(members[ghost.Intent.GetMXID()])) {
				return nil
			}
			changed := theirs && portal.UpdateInfoFromGhost(ctx, ghost)
			if portal.Name != name {
				_, err := c.connector.bridge.Bot.SendState(ctx, portal.MXID, event.StateRoomName, "", &event.Content{
					Parsed: &event.RoomNameEventContent{Name: name},
				}, row.Arrived)
				if err := onlyTransient(ctx, err, "name a direct conversation without a person who is erased"); err != nil {
					return err
				}
				portal.Name, portal.NameSet, changed = name, true, true
			}
			if !changed {
				return nil
			}
			return wrapped(portal.Save(ctx), "store what a direct conversation is called")
		},
	})
}

// nameOfGroup names a group's room after the people of Slack who are in it.
func (c *Connector) nameOfGroup(ctx context.Context, members map[id.UserID]*event.MemberEventContent) (string, error) {
	var names []string
	for user, member := range members {
		ghostID, isGhost := c.bridge.Matrix.ParseGhostMXID(user)
		if !isGhost || !isInside(member) {
			continue
		}
		ghost, err := c.storedGhost(ctx, ghostID)
		if err != nil {
			return "", err
		}
		if ghost != nil {
			names = append(names, ghost.Name)
		}
	}
	slices.Sort(names)
	return strings.Join(names, ", "), nil
}

// eraseAuthor erases the person in Slack who has asked the bot for it. The answer comes first:
// their message is among what is dropped.
func (c *Client) eraseAuthor(ctx context.Context, row *inbox.Attempt, message *slackevent.Message) error {
	team, _, err := slackid.ParseUserID(c.ghostID(message.User))
	if err != nil {
		return inbox.Park(err)
	}
	if err := c.sayToPerson(ctx, row, message, "choice", erasedText("You are")+" Write `opt in` to me to end that."); err != nil {
		return err
	}
	return c.connector.erase(ctx, c.connector.inSlack(team, message.User), messageName(message.Channel, message.TS))
}

// unErase gives the ghost of a person who has opted in again their name and picture.
func (c *Client) unErase(ctx context.Context, user string) error {
	person, err := c.users.person(ctx, user)
	if err != nil {
		if _, passes := transient(err); passes {
			return err
		}
		return nil
	}
	return c.show(ctx, person)
}
