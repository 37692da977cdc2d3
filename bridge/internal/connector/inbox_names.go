package connector

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"go.mau.fi/util/dbutil"
	"maunium.net/go/mautrix/bridgev2/database"
	"maunium.net/go/mautrix/bridgev2/networkid"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"ops-jrz1/bridge/internal/inbox"
	"ops-jrz1/bridge/internal/matrixevent"
	"ops-jrz1/bridge/internal/operator"
	"ops-jrz1/bridge/internal/slackevent"
	"ops-jrz1/bridge/internal/slackid"
)

// RowNames describes rows of the inbox to people. It uses only the database, so that it
// says the same whether the bridge runs or not, except what a row waits for.
type RowNames struct {
	db     *database.Database
	prefix string // of commands
	// waits says what a lane of a login waits for; nil if no bridge runs.
	waits func(ctx context.Context, login networkid.UserLoginID, channel string) (string, error)
}

var _ operator.Names = RowNames{}

// NewRowNames returns the RowNames of a database that no bridge in this process uses.
// prefix is what commands begin with.
func NewRowNames(db *dbutil.Database, prefix string) RowNames {
	return RowNames{db: database.New("", (*Connector)(nil).GetDBMetaTypes(), db), prefix: prefix}
}

// Where implements operator.Names.
func (n RowNames) Where(ctx context.Context, row inbox.Row) (string, error) {
	if row.Source == matrixevent.Source {
		return n.room(ctx, row.Lane)
	}
	team, channel, _ := strings.Cut(row.Lane, "/")
	channel, _, _ = strings.Cut(channel, "/") // of a reading next to the conversation's lane
	id := slackid.MakePortalID(team, channel)
	if channel == "" {
		id = slackid.MakeTeamPortalID(team)
	}
	portal, err := n.db.Portal.GetByIDWithUncertainReceiver(ctx, networkid.PortalKey{ID: id, Receiver: loginOf(row.Source)})
	if err != nil {
		return "", fmt.Errorf("load the portal %s: %w", id, err)
	}
	return n.portal(ctx, portal)
}

// Waits implements operator.Names.
func (n RowNames) Waits(ctx context.Context, row inbox.Row) (string, error) {
	if n.waits == nil || row.Source == matrixevent.Source {
		return "", nil
	}
	_, channel, _ := strings.Cut(row.Lane, "/")
	return n.waits(ctx, loginOf(row.Source), channel)
}

// room names a lane of the homeserver's rows.
func (n RowNames) room(ctx context.Context, lane string) (string, error) {
	switch {
	case lane == matrixevent.KeysLane:
		return "encryption keys", nil
	case strings.HasPrefix(lane, eraseLane("")):
		return "a person who is erased", nil
	}
	portal, err := n.db.Portal.GetByMXID(ctx, id.RoomID(lane))
	if err != nil {
		return "", fmt.Errorf("load the portal of %s: %w", lane, err)
	}
	return n.portal(ctx, portal)
}

// portal names a conversation: by its name, or by the person that a direct one is with.
func (n RowNames) portal(ctx context.Context, portal *database.Portal) (string, error) {
	if portal == nil {
		return "", nil
	}
	if portal.Name != "" || portal.OtherUserID == "" {
		return portal.Name, nil
	}
	ghost, err := n.db.Ghost.GetByID(ctx, portal.OtherUserID)
	if err != nil {
		return "", fmt.Errorf("load the ghost %s: %w", portal.OtherUserID, err)
	}
	if ghost == nil {
		return "", nil
	}
	return "direct: " + cmp.Or(ghost.Name, string(ghost.ID)), nil
}

// Reasons why the content of a row is not shown.
const (
	withheldCommand    = operator.Withheld("it may be a command, and commands may hold secrets")
	withheldKeys       = operator.Withheld("it belongs to encryption itself")
	withheldNothing    = operator.Withheld("the bridge made this row; no person wrote it")
	withheldUnreadable = operator.Withheld("it cannot be read, so it is not known whether it may be shown")
)

// Content implements operator.Names. Of events from Matrix it shows only those in the room
// of a conversation, since everything elsewhere may be a command.
func (n RowNames) Content(ctx context.Context, row inbox.Row) (string, error) {
	if row.Source == matrixevent.Source {
		return n.matrixContent(ctx, row)
	}
	switch row.Kind {
	case kindEvent:
	case kindStaged:
		return indented(row.Payload)
	default:
		return "", withheldNothing
	}
	callback, err := slackevent.ParseCallback(row.Payload)
	if err != nil {
		return "", withheldUnreadable
	}
	return indented(callback.Event) // what surrounds it holds a token of the app
}

func (n RowNames) matrixContent(ctx context.Context, row inbox.Row) (string, error) {
	switch row.Kind {
	case matrixevent.KindEvent, matrixevent.KindRecovered:
	case kindErase:
		return "", withheldNothing
	default:
		return "", withheldKeys
	}
	portal, err := n.db.Portal.GetByMXID(ctx, id.RoomID(row.Lane))
	if err != nil {
		return "", fmt.Errorf("load the portal of %s: %w", row.Lane, err)
	}
	if portal == nil {
		return "", withheldCommand
	}
	evt, err := matrixevent.Parse(row.Payload)
	switch {
	case err != nil:
		return "", withheldUnreadable
	case n.isCommand(evt):
		return "", withheldCommand
	}
	return indented(row.Payload)
}

// isCommand says whether an event is a command, or an edit to one.
func (n RowNames) isCommand(evt *event.Event) bool {
	content, ok := evt.Content.Parsed.(*event.MessageEventContent)
	if !ok {
		return false
	}
	dropFallbacks(evt)
	if isCommand(strings.TrimPrefix(content.Body, "* "), n.prefix) {
		return true
	}
	return content.NewContent != nil && isCommand(content.NewContent.Body, n.prefix)
}

func indented(raw []byte) (string, error) {
	var text bytes.Buffer
	if err := json.Indent(&text, raw, "", "  "); err != nil {
		return "", withheldUnreadable
	}
	return text.String(), nil
}
