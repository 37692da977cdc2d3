package connector

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/rs/zerolog"
	"maunium.net/go/mautrix/appservice"
	"maunium.net/go/mautrix/bridgev2"
	"maunium.net/go/mautrix/bridgev2/matrix"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"ops-jrz1/bridge/internal/failpoint"
	"ops-jrz1/bridge/internal/inbox"
	"ops-jrz1/bridge/internal/matrixevent"
	"ops-jrz1/bridge/internal/slackapi"
	"ops-jrz1/bridge/internal/slackid"
)

// matrixPatience is how long an event waits for Slack's rate limits before its row gives
// way and is tried again later.
const matrixPatience = 250 * time.Millisecond

// HandleMatrix handles one row from the homeserver: an event of a room, or data for
// encryption. See [inbox.Handle].
func (c *Connector) HandleMatrix(ctx context.Context, row *inbox.Attempt) error {
	switch row.Kind {
	case matrixevent.KindEvent, matrixevent.KindRecovered:
	case matrixevent.KindToDevice, matrixevent.KindKeys:
		return c.handleKeys(ctx, row)
	case kindErase:
		return orLater(c.handleErase(ctx, row))
	default:
		return inbox.Park(fmt.Errorf("rows of kind %q are a newer bridge's", row.Kind))
	}
	evt, err := matrixevent.Parse(row.Payload)
	if err != nil && !errors.Is(err, matrixevent.ErrSaid) {
		return inbox.Park(fmt.Errorf("read stored event %s: %w", row.Key, err))
	}
	ctx = c.bridge.Log.With().Int64("row", row.ID).Stringer("event_id", evt.ID).Stringer("room_id", evt.RoomID).Logger().WithContext(ctx)
	if err != nil {
		return orLater(c.tellUnreadable(ctx, row, evt))
	}
	err = c.handleEvent(ctx, row, evt)
	if err == nil {
		failpoint.Hit(failpoint.RowDone)
	}
	return orLater(err)
}

// commandAge is how old a command may be that was read from a room instead of coming in a
// transaction. Older ones may have been run: the inbox forgets what it has handled after a
// day, and clocks differ.
const commandAge = inbox.KeepKeys - time.Hour

// handleEvent handles an event of a room as the framework's Matrix connector does, except
// that it decrypts, waits and decides about the outcome itself, so that nothing is lost.
func (c *Connector) handleEvent(ctx context.Context, row *inbox.Attempt, evt *event.Event) error {
	if crypto := c.crypto(); crypto != nil && evt.Type == event.StateMember && !c.bridge.IsGhostMXID(id.UserID(evt.GetStateKey())) {
		crypto.HandleMemberEvent(ctx, evt)
	}
	evt = asPoll(evt)
	if c.ignores(evt) || !isOfUse(evt) {
		return nil
	}
	if !c.bridge.Config.Permissions.Get(evt.Sender).SendEvents && evt.Type != event.StateMember {
		return c.tellNotPermitted(ctx, evt)
	}
	if evt.Type == event.EventEncrypted {
		decrypted, err := c.decrypt(ctx, row, evt)
		if err != nil || decrypted == nil {
			return err
		}
		evt = asPoll(decrypted)
	} else if c.mustBeEncrypted(evt) {
		return c.refuse(ctx, evt, refusal(errNotEncrypted))
	}
	dropFallbacks(evt)
	forBridge, err := c.isForBridge(ctx, evt)
	if err != nil {
		return err
	}
	if forBridge {
		if handled, err := c.handleChoice(ctx, evt); handled || err != nil {
			return err
		}
		if !c.bridge.Config.Permissions.Get(evt.Sender).Commands {
			return c.tellNoCommands(ctx, evt)
		}
		if row.Kind == matrixevent.KindRecovered && time.Since(time.UnixMilli(evt.Timestamp)) > commandAge {
			zerolog.Ctx(ctx).Warn().Msg("A command that was read from its room is too old to be run: it may have been run before")
			return nil
		}
		if err := row.Begin(ctx); err != nil {
			return err
		}
		c.bridge.QueueMatrixEvent(ctx, evt)
		return nil
	}
	if back, err := c.keepsBack(ctx, evt); back || err != nil {
		return err
	}
	said := pollAsText(evt)
	if isUnreadablePoll(evt, said) {
		return c.tellUnreadable(ctx, row, evt)
	}
	return c.bridgeEvent(ctx, row, said)
}

