package connector

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/rs/zerolog"
	"maunium.net/go/mautrix/bridgev2"
	"maunium.net/go/mautrix/bridgev2/commands"
	"maunium.net/go/mautrix/format"
	"maunium.net/go/mautrix/id"

	"ops-jrz1/bridge/internal/inbox"
	"ops-jrz1/bridge/internal/matrixevent"
	"ops-jrz1/bridge/internal/operator"
)

// inboxCommandName is the command's name, after the prefix.
const inboxCommandName = "inbox"

// retryCommandName is the name of the command that is short for `inbox retry`.
const retryCommandName = "retry"

// shownRows is how many rows the answer in a chat lists.
const shownRows = 20

// addCommands adds the connector's commands to the framework's, and runs each person's
// commands one after another.
func (c *Connector) addCommands() {
	processor, ok := c.bridge.Commands.(*commands.Processor)
	if !ok {
		return
	}
	processor.AddHandlers(loginCommands()...)
	processor.AddHandlers(c.unlinkCommands()...)
	processor.AddHandlers(c.plumbCommands()...)
	processor.AddHandlers(c.chatCommands()...)
	processor.AddHandlers(c.choiceCommands()...)
	processor.AddHandlers(c.eraseCommands()...)
	processor.AddHandlers(c.statusCommand(), c.doctorCommand())
	processor.AddHandlers(c.muteCommands()...)
	processor.AddHandlers(&commands.FullHandler{
		Name: retryCommandName,
		Func: c.inboxCommand,
		Help: commands.HelpMeta{
			Section: commands.HelpSectionMisc, Args: "[_ID_]", Description: "Try again what the bridge could not carry over: all of it, or one row",
		},
	}, &commands.FullHandler{
		Name: inboxCommandName,
		Func: c.inboxCommand,
		Help: commands.HelpMeta{
			Section: commands.HelpSectionMisc, Args: "list | show _ID_ | retry _ID_ | drop _ID_",
			Description: "See what the bridge could not carry over, try it again or give it up",
		},
	})
	processor.AddHandlers(&commands.FullHandler{
		Name: broadcastName,
		Func: func(ce *commands.Event) {
			ce.Reply("Write `%s %s TEXT` in a thread of a bridged room: the answer is in the thread and in the channel then.", c.bridge.Config.CommandPrefix, broadcastName)
		},
		Help: commands.HelpMeta{
			Section: commands.HelpSectionMisc, Args: "_TEXT_", Description: "In a thread: answer, and show the answer in the channel too",
		},
	})
	c.bridge.Commands = newTurns(processor)
}

// Desk is what operators can do with the inbox. It uses the framework's own view of the
// database: making another would write into what the framework reads.
func (c *Connector) Desk() operator.Desk {
	return operator.Desk{Box: c.Inbox, Names: RowNames{db: c.bridge.DB, prefix: c.bridge.Config.CommandPrefix, waits: c.fillingLine}}
}

// inboxCommand answers `!slack inbox …` in a management room.
func (c *Connector) inboxCommand(ce *commands.Event) {
	if ce.RoomID != ce.User.ManagementRoom {
		ce.Reply("Write this in your own chat with the bot: what the inbox holds is not for everybody here.")
		return
	}
	view := inboxView{c: c, user: ce.User, desk: c.Desk(), prefix: c.bridge.Config.CommandPrefix, now: time.Now()}
	args := ce.Args
	if ce.Command == retryCommandName {
		args = append([]string{retryCommandName}, args...)
	}
	text, err := view.do(ce.Ctx, args)
	if err != nil {
		zerolog.Ctx(ce.Ctx).Warn().Err(err).Msg("A command about the inbox failed")
		text = format.EscapeMarkdown(err.Error())
	}
	ce.Reply("%s", text)
}

// inboxView is the inbox as one user sees it.
type inboxView struct {
	c      *Connector
	user   *bridgev2.User
	desk   operator.Inbox
	prefix string
	now    time.Time
}

// do runs what a command's arguments say and returns the answer in Markdown.
func (v inboxView) do(ctx context.Context, args []string) (string, error) {
	if len(args) == 0 || len(args) == 1 && args[0] == "list" {
		return v.list(ctx)
	}
	if len(args) == 1 && args[0] == retryCommandName {
		return v.retryAll(ctx)
	}
	verbs := map[string]func(context.Context, operator.Row) (string, error){"show": v.show, "retry": v.retry, "drop": v.drop}
	verb := verbs[args[0]]
	if verb == nil || len(args) != 2 {
		return fmt.Sprintf("Write `%[1]s list`, `%[1]s show ID`, `%[1]s retry`, `%[1]s retry ID` or `%[1]s drop ID`.", v.prefix+" "+inboxCommandName), nil
	}
	number, err := strconv.ParseInt(strings.TrimPrefix(args[1], "#"), 10, 64)
	if err != nil {
		return format.SafeMarkdownCode(args[1]) + " is not the number of a row.", nil
	}
	rows, err := v.rows(ctx)
	if err != nil {
		return "", err
	}
	at := slices.IndexFunc(rows, func(row operator.Row) bool { return row.ID == number })
	if at < 0 {
		return fmt.Sprintf("There is no row %d: it is done, was dropped, or is not of a login of yours.", number), nil
	}
	return verb(ctx, rows[at])
}

