package connector

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/bridgev2"
	"maunium.net/go/mautrix/bridgev2/networkid"
	"maunium.net/go/mautrix/id"

	"ops-jrz1/bridge/internal/slackapi"
	"ops-jrz1/bridge/internal/slackevent"
	"ops-jrz1/bridge/internal/slackid"
)

var _ bridgev2.GhostDMCreatingNetworkAPI = (*Client)(nil)

// heldError is why a person does not get a direct conversation: another has it.
type heldError struct {
	holder id.UserID
	with   string
}

func (e *heldError) Error() string {
	if e.holder == "" {
		return fmt.Sprintf("the bot's direct conversation with %s was held by a person who was erased, and what was said in it is not for others", e.with)
	}
	return fmt.Sprintf("the bot's direct conversation with %s is held by %s, and only they can invite you to it", e.with, e.holder)
}

var errDirectLeftOut = errors.New("network.channels of the bridge's configuration leaves direct conversations out")

// openDirect opens the bot's direct conversation with people for a person in Matrix, who
// holds it from now on or holds it already, and invites them to its room.
func (c *Client) openDirect(ctx context.Context, holder id.UserID, people ...slackevent.User) (*bridgev2.Portal, error) {
	conversation, key, err := c.holdDirect(ctx, holder, people...)
	if err != nil {
		return nil, err
	}
	portal, err := c.connector.bridge.GetPortalByKey(ctx, key)
	if err != nil {
		return nil, fmt.Errorf("load the portal of %s: %w", conversation.ID, err)
	}
	if c.connector.roomOf(portal) == "" {
		making, cancel := context.WithTimeout(ctx, syncPatience)
		defer cancel()
		if err := c.makeRoom(making, conversation); err != nil {
			return nil, fmt.Errorf("make the room: %w", err)
		}
	}
	// Here, and not only when the room has its history: the person may have left it before.
	letting, cancel := context.WithTimeout(ctx, syncPatience)
	defer cancel()
	if err := c.letIn(letting, portal, holder); err != nil && !c.connector.isBeingFilled(portal) {
		return nil, err
	}
	return portal, nil
}

// holdDirect opens a direct conversation in Slack and has a person hold it.
func (c *Client) holdDirect(ctx context.Context, person id.UserID, people ...slackevent.User) (slackevent.Conversation, networkid.PortalKey, error) {
	var none networkid.PortalKey
	if _, err := c.ready(); err != nil {
		return slackevent.Conversation{}, none, err
	}
	var ids, names []string
	for _, person := range people {
		ids, names = append(ids, person.ID), append(names, personName(person))
	}
	conversation, err := c.api.OpenDM(ctx, ids...)
	if err != nil {
		return slackevent.Conversation{}, none, err
	}
	conversation.IsIM, conversation.IsMPIM = len(ids) == 1, len(ids) > 1 // a short answer does not say so
	if conversation.IsIM {
		conversation.User = ids[0]
	}
	if !c.bridged(*conversation) {
		return *conversation, none, errDirectLeftOut
	}
	c.conversations.put(*conversation)
	key := c.conversations.keyOf(*conversation)
	held, err := c.holdUnlessThere(ctx, key, person)
	if err == nil && held != person {
		err = &heldError{held, strings.Join(names, ", ")}
	}
	return *conversation, key, err
}

// holdUnlessThere has a person hold a direct conversation. One that has a room from before
// there were holders is the owner's.
func (c *Client) holdUnlessThere(ctx context.Context, key networkid.PortalKey, person id.UserID) (id.UserID, error) {
	portal, err := c.connector.bridge.GetExistingPortalByKey(ctx, key)
	if err != nil {
		return "", fmt.Errorf("load the portal %s: %w", key, err)
	}
	if c.connector.roomOf(portal) != "" {
		return c.holder(ctx, key)
	}
	return c.hold(ctx, key, person)
}

// ResolveIdentifier implements bridgev2.IdentifierResolvingNetworkAPI, for the login's
// owner.
func (c *Client) ResolveIdentifier(ctx context.Context, identifier string, createChat bool) (*bridgev2.ResolveIdentifierResponse, error) {
	if team, user, err := slackid.ParseUserID(networkid.UserID(identifier)); err == nil && c.isSeen(team, user) {
		identifier = user
	}
	person, err := c.findPerson(ctx, identifier)
	if err != nil {
		return nil, toldToClients(err)
	}
	ghost, err := c.connector.bridge.GetGhostByID(ctx, c.ghostID(person.ID))
	if err != nil {
		return nil, fmt.Errorf("load the ghost of %s: %w", person.ID, err)
	}
	stored, err := c.connector.storedGhost(ctx, ghost.ID)
	if err != nil {
		return nil, err
	}
	var picture networkid.AvatarID
	if stored != nil {
		picture = stored.AvatarID
	}
	found := &bridgev2.ResolveIdentifierResponse{
		Ghost: ghost, UserID: ghost.ID, UserInfo: c.users.info(ctx, personOf(*person), picture),
	}
	if createChat {
		found.Chat, err = c.chatWith(ctx, *person)
	}
	return found, err
}

// CreateChatWithGhost implements bridgev2.GhostDMCreatingNetworkAPI.
func (c *Client) CreateChatWithGhost(ctx context.Context, ghost *bridgev2.Ghost) (*bridgev2.CreateChatResponse, error) {
	_, user, err := slackid.ParseUserID(ghost.ID)
	if err != nil {
		return nil, err
	}
	person, err := c.findPerson(ctx, user)
	if err != nil {
		return nil, toldToClients(err)
	}
	return c.chatWith(ctx, *person)
}

// chatWith is the direct conversation of the login's owner with a person.
func (c *Client) chatWith(ctx context.Context, person slackevent.User) (*bridgev2.CreateChatResponse, error) {
	portal, err := c.openDirect(ctx, c.login.UserMXID, person)
	if err != nil {
		return nil, toldToClients(err)
	}
	return &bridgev2.CreateChatResponse{PortalKey: portal.PortalKey, Portal: portal}, nil
}

// toldToClients is an error as the provisioning API shows it to a client.
func toldToClients(err error) error {
	if held := (*heldError)(nil); errors.As(err, &held) {
		return bridgev2.RespError(mautrix.MForbidden.WithMessage("%s", err))
	}
	if slackapi.KindOf(err) != 0 {
		return bridgev2.RespError(mautrix.MUnknown.WithMessage("%s", err))
	}
	return bridgev2.RespError(mautrix.MNotFound.WithMessage("%s", err))
}