// bridgeEvent bridges an event to Slack.
func (c *Connector) bridgeEvent(ctx context.Context, row *inbox.Attempt, evt *event.Event) error {
	client, portal, err := c.speaker(ctx, evt)
	if err != nil {
		return err
	}
	if portal == nil && c.isDirectInvite(evt) {
		return c.beginDirect(ctx, evt)
	}
	if handled, err := c.handleMatrixEnd(ctx, portal, evt); handled || err != nil {
		return err
	}
	if client == nil {
		if handled, err := c.handleUnspokenUpgrade(ctx, portal, evt); handled || err != nil {
			return err
		}
	}
	if client != nil {
		if against, err := client.againstDirection(ctx, portal, evt); against || err != nil {
			return err
		}
		if done, err := c.mayNotSpeak(ctx, row, evt); done || err != nil {
			return err
		}
		if err := c.awaitTarget(ctx, client, row, evt, portal); err != nil {
			return err
		}
		if err := client.joinChannel(ctx, portal, evt); err != nil {
			return err
		}
		if handled, err := client.handleMatrixReaction(ctx, row, portal, evt); handled || err != nil {
			return err
		}
		if handled, err := client.handleMatrixMember(ctx, row, portal, evt); handled || err != nil {
			return err
		}
		if handled, err := client.handleMatrixUpgrade(ctx, row, portal, evt); handled || err != nil {
			return err
		}
		if handled, err := client.handleMatrixPins(ctx, row, portal, evt); handled || err != nil {
			return err
		}
		if done, err := c.isPosted(ctx, row, evt); done || err != nil {
			return err
		}
		found, done, err := client.findEdited(ctx, portal, evt)
		if done || err != nil {
			return err
		}
		evt = found
		if err := client.lookUpNames(ctx, evt); err != nil {
			return err
		}
	}
	attempt, err := c.attempts.begin(row, evt, c.restored)
	if err != nil {
		return err
	}
	defer c.attempts.end(evt)
	if client != nil {
		if err := client.uploadFiles(ctx, attempt, portal, evt); err != nil {
			return err
		}
		if err := client.awaitTurn(ctx, portal, evt); err != nil {
			return err
		}
	}
	c.guardCommands(evt)
	refused, err := attempt.judge(c.bridge.QueueMatrixEvent(ctx, evt))
	if stopped := c.bridge.BackgroundCtx.Err(); stopped != nil && attempt.reached {
		return fmt.Errorf("the bridge stopped meanwhile: %w", stopped)
	}
	if refused != nil && client != nil {
		if why := client.unlessMoving(ctx, row, portal, refused); isTriedAgain(why) {
			return why
		}
	}
	if refused != nil {
		return c.refuse(ctx, evt, refused)
	}
	if err == nil && client != nil && !attempt.reached && client.isMoving(portal) {
		return inbox.Later(shortWait, errMoving) // the framework had just forgotten the portal
	}
	return err
}

// speaker returns the login that posts for an event's room and the room's portal, or
// nil if the event is not for Slack.
func (c *Connector) speaker(ctx context.Context, evt *event.Event) (*Client, *bridgev2.Portal, error) {
	portal, err := c.bridge.GetPortalByMXID(ctx, evt.RoomID)
	if err != nil || portal == nil {
		return nil, nil, wrapped(err, "load the portal of %s", evt.RoomID)
	}
	return c.relayOf(portal), portal, nil
}

// relayOf returns the client of the login that posts for a portal, or nil.
func (c *Connector) relayOf(portal *bridgev2.Portal) *Client {
	c.relays.RLock()
	defer c.relays.RUnlock()
	if portal.Relay == nil {
		return nil
	}
	client, _ := portal.Relay.Client.(*Client)
	return client
}

// awaitTarget delays an event whose target is not in the database while rows from Slack
// that came before it are not done: one of them may be the target.
func (c *Connector) awaitTarget(ctx context.Context, client *Client, row *inbox.Attempt, evt *event.Event, portal *bridgev2.Portal) error {
	target := matrixevent.Target(evt)
	_, channel, err := slackid.ParsePortalID(portal.ID)
	if target == "" || err != nil || c.inbox.WaitingIn(client.lane(channel), row.ID) == 0 {
		return nil
	}
	known, err := c.bridge.DB.Message.GetPartByMXID(ctx, target)
	if err != nil || known != nil {
		return wrapped(err, "look up the message that %s is about", evt.ID)
	}
	return inbox.Later(shortWait, errTargetUnknown)
}

var errTargetUnknown = errors.New("what it is about may still be on its way from Slack")

