package connector

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/rs/zerolog"
	"maunium.net/go/mautrix/bridgev2"
	"maunium.net/go/mautrix/bridgev2/commands"
	"maunium.net/go/mautrix/format"
	"maunium.net/go/mautrix/id"

	"ops-jrz1/bridge/internal/slackevent"
)

const (
	plumbName, unplumbName = "plumb", "unplumb"
	// moveFlag lets a channel lose the room that it has.
	moveFlag = "--move"
)

// plumbCommands link rooms that people made with channels. They replace the framework's
// bridge and unbridge, which would treat such a room as one of the bridge's own.
func (c *Connector) plumbCommands() []commands.CommandHandler {
	return []commands.CommandHandler{
		&commands.FullHandler{
			Name: plumbName, Aliases: []string{"bridge"}, RequiresAdmin: true,
			Func: c.plumbing(c.plumbRoom),
			Help: commands.HelpMeta{
				Section: commands.HelpSectionChats, Args: "_CHANNEL_ [_ROOM_] [" + moveFlag + "]",
				Description: "Link a room that exists with a Slack channel; without ROOM, the room that this is written in",
			},
		},
		&commands.FullHandler{
			Name: unplumbName, Aliases: []string{"unbridge"}, RequiresAdmin: true,
			Func: c.plumbing(c.unplumbRoom),
			Help: commands.HelpMeta{
				Section: commands.HelpSectionChats, Args: "[_CHANNEL_]",
				Description: "Separate a room from the channel that it was linked with; its people stay",
			},
		},
	}
}

// plumbing makes a command of a function that returns the answer.
func (c *Connector) plumbing(do func(context.Context, plumbCommand) (string, error)) func(*commands.Event) {
	return func(ce *commands.Event) {
		asked := plumbCommand{by: ce.User, room: ce.RoomID}
		for _, arg := range ce.Args {
			if arg == moveFlag {
				asked.move = true
			} else {
				asked.args = append(asked.args, arg)
			}
		}
		text, err := do(ce.Ctx, asked)
		if cannot := (*cannotPlumbError)(nil); err != nil && !errors.As(err, &cannot) {
			zerolog.Ctx(ce.Ctx).Warn().Err(err).Msg("A command about a room's channel failed")
		}
		if err != nil {
			text = "Not done: " + format.EscapeMarkdown(err.Error()) + "."
		}
		if text != "" {
			ce.Reply("%s", text)
		}
	}
}

// plumbCommand is what a person wrote, and where.
type plumbCommand struct {
	by   *bridgev2.User
	room id.RoomID
	args []string
	move bool
}

// plumbRoom handles `plumb CHANNEL [ROOM] [--move]`.
func (c *Connector) plumbRoom(ctx context.Context, asked plumbCommand) (string, error) {
	room := asked.room
	switch {
	case len(asked.args) == 2:
		var err error
		if room, err = c.roomNamed(ctx, asked.args[1]); err != nil {
			return "", err
		}
	case len(asked.args) != 1 || room == asked.by.ManagementRoom:
		return fmt.Sprintf("Write `%[1]s %[2]s #channel` in the room, or `%[1]s %[2]s #channel !room:server` here.", c.bridge.Config.CommandPrefix, plumbName), nil
	}
	if room == asked.by.ManagementRoom {
		return "", cannotPlumb("this is your chat with the bot")
	}
	client, err := c.clientWith(ctx, asked.args[0])
	if err != nil {
		return "", err
	}
	portal, err := client.plumb(ctx, plumbing{channel: asked.args[0], room: room, by: asked.by.MXID, move: asked.move})
	if err != nil {
		return "", err
	}
	name, err := c.calledAs(ctx, portal)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("%s is linked with %s: messages cross from now on. `%s %s` ends it.",
		format.EscapeMarkdown(name), c.roomLink(room), c.bridge.Config.CommandPrefix, unplumbName), nil
}