// rows returns the rows that the user may see: an admin all, others those of their own
// logins.
func (v inboxView) rows(ctx context.Context) ([]operator.Row, error) {
	rows, err := v.desk.List(ctx)
	if err != nil || v.user.Permissions.Admin {
		return rows, err
	}
	type place struct{ source, lane string }
	owners := map[place]id.UserID{}
	var own []operator.Row
	for _, row := range rows {
		at := place{row.Source, row.Lane}
		if _, known := owners[at]; !known {
			if owners[at], err = v.c.ownerOf(ctx, inbox.Row{Source: row.Source, Lane: row.Lane}); err != nil {
				return nil, err
			}
		}
		if owners[at] == v.user.MXID {
			own = append(own, row)
		}
	}
	return own, nil
}

// ownerOf is the owner of a row's login, "" if there is none.
func (c *Connector) ownerOf(ctx context.Context, row inbox.Row) (id.UserID, error) {
	client := c.clients.of(loginOf(row.Source))
	if row.Source == matrixevent.Source {
		portal, err := c.bridge.GetPortalByMXID(ctx, id.RoomID(row.Lane))
		if err != nil {
			return "", fmt.Errorf("load the portal of %s: %w", row.Lane, err)
		}
		if portal == nil {
			return "", nil
		}
		client = c.relayOf(portal)
	}
	if client == nil {
		return "", nil
	}
	return client.login.UserMXID, nil
}

func (v inboxView) list(ctx context.Context) (string, error) {
	rows, err := v.rows(ctx)
	if err != nil {
		return "", err
	}
	parked, waiting := operator.Split(rows)
	if len(rows) == 0 {
		return "Nothing waits and nothing is parked.", nil
	}
	var text strings.Builder
	fmt.Fprintf(&text, "%d parked, %d waiting for their turn.\n\n", len(parked), len(waiting))
	rooms := map[string]bool{}
	for _, row := range waiting {
		if room := row.Source + " " + row.Lane; row.Waits != "" && !rooms[room] && len(rooms) < shownRows {
			rooms[room] = true
			fmt.Fprintf(&text, "* %s: %s\n", format.EscapeMarkdown(row.Place()), format.EscapeMarkdown(row.Waits))
		}
	}
	own := 0
	for _, row := range parked {
		if row.Parked.With != 0 {
			continue // listed with the row that it is about
		}
		if own++; own > shownRows {
			fmt.Fprintf(&text, "\nThese are the first %d; `slack-bridge inbox list` on the server lists all.", shownRows)
			break
		}
		fmt.Fprintf(&text, "* **%d** %s, parked %s ago: %s%s\n", row.ID, what(row), operator.Age(v.now, row.Parked.Since), format.EscapeMarkdown(row.Parked.Why()), withIt(row))
	}
	return text.String(), nil
}

// what describes a row in a few words.
func what(row operator.Row) string {
	from := "from Slack"
	if row.Source == matrixevent.Source {
		from = "from Matrix"
	}
	return fmt.Sprintf("%s %s, %s", row.Kind, from, format.EscapeMarkdown(row.Place()))
}

func withIt(row operator.Row) string {
	if len(row.Holds) == 0 {
		return ""
	}
	return fmt.Sprintf(" (waiting for it: %s)", operator.IDs(row.Holds))
}

func (v inboxView) show(_ context.Context, row operator.Row) (string, error) {
	var text strings.Builder
	fmt.Fprintf(&text, "**%d** %s, key %s, arrived %s ago.\n\n", row.ID, what(row), format.SafeMarkdownCode(row.Key), operator.Age(v.now, row.Arrived))
	if row.Parked == nil {
		text.WriteString("It waits for its turn.")
		return text.String(), nil
	}
	fmt.Fprintf(&text, "Parked %s ago: %s%s.", operator.Age(v.now, row.Parked.Since), format.EscapeMarkdown(strings.TrimSuffix(row.Parked.Why(), ".")), withIt(row))
	return text.String(), nil
}

func (v inboxView) retry(ctx context.Context, row operator.Row) (string, error) {
	rows, err := v.desk.Retry(ctx, row.ID)
	if err != nil {
		return "", err
	}
	if rows == 1 {
		return fmt.Sprintf("Row %d is tried again.", row.ID), nil
	}
	return fmt.Sprintf("Row %d is tried again, and %d that wait with it.", row.ID, rows-1), nil
}

// retryAll tries every parked row again that the user may see.
func (v inboxView) retryAll(ctx context.Context) (string, error) {
	rows, err := v.rows(ctx)
	if err != nil {
		return "", err
	}
	parked, _ := operator.Split(rows)
	tried := 0
	for _, row := range parked {
		if row.Parked.With != 0 {
			continue // it goes on with the row that it is about
		}
		with, err := v.desk.Retry(ctx, row.ID)
		if err != nil {
			return "", err
		}
		tried += with
	}
	if tried == 0 {
		return "Nothing is parked.", nil
	}
	return fmt.Sprintf("Rows that are tried again: %d.", tried), nil
}

func (v inboxView) drop(ctx context.Context, row operator.Row) (string, error) {
	dropped, err := v.desk.Drop(ctx, row.ID)
	if err != nil {
		return "", err
	}
	return "Dropped for good: " + operator.IDs(dropped) + ".", nil
}
