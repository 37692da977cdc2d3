package connector

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/rs/zerolog"
	"maunium.net/go/mautrix/bridgev2"
	"maunium.net/go/mautrix/bridgev2/commands"
	"maunium.net/go/mautrix/bridgev2/networkid"
	"maunium.net/go/mautrix/format"
	"maunium.net/go/mautrix/id"

	"ops-jrz1/bridge/internal/slackapi"
	"ops-jrz1/bridge/internal/slackdb"
)

// commandPatience is how long a command waits for Slack's rate limits.
const commandPatience = 30 * time.Second

// chatCommands begin conversations in Slack. start-chat replaces the framework's, which is
// for people with a login only.
func (c *Connector) chatCommands() []commands.CommandHandler {
	return []commands.CommandHandler{
		&commands.FullHandler{
			Name: "start-chat", Aliases: []string{"pm"}, Func: c.answering(c.startChat),
			Help: commands.HelpMeta{
				Section: commands.HelpSectionChats, Args: "[_login ID_] <_person_>…",
				Description: "Begin a direct conversation with a person in Slack, or with several: by id, @name or e-mail address",
			},
		},
		&commands.FullHandler{
			Name: "create-channel", Func: c.answering(c.createChannel),
			Help: commands.HelpMeta{
				Section: commands.HelpSectionChats, Args: "[_login ID_] [private] <_name_>",
				Description: "Create a channel in Slack, with its room",
			},
		},
	}
}

// answering makes a command of a function that returns the answer in Markdown.
func (c *Connector) answering(do func(context.Context, *bridgev2.User, []string) (string, error)) func(*commands.Event) {
	return func(ce *commands.Event) {
		answer, err := do(slackapi.WaitAtMost(ce.Ctx, commandPatience), ce.User, ce.Args)
		if err != nil {
			zerolog.Ctx(ce.Ctx).Info().Err(err).Str("command", ce.Command).Msg("A command was refused")
			answer = "That is not possible: " + format.EscapeMarkdown(err.Error()) + "."
		}
		ce.Reply("%s", answer)
	}
}

// startChat begins a direct conversation for a person in Matrix.
func (c *Connector) startChat(ctx context.Context, user *bridgev2.User, args []string) (string, error) {
	client, args, err := c.clientNamed(user, args)
	if err != nil {
		return "", err
	}
	people, err := client.findPeople(ctx, args)
	if err != nil {
		return "", err
	}
	portal, err := client.openDirect(ctx, user.MXID, people...)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("Your conversation with %s: %s", format.EscapeMarkdown(listPeople(people)), c.roomLink(c.roomOf(portal))), nil
}

// createChannel makes a channel in Slack for a person in Matrix, who is invited to its
// room.
func (c *Connector) createChannel(ctx context.Context, user *bridgev2.User, args []string) (string, error) {
	client, args, err := c.clientNamed(user, args)
	if err != nil {
		return "", err
	}
	private := len(args) > 1 && args[0] == "private"
	if private {
		args = args[1:]
	}
	name := strings.ToLower(strings.TrimPrefix(strings.Join(args, "-"), "#"))
	if name == "" {
		return "", errors.New("name the channel")
	}
	if !c.options.Network.Channels.Allows(name) {
		return "", fmt.Errorf("network.channels of the bridge's configuration leaves out a channel named %s", name)
	}
	if _, err := client.ready(); err != nil {
		return "", err
	}
	created, err := client.api.CreateChannel(ctx, name, private)
	if err != nil {
		return "", err
	}
	created.IsMember = true // it is the bot's own
	if err := client.noteConsent(ctx, slackdb.Consent{Team: client.team, Channel: created.ID, By: user.MXID.String()}); err != nil {
		return "", err
	}
	ctx, cancel := context.WithTimeout(ctx, syncPatience)
	defer cancel()
	if err := client.makeRoom(ctx, *created); err != nil {
		return "", fmt.Errorf("the channel is there, and its room is not yet: %w", err)
	}
	portal, err := c.bridge.GetPortalByKey(ctx, client.conversations.keyOf(*created))
	if err != nil {
		return "", fmt.Errorf("load the portal of %s: %w", created.ID, err)
	}
	if err := client.letIn(ctx, portal, user.MXID); err != nil {
		return "", err
	}
	return fmt.Sprintf("The channel %s: %s", format.EscapeMarkdown("#"+created.Name), c.roomLink(c.roomOf(portal))), nil
}

// clientNamed returns the login through which a command acts: the one that its first
// argument names, else the person's own, else the only one that there is.
func (c *Connector) clientNamed(user *bridgev2.User, args []string) (*Client, []string, error) {
	if len(args) > 0 {
		if client := c.clients.of(networkid.UserLoginID(args[0])); client != nil {
			return client, args[1:], nil
		}
	}
	if own := user.GetDefaultLogin(); own != nil {
		if client, ok := own.Client.(*Client); ok {
			return client, args, nil
		}
	}
	all := c.clients.all()
	switch len(all) {
	case 0:
		return nil, nil, errors.New("the bridge is connected to no workspace")
	case 1:
		return all[0], args, nil
	}
	var logins []string
	for _, client := range all {
		logins = append(logins, fmt.Sprintf("%s (%s)", client.login.ID, client.teamNames().Name))
	}
	slices.Sort(logins)
	return nil, nil, fmt.Errorf("name the workspace's login first: %s", strings.Join(logins, ", "))
}

// clientFor returns a login in a workspace, a person's own before others, or nil.
func (c *Connector) clientFor(person id.UserID, team string) (found *Client) {
	for _, client := range c.clients.all() {
		if client.team == team && (found == nil || client.login.UserMXID == person) {
			found = client
		}
	}
	return found
}