// unplumbRoom handles `unplumb [CHANNEL]`.
func (c *Connector) unplumbRoom(ctx context.Context, asked plumbCommand) (string, error) {
	portal, err := c.portalToUnplumb(ctx, asked)
	if err != nil {
		return "", err
	}
	room := c.roomOf(portal)
	switch {
	case room == "" || channelOf(portal) == "":
		return "", cannotPlumb("no room is linked with a channel here; write `%s %s #channel`", c.bridge.Config.CommandPrefix, unplumbName)
	case !c.isPlumbed(portal):
		return "", cannotPlumb("the bridge has made this room itself; `%s delete-portal` in it deletes it", c.bridge.Config.CommandPrefix)
	}
	if err := c.mayUnlink(ctx, portal, asked.by.MXID); err != nil {
		return "", err
	}
	name, err := c.calledAs(ctx, portal)
	if err != nil {
		return "", err
	}
	text := fmt.Sprintf("%s is no longer linked with this room. The next message there makes a room of the bridge's own, unless network.channels leaves the channel out.", name)
	if err := c.notice(ctx, room, text); err != nil {
		zerolog.Ctx(ctx).Info().Err(err).Msg("Could not say in a room that it is no longer linked")
	}
	if err := c.unlink(ctx, portal); err != nil {
		return "", err
	}
	if room == asked.room {
		return "", nil // the bot has left
	}
	return format.EscapeMarkdown(strings.Replace(text, "this room", string(room), 1)), nil
}

// portalToUnplumb is the portal of a channel, or that of the room which the command was
// written in.
func (c *Connector) portalToUnplumb(ctx context.Context, asked plumbCommand) (*bridgev2.Portal, error) {
	if len(asked.args) == 0 {
		return c.bridge.GetPortalByMXID(ctx, asked.room)
	}
	client, err := c.clientWith(ctx, asked.args[0])
	if err != nil {
		return nil, err
	}
	conversation, err := client.findChannel(ctx, asked.args[0])
	if err != nil || conversation.ID == "" {
		return nil, err
	}
	return c.bridge.GetExistingPortalByKey(ctx, client.conversations.keyOf(conversation))
}

// roomNamed returns a room by its id or alias.
func (c *Connector) roomNamed(ctx context.Context, name string) (id.RoomID, error) {
	if strings.HasPrefix(name, "!") {
		return id.RoomID(name), nil
	}
	if !strings.HasPrefix(name, "#") {
		return "", cannotPlumb("%s is neither the id of a room (!…) nor an address (#…:server)", name)
	}
	found, err := c.resolveAlias(ctx, id.RoomAlias(name))
	switch _, passes := transient(err); {
	case err != nil && passes:
		return "", fmt.Errorf("look up %s: %w", name, err)
	case err != nil || found == nil:
		return "", cannotPlumb("there is no room %s", name)
	}
	return found.RoomID, nil
}

// clientWith is the login that knows a channel, or else any that can be used.
func (c *Connector) clientWith(ctx context.Context, nameOrID string) (*Client, error) {
	usable := c.clients.usable()
	for _, client := range usable {
		conversation, err := client.findChannel(ctx, nameOrID)
		if err != nil {
			return nil, err
		}
		if conversation.ID != "" {
			return client, nil
		}
	}
	if len(usable) == 0 {
		return nil, cannotPlumb("the bridge is not connected to Slack")
	}
	return usable[0], nil
}

// usable returns the clients that can send, in the order of their logins.
func (a *clients) usable() []*Client {
	a.mu.Lock()
	defer a.mu.Unlock()
	var usable []*Client
	for _, client := range a.clients {
		if client.unusable() == "" {
			usable = append(usable, client)
		}
	}
	slices.SortFunc(usable, func(a, b *Client) int { return strings.Compare(string(a.login.ID), string(b.login.ID)) })
	return usable
}

// isChannel says whether a conversation is that which a person names: by its id, or by its
// name with or without #.
func isChannel(nameOrID string) func(slackevent.Conversation) bool {
	name := strings.ToLower(strings.TrimPrefix(nameOrID, "#"))
	return func(conversation slackevent.Conversation) bool {
		return conversation.ID == nameOrID || conversation.Name != "" && strings.ToLower(conversation.Name) == name
	}
}

// find returns a known conversation that meets a condition.
func (p *conversations) find(is func(slackevent.Conversation) bool) (slackevent.Conversation, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, conversation := range p.known {
		if is(conversation) {
			return conversation, true
		}
	}
	return slackevent.Conversation{}, false
}
