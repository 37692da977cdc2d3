package connector

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/rs/zerolog"
	"maunium.net/go/mautrix/bridgev2/commands"
	"maunium.net/go/mautrix/bridgev2/networkid"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/format"
	"maunium.net/go/mautrix/id"

	"ops-jrz1/bridge/internal/exit"
	"ops-jrz1/bridge/internal/slackid"
)

const (
	// eraseName is the command of administrators, and eraseSelf what a person of either side
	// writes for themselves.
	eraseName = "erase"
	eraseSelf = "erase me"
)

// erasedText is the one line that says what is done.
func erasedText(who string) string {
	return who + " erased: opted out from now on, for which the id alone is kept; what the bridge has stored, with name and picture, goes," +
		" as soon as Slack and the homeserver answer. What was carried before stays in Slack and in Matrix until it is deleted there."
}

// eraseCommands is `erase PERSON`, for administrators in their chat with the bot.
func (c *Connector) eraseCommands() []commands.CommandHandler {
	return []commands.CommandHandler{&commands.FullHandler{
		Name: eraseName, RequiresAdmin: true, Func: c.eraseCommand,
		Help: commands.HelpMeta{
			Section: commands.HelpSectionAdmin, Args: "_PERSON_",
			Description: "Erase a person of either side: their rows, name and picture. Anyone can write `" + eraseSelf + "` for themselves",
		},
	}}
}

func (c *Connector) eraseCommand(ce *commands.Event) {
	if ce.RoomID != ce.User.ManagementRoom {
		ce.Reply("Write this in your own chat with the bot: who is erased is not for everyone here.")
		return
	}
	text, err := c.eraseNamed(ce.Ctx, strings.Join(ce.Args, " "), ce.EventID.String())
	if err != nil {
		if cannot := (*cannotEraseError)(nil); !errors.As(err, &cannot) {
			zerolog.Ctx(ce.Ctx).Warn().Err(err).Msg("A person could not be erased")
		}
		text = "Not done: " + err.Error() + "."
	}
	ce.Reply("%s", format.EscapeMarkdown(text))
}

// Erase erases a person for an operator, and returns what is said of it. Errors of the
// operator's are *exit.Error.
func (c *Connector) Erase(ctx context.Context, name string) (string, error) {
	if c.opened.Load() == nil {
		return "", exit.New(exit.TryAgain, "the bridge is still starting, see its log for what it waits for")
	}
	text, err := c.eraseNamed(ctx, name, "operator "+rand.Text())
	if cannot := (*cannotEraseError)(nil); errors.As(err, &cannot) {
		return "", exit.New(exit.Usage, "%w", err)
	}
	return text, err
}

// cannotEraseError says why a person is not erased, which the one who asked can change.
type cannotEraseError struct{ error }

func cannotErase(why string, args ...any) error { return &cannotEraseError{fmt.Errorf(why, args...)} }

// eraseNamed erases a person by what an administrator calls them.
func (c *Connector) eraseNamed(ctx context.Context, name, occasion string) (string, error) {
	who, err := c.personNamed(ctx, name)
	if err != nil {
		return "", err
	}
	if err := c.erase(ctx, who, occasion); err != nil {
		return "", err
	}
	return erasedText(name + " is"), nil
}

// personNamed is the person of a Matrix id, of a ghost's id or Matrix user, or of an id of Slack's.
func (c *Connector) personNamed(ctx context.Context, name string) (erasure, error) {
	ghost := networkid.UserID(strings.ToLower(name))
	if person := id.UserID(name); strings.HasPrefix(name, "@") {
		if _, _, err := person.ParseAndValidateRelaxed(); err != nil {
			return erasure{}, cannotErase("%s is not a Matrix id, which is written @user:server", name)
		}
		if person == c.bridge.Bot.GetMXID() {
			return erasure{}, cannotErase("%s is the bridge's own bot", name)
		}
		of, isGhost := c.bridge.Matrix.ParseGhostMXID(person)
		if !isGhost {
			return erasure{Matrix: person}, c.ownsNoLogin(ctx, person)
		}
		ghost = of
	} else if slackUserID.MatchString(name) {
		found, err := c.ghostOf(name)
		if err != nil {
			return erasure{}, err
		}
		ghost = found
	}
	team, user, err := slackid.ParseUserID(ghost)
	if err != nil || !slackUserID.MatchString(user) {
		return erasure{}, cannotErase("%q names no person: write @user:server, an id of Slack's such as U0123456789, or TEAM-USER", name)
	}
	who := c.inSlack(team, user)
	for _, client := range c.clients.all() {
		if slices.Contains(who.Teams, client.team) && client.isApp(user) {
			return erasure{}, cannotErase("%s is the bridge's own bot", name)
		}
	}
	return who, nil
}

// ghostOf is the ghost of a user of Slack in the bridge's workspace.
func (c *Connector) ghostOf(user string) (ghost networkid.UserID, err error) {
	var known []networkid.UserID
	for _, client := range c.clients.all() {
		if found := client.ghostID(user); !slices.Contains(known, found) {
			known = append(known, found)
		}
	}
	if len(known) != 1 {
		return "", cannotErase("the bridge has %d workspaces: name the person's too, as in T0123456789-%s", len(known), user)
	}
	return known[0], nil
}

// ownsNoLogin refuses to erase who owns a login: rooms and messages depend on it.
func (c *Connector) ownsNoLogin(ctx context.Context, person id.UserID) error {
	user, err := c.bridge.GetExistingUserByMXID(ctx, person)
	if err != nil || user == nil {
		return wrapped(err, "load the user %s", person)
	}
	if logins := user.GetUserLogins(); len(logins) > 0 {
		return cannotErase("%s owns the login %s; log it out first, or give it another owner", person, logins[0].ID)
	}
	return nil
}

// eraseSender erases the person in Matrix who has asked for it. The answer comes first: their
// message is among what is dropped.
func (c *Connector) eraseSender(ctx context.Context, evt *event.Event) error {
	text := erasedText(evt.Sender.String()+" is") + fmt.Sprintf(" %s %s ends it.", c.bridge.Config.CommandPrefix, optInName)
	refused := c.ownsNoLogin(ctx, evt.Sender)
	if cannot := (*cannotEraseError)(nil); errors.As(refused, &cannot) {
		text = "Not done: " + refused.Error() + "."
	} else if refused != nil {
		return refused
	}
	if err := c.notice(withSendPlan(ctx, newSendPlan("choice "+evt.ID.String(), "notice")), evt.RoomID, text); err != nil || refused != nil {
		return err
	}
	return c.erase(ctx, erasure{Matrix: evt.Sender}, evt.ID.String())
}
