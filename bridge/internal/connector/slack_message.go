package connector

import (
	"bytes"
	"context"
	"fmt"
	"reflect"
	"slices"
	"time"

	"maunium.net/go/mautrix/bridgev2"
	"maunium.net/go/mautrix/bridgev2/database"
	"maunium.net/go/mautrix/bridgev2/networkid"

	"ops-jrz1/bridge/internal/inbox"
	"ops-jrz1/bridge/internal/slackevent"
	"ops-jrz1/bridge/internal/slackid"
)

// lateOriginal is how long after a message Slack may still deliver it for the
// first time (Slack docs: Events API, retries: the last after five minutes, here
// doubled). An edit that comes before it replaces it.
const lateOriginal = 10 * time.Minute

// messageHandler handles a message event of one subtype.
type messageHandler func(*Client, context.Context, *inbox.Attempt, *slackevent.Message) error

// messageHandlers is the one table from subtype to handler. Any other subtype
// that is not hidden is shown by its text.
func messageHandlers() map[string]messageHandler {
	return map[string]messageHandler{
		slackevent.SubtypeChanged: (*Client).handleEdit,
		slackevent.SubtypeDeleted: (*Client).handleDelete,

		slackevent.SubtypeChannelTopic:   (*Client).handleTopic,
		slackevent.SubtypeGroupTopic:     (*Client).handleTopic,
		slackevent.SubtypeChannelPurpose: (*Client).handlePurpose,
		slackevent.SubtypeGroupPurpose:   (*Client).handlePurpose,

		slackevent.SubtypeChannelConvertToPrivate: (*Client).handleConversion,
		slackevent.SubtypeChannelConvertToPublic:  (*Client).handleConversion,

		slackevent.SubtypeChannelPostingPermissions: (*Client).handlePosting,

		// They have events of their own.
		slackevent.SubtypeChannelJoin:      nothing,
		slackevent.SubtypeChannelLeave:     nothing,
		slackevent.SubtypeGroupJoin:        nothing,
		slackevent.SubtypeGroupLeave:       nothing,
		slackevent.SubtypeChannelName:      nothing,
		slackevent.SubtypeGroupName:        nothing,
		slackevent.SubtypeChannelArchive:   nothing,
		slackevent.SubtypeChannelUnarchive: nothing,
		slackevent.SubtypeGroupArchive:     nothing,
		slackevent.SubtypeGroupUnarchive:   nothing,
		slackevent.SubtypePinnedItem:       nothing,
		slackevent.SubtypeUnpinnedItem:     nothing,
		slackevent.SubtypeReplied:          nothing,
	}
}

func nothing(*Client, context.Context, *inbox.Attempt, *slackevent.Message) error { return nil }

// handleMessage handles message events of every subtype.
func (c *Client) handleMessage(ctx context.Context, row *inbox.Attempt, message *slackevent.Message) error {
	if message.IsEphemeral || message.Message != nil && message.Message.IsEphemeral {
		return nil // one person alone was shown it
	}
	if handle, known := c.connector.messageHandlers[message.Subtype]; known {
		return handle(c, ctx, row, message)
	}
	if message.Hidden {
		return nil
	}
	if chosen, err := c.hearChoice(ctx, row, message); chosen || err != nil {
		return err
	}
	if heard, err := c.hearYes(ctx, row, message); heard || err != nil {
		return err
	}
	if err := c.handlePost(ctx, row, message); err != nil {
		return err
	}
	return c.greet(ctx, row, message)
}

// handlePost handles a new message.
func (c *Client) handlePost(ctx context.Context, row *inbox.Attempt, message *slackevent.Message) error {
	if c.ownPost(message) {
		return nil
	}
	return c.bridgePost(ctx, row, message, false)
}