// isPosted says whether an earlier process has posted a message and noted it, so that
// only the mark of its row was lost.
func (c *Connector) isPosted(ctx context.Context, row *inbox.Attempt, evt *event.Event) (bool, error) {
	if !row.Unsure && row.Kind != matrixevent.KindRecovered || evt.Type != event.EventMessage && evt.Type != event.EventSticker {
		return false, nil
	}
	part, err := c.bridge.DB.Message.GetPartByMXID(ctx, evt.ID)
	return part != nil, wrapped(err, "look up message %s", evt.ID)
}

// awaitTurn returns an error that names the wait while Slack's limits would hold the
// event's call back, so that no portal is locked meanwhile.
func (c *Client) awaitTurn(ctx context.Context, portal *bridgev2.Portal, evt *event.Event) error {
	method := methodOf(evt)
	if method == "" || c.unusable() != "" {
		return nil
	}
	_, channel, err := slackid.ParsePortalID(portal.ID)
	if err != nil || channel == "" {
		return nil // it does not go to Slack; the handlers say why
	}
	return c.api.Ready(slackapi.WaitAtMost(ctx, matrixPatience), method, channel)
}

// methodOf is the Web API method that an event will call first while its portal is
// locked, or "".
func methodOf(evt *event.Event) string {
	switch evt.Type {
	case event.EventMessage, event.EventSticker:
		content, ok := evt.Content.Parsed.(*event.MessageEventContent)
		if ok && content.RelatesTo.GetReplaceID() != "" {
			return "chat.update"
		}
		if ok && len(filesOf(evt, content)) > 0 {
			return "files.completeUploadExternal"
		}
		return "chat.postMessage"
	case event.EventRedaction:
		return "chat.delete"
	case event.StateRoomName:
		return "conversations.rename"
	case event.StateTopic:
		return "conversations.setTopic"
	default:
		return ""
	}
}

// ignores says whether an event comes from the bridge itself: from its bot, a ghost or
// a double puppet.
func (c *Connector) ignores(evt *event.Event) bool {
	if c.Ours(evt.Sender) && evt.Type != event.StateTombstone {
		return true
	}
	connector, ok := c.bridge.Matrix.(*matrix.Connector)
	if !ok || evt.Content.Raw[appservice.DoublePuppetKey] != connector.AS.DoublePuppetValue || connector.AS.DoublePuppetValue == "" {
		return false
	}
	ts, ok := evt.Content.Raw[appservice.DoublePuppetTSKey].(float64)
	return !ok || int64(ts) == evt.Timestamp
}

// isOfUse says whether an event is of a type that the framework's Matrix connector passes
// to the bridge (bridgev2/matrix/connector.go, Init), or that the bridge handles itself.
func isOfUse(evt *event.Event) bool {
	switch evt.Type {
	case event.EventMessage, event.EventSticker, event.EventEncrypted, event.EventUnstablePollStart, event.EventUnstablePollResponse,
		event.EventReaction, event.EventRedaction, event.StateMember, event.StatePowerLevels, event.StateRoomName,
		event.StateRoomAvatar, event.StateTopic, event.StatePinnedEvents, event.StateTombstone:
		return true
	}
	return false
}

// Ours says whether a Matrix user is the bridge's bot or one of its ghosts: what
// they say comes from Slack.
func (c *Connector) Ours(user id.UserID) bool {
	return user == c.bridge.Bot.GetMXID() || c.bridge.IsGhostMXID(user)
}

// isForBridge says whether an event is for the bridge itself: a command, or anything
// in a management room. It is handled at most once and not kept.
func (c *Connector) isForBridge(ctx context.Context, evt *event.Event) (bool, error) {
	if evt.Type != event.EventMessage {
		return false, nil
	}
	content, ok := evt.Content.Parsed.(*event.MessageEventContent)
	if !ok {
		return false, nil
	}
	prefix := c.bridge.Config.CommandPrefix
	if _, broadcast := cutBroadcast(content.Body, prefix); isCommand(content.Body, prefix) && !broadcast {
		return true, nil
	}
	user, err := c.bridge.GetExistingUserByMXID(ctx, evt.Sender) // who is not known has no chat with the bot
	if err != nil || user == nil {
		return false, wrapped(err, "load the user %s", evt.Sender)
	}
	return user.ManagementRoom == evt.RoomID, nil
}

// wrapped is an error with what was being done, or nil.
func wrapped(err error, format string, args ...any) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf(format+": %w", append(args, err)...)
}
