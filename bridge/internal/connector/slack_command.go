package connector

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/rs/zerolog"
	"maunium.net/go/mautrix/id"

	"ops-jrz1/bridge/internal/inbox"
	"ops-jrz1/bridge/internal/settings"
	"ops-jrz1/bridge/internal/slackevent"
	"ops-jrz1/bridge/internal/slackfmt"
)

// The slash command /matrix tells a person in Slack how the bridge is where they are, and
// what they can do. Only they see the answer. There are no dialogs: Slack's modals need
// nothing that the bridge has to ask.

// kindCommand is a row of a slash command; its payload is a slackevent.SlashCommand.
const kindCommand = "command"

// commandLife is how long a slash command can be answered (Slack docs: handling user
// interaction).
const commandLife = 30 * time.Minute

// commandRow makes the row of a slash command. What Slack sends besides, such as a
// verification token, is not kept.
func (c *Client) commandRow(payload []byte) (inbox.Row, error) {
	command, err := slackevent.ParseSlashCommand(payload)
	if err != nil {
		return inbox.Row{}, err
	}
	kept, err := json.Marshal(command)
	if err != nil {
		return inbox.Row{}, fmt.Errorf("encode a slash command: %w", err)
	}
	return inbox.Row{
		Source: sourceOf(c.login.ID), Lane: c.lane("") + "commands", Kind: kindCommand, Payload: kept,
		Key: "command " + command.TriggerID, Decoded: storedEvent{kind: slackevent.TypeSlashCommands},
	}, nil
}

// handleCommand handles a row of kind command.
func (c *Client) handleCommand(ctx context.Context, row *inbox.Attempt) error {
	var command slackevent.SlashCommand
	if err := json.Unmarshal(row.Payload, &command); err != nil {
		return inbox.Park(fmt.Errorf("read a slash command: %w", err))
	}
	log := zerolog.Ctx(ctx)
	if time.Since(row.Arrived) > commandLife {
		log.Info().Msg("A slash command is too old to be answered")
		return nil
	}
	text, err := c.commandAnswer(ctx, command)
	if err != nil {
		return err
	}
	err = c.api.Respond(ctx, command.ResponseURL, text)
	if err == nil || isTriedAgain(err) {
		return err
	}
	log.Info().Err(err).Msg("Slack does not take the answer to a slash command")
	return nil
}

// commandAnswer is the answer to a slash command, in mrkdwn.
func (c *Client) commandAnswer(ctx context.Context, command slackevent.SlashCommand) (string, error) {
	switch word := strings.ToLower(strings.TrimSpace(command.Text)); word {
	case "", "status":
		return c.statusIn(ctx, command.Channel)
	case "help":
		return c.commandHelp(command.Command), nil
	default:
		return "`" + slackfmt.Escape(strings.ReplaceAll(shorten(word, 40), "`", "")) + "` is not known here.\n" + c.commandHelp(command.Command), nil
	}
}

// commandHelp lists what a person in Slack can do.
func (c *Client) commandHelp(name string) string {
	return strings.Join([]string{
		"`" + name + " status` tells whether this channel is bridged to Matrix, and how the bridge is.",
		"`" + name + " help` shows this.",
		"`/invite @" + slackfmt.Escape(c.botName()) + "` has a channel bridged to which the bot does not belong.",
		"`opt out`, as a direct message to the bot, has nothing that you say brought to Matrix; `opt in` ends that.",
		"`erase me`, as a direct message to the bot, has the bridge forget you, with your name and picture.",
	}, "\n")
}

// statusIn tells a person in Slack how the bridge is in a conversation. What is wrong with the
// bridge itself is for its operator.
func (c *Client) statusIn(ctx context.Context, channel string) (string, error) {
	portal, err := c.portalOf(ctx, channel)
	if err != nil {
		return "", err
	}
	room := c.connector.roomOf(portal)
	if room == "" {
		return "This conversation has no room in Matrix. One is made when the bot is in it and a message is said, if the bridge's configuration allows it.", nil
	}
	lines := []string{c.bridgedWith(room)}
	direction, err := c.directionIn(ctx, channel)
	if err != nil {
		return "", err
	}
	switch direction {
	case settings.OnlyFromSlack:
		lines = append(lines, "Messages go from Slack to Matrix alone.")
	case settings.OnlyToSlack:
		lines = append(lines, "Messages go from Matrix to Slack alone.")
	}
	in := c.connector.inbox
	if waiting := in.WaitingIn(c.lane(channel), 0); waiting > 0 {
		lines = append(lines, fmt.Sprintf("%d events of this conversation wait for Matrix.", waiting))
	}
	if waiting := in.WaitingIn(room.String(), 0); waiting > 0 {
		lines = append(lines, fmt.Sprintf("%d events of the room wait for Slack.", waiting))
	}
	return strings.Join(append(lines, c.howTheBridgeIs(ctx)), "\n"), nil
}

// bridgedWith names a conversation's room, with a link to it.
func (c *Client) bridgedWith(room id.RoomID) string {
	link := room.URI(c.connector.serverName()).MatrixToURL()
	return "This conversation is bridged with a <" + slackfmt.Escape(link) + "|room in Matrix>."
}

// howTheBridgeIs says whether something is wrong, without what.
func (c *Client) howTheBridgeIs(ctx context.Context) string {
	if c.connector.options.Status == nil {
		return "The bridge runs."
	}
	status, err := c.connector.options.Status(ctx)
	if err != nil || len(status.Troubles()) > 0 {
		return "Something is wrong with the bridge; its operator sees what with `slack-bridge status`."
	}
	return "All is well."
}