// bridgePost brings a message to Matrix. One that is quiet notifies no one.
func (c *Client) bridgePost(ctx context.Context, row *inbox.Attempt, message *slackevent.Message, quiet bool) error {
	if c.saidByBridge(message) {
		return nil // in the history of a new room
	}
	if carried, err := c.carriesFromSlack(ctx, message.Channel); !carried || err != nil {
		return err
	}
	if out, err := c.leavesOut(ctx, message); out || err != nil {
		return err
	}
	messageID := slackid.MakeMessageID(c.team, message.Channel, message.TS)
	if c.connector.deletions.has(goneMessage(messageID), time.Time{}) {
		return nil
	}
	key, err := c.conversations.portalKey(ctx, message.Channel, message.ChannelType)
	if err != nil {
		return err
	}
	if ok, err := c.mayHaveRoom(ctx, row, key, message.Channel); !ok || err != nil {
		return err
	}
	at, err := slackid.ParseTimestamp(message.TS)
	if err != nil {
		return fmt.Errorf("message in %s: %w", message.Channel, err)
	}
	if err := c.ensureRoot(ctx, row, key, message); err != nil {
		return err
	}
	sender, err := c.sender(ctx, message)
	if err != nil {
		return err
	}
	if err := c.prepare(ctx, sender.Sender); err != nil {
		return err
	}
	if err := c.freshen(ctx, message.Author().ID); err != nil {
		return err
	}
	parts, err := c.convert(ctx, message, partBytes(message), shownIn{portal: key})
	if err != nil {
		return err
	}
	if err := c.mentionRootAuthor(ctx, key, message, parts); err != nil {
		return err
	}
	if quiet || c.isQuiet(row, at) {
		silence(parts)
	}
	event := &post{
		remoteEvent: remoteEvent{
			kind: bridgev2.RemoteEventMessageUpsert, portal: key, sender: sender, at: at,
			create: true, plan: newSendPlan("message " + string(messageID)), after: c.roomExtras,
		},
		client: c, id: messageID, message: message, parts: parts,
	}
	if row.Unsure {
		if err := c.recoverParts(ctx, row, event); err != nil {
			return err
		}
	}
	return c.submit(ctx, row, event)
}

// partBytes is how large a part of a message may be. An edited message is divided as its
// edit would be: then its parts are the same, whichever of the two comes first.
func partBytes(message *slackevent.Message) int {
	if editTS(message) != "" {
		return editBytes
	}
	return eventBytes
}

// mayHaveRoom says whether a conversation has a room, or may get one by the
// configuration. One that begins with its history is made here.
func (c *Client) mayHaveRoom(ctx context.Context, row *inbox.Attempt, key networkid.PortalKey, channel string) (bool, error) {
	portal, err := c.connector.bridge.GetExistingPortalByKey(ctx, key)
	if err != nil {
		return false, fmt.Errorf("load the portal of %s: %w", channel, err)
	}
	if c.connector.roomOf(portal) != "" {
		return true, nil
	}
	conversation, err := c.conversations.get(ctx, channel)
	if err == nil && c.allowed(conversation) && c.needsYes(conversation) {
		return false, c.ask(ctx, row, conversation)
	}
	if err != nil || !c.bridged(conversation) || c.waitsForRoom(conversation) {
		return false, err
	}
	return true, c.roomBeforeMessage(ctx, row, conversation)
}

// sender is the ghost of a message's author: its user, or the bot if it was posted under a
// chosen name. It gets the name from the message if Slack has none.
func (c *Client) sender(ctx context.Context, message *slackevent.Message) (bridgev2.EventSender, error) {
	author, home := message.Author(), ""
	if author.ID == message.User {
		home = message.UserTeam
	}
	c.users.learn(author)
	err := c.meet(ctx, author.ID, home)
	return bridgev2.EventSender{Sender: c.ghostID(author.ID)}, err
}

// post is a new message in Slack.
type post struct {
	remoteEvent
	client  *Client
	id      networkid.MessageID
	message *slackevent.Message
	// parts are the message as it is in Matrix, made before the portal was locked:
	// names may have to be asked for.
	parts []*bridgev2.ConvertedMessagePart
	// present are the parts that are in Matrix already.
	present []networkid.PartID
}

var _ bridgev2.RemoteMessageUpsert = (*post)(nil)

// GetID implements bridgev2.RemoteMessage.
func (p *post) GetID() networkid.MessageID { return p.id }

// ConvertMessage implements bridgev2.RemoteMessage: the parts of the message
// that are not in Matrix yet. Those of an answer are sent here, and nothing is left for
// the framework.
func (p *post) ConvertMessage(ctx context.Context, portal *bridgev2.Portal, intent bridgev2.MatrixAPI) (*bridgev2.ConvertedMessage, error) {
	parts := slices.DeleteFunc(slices.Clone(p.parts), func(part *bridgev2.ConvertedMessagePart) bool {
		return slices.Contains(p.present, part.ID)
	})
	root, err := p.client.threadRoot(ctx, portal, p.message)
	if err != nil {
		return nil, p.fail(err)
	}
	if err := p.client.letNotify(ctx, portal, intent.GetMXID(), parts); err != nil {
		return nil, p.fail(err)
	}
	p.plan.expect(partNames("send", parts))
	if root == "" {
		return &bridgev2.ConvertedMessage{Parts: parts}, nil
	}
	if err := p.client.sendAnswer(ctx, portal, intent, threadAnswer{
		id: p.id, sender: p.sender.Sender, at: p.at, root: root, parts: parts, plan: p.plan,
	}); err != nil {
		return nil, p.fail(err)
	}
	return nil, bridgev2.ErrIgnoringRemoteEvent
}

// isState says whether a part shows the state of the message that is to be sent now.
func (p *post) isState(part *database.Message) bool {
	meta, ok := part.Metadata.(*MessageMetadata)
	if !ok || meta.LastEditTS == "" {
		return editTS(p.message) == ""
	}
	return meta.LastEditTS == editTS(p.message) && meta.State == stateOf(p.message)
}

// HandleExisting implements bridgev2.RemoteMessageUpsert: if an earlier try sent
// some parts, only the missing ones are sent. A message that is in another state, because
// of an edit, lacks none.
func (p *post) HandleExisting(_ context.Context, _ *bridgev2.Portal, _ bridgev2.MatrixAPI, existing []*database.Message) (bridgev2.UpsertResult, error) {
	for _, part := range existing {
		if part.SenderID != p.sender.Sender || !p.isState(part) {
			return bridgev2.UpsertResult{}, nil
		}
		p.present = append(p.present, part.PartID)
	}
	for _, part := range p.parts {
		if !slices.Contains(p.present, part.ID) {
			return bridgev2.UpsertResult{ContinueMessageHandling: true}, nil
		}
	}
	return bridgev2.UpsertResult{}, nil
}

// partNames names the sends of parts, for a send plan.
func partNames(verb string, parts []*bridgev2.ConvertedMessagePart) []string {
	names := make([]string, len(parts))
	for i, part := range parts {
		names[i] = verb + " " + string(part.ID)
	}
	return names
}

// sameContent says whether two states of a message read the same: Slack also sends events
// for changes that do not alter its content, such as link previews, reply counts and pins.
func sameContent(a, b *slackevent.Message) bool {
	if a == nil || b == nil {
		return false
	}
	return sameText(a, b) &&
		slices.EqualFunc(a.Files, b.Files, func(x, y slackevent.File) bool { return x.ID == y.ID && isGone(&x) == isGone(&y) })
}

// sameText says whether two states of a message differ in files at most. Whether a file that
// Slack has can be transferred is not known here: see sameLines.
func sameText(a, b *slackevent.Message) bool {
	if a == nil || b == nil {
		return false
	}
	return a.Text == b.Text && bytes.Equal(a.Blocks, b.Blocks) && a.Subtype == b.Subtype && hasEnded(a) == hasEnded(b) &&
		slices.EqualFunc(ownAttachments(a), ownAttachments(b), sameAttachment) && slices.Equal(lineFiles(a), lineFiles(b))
}

// lineFiles are the files that are lines of a message's text.
func lineFiles(message *slackevent.Message) (files []string) {
	for i := range message.Files {
		if file := &message.Files[i]; !hasContent(file) && !isThin(file) && !isGone(file) {
			files = append(files, file.ID)
		}
	}
	return files
}

// hasEnded says whether a message is about a huddle that is over.
func hasEnded(message *slackevent.Message) bool { return message.Room != nil && message.Room.HasEnded }

// ownAttachments are what the author attached, without the previews that Slack and apps
// add to links and to messages that are linked.
func ownAttachments(message *slackevent.Message) []slackevent.Attachment {
	return slices.DeleteFunc(slices.Clone(message.Attachments), func(a slackevent.Attachment) bool {
		return a.FromURL != "" || a.OriginalURL != "" || a.IsMsgUnfurl || a.IsReplyUnfurl || a.IsThreadRoot || a.IsShare || a.IsAppUnfurl
	})
}

func sameAttachment(a, b slackevent.Attachment) bool { return reflect.DeepEqual(a, b) }
