package connector

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"slices"

	"maunium.net/go/mautrix/bridgev2"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"ops-jrz1/bridge/internal/slackevent"
	"ops-jrz1/bridge/internal/slackfmt"
	"ops-jrz1/bridge/internal/slackid"
)

// Sizes of the content of one Matrix event. An event may have 65,536 bytes in all
// (Matrix specification, "Size limits"), encryption swells it by a third, and
// what the server adds has to fit too. An edit carries a content twice in part.
const (
	eventBytes = slackfmt.MaxMatrixBytes
	editBytes  = eventBytes * 2 / 3
)

// convert returns the parts of a message as they should be in Matrix, each of at most
// maxBytes. The first has the empty part id; a long text has more. It may ask Slack
// for names, so no portal may be locked. Its error says that Slack did not answer, and
// passes by itself: a name that Slack does not tell is no error.
func (c *Client) convert(ctx context.Context, message *slackevent.Message, maxBytes int) ([]*bridgev2.ConvertedMessagePart, error) {
	names := &slackResolver{ctx: ctx, client: c, channel: message.Channel}
	input := slackfmt.InputOf(message)
	input.Attachments = withFiles(message)
	content := slackfmt.ToMatrix(input, names)
	if names.err != nil {
		return nil, names.err
	}
	if message.Subtype == slackevent.SubtypeMe {
		content.MsgType = event.MsgEmote
	}
	var err error
	if content.BeeperPerMessageProfile, err = c.shownAs(ctx, message); err != nil {
		return nil, err
	}
	var parts []*bridgev2.ConvertedMessagePart
	state := stateOf(message)
	for n, piece := range slackfmt.SplitForMatrix(content, maxBytes) {
		parts = append(parts, &bridgev2.ConvertedMessagePart{
			ID:         slackid.MakeTextPartID(n),
			Type:       event.EventMessage,
			Content:    piece,
			Extra:      originOf(c.team, message, slackid.MakeTextPartID(n)),
			DBMetadata: &MessageMetadata{LastEditTS: editTS(message), State: state},
		})
	}
	return append(parts, c.copiesFor(message, parts)...), nil
}

// shownAs is the name that a bot chose for one message, where its ghost has
// another.
func (c *Client) shownAs(ctx context.Context, message *slackevent.Message) (*event.BeeperPerMessageProfile, error) {
	name := slackfmt.Name(message.Username)
	if name == "" {
		return nil, nil
	}
	if known, err := c.isKnownName(ctx, message, name); known || err != nil {
		return nil, err
	}
	return &event.BeeperPerMessageProfile{
		ID: cmp.Or(message.BotID, message.User) + "/" + message.Username, Displayname: name,
	}, nil
}

// isKnownName says whether the ghost of a message's author has the name that the
// message was posted under.
func (c *Client) isKnownName(ctx context.Context, message *slackevent.Message, name string) (bool, error) {
	if message.BotProfile != nil && slackfmt.Name(message.BotProfile.Name) == name {
		return true, nil
	}
	shown, err := c.ghostName(ctx, c.ghostID(message.Author().ID))
	return shown == name || shown == c.users.name(personOfBot(slackevent.Bot{Name: name})), err
}

// stateOf stands for what a message says: two states of it that differ have others.
func stateOf(message *slackevent.Message) string {
	sum := sha256.New()
	var blocks bytes.Buffer
	if json.Compact(&blocks, message.Blocks) != nil {
		blocks.Write(message.Blocks)
	}
	subtype := message.Subtype
	if subtype == slackevent.SubtypeThreadBroadcast {
		subtype = "" // where it is shown is not what it says
	}
	for _, part := range []string{subtype, message.Text, blocks.String()} {
		fmt.Fprintf(sum, "%d %s ", len(part), part)
	}
	for _, file := range message.Files {
		fmt.Fprintf(sum, "%s ", file.ID)
	}
	return base64.RawURLEncoding.EncodeToString(sum.Sum(nil)[:9])
}

func editTS(message *slackevent.Message) string {
	if message.Edited == nil {
		return ""
	}
	return message.Edited.TS
}

// withFiles are a message's attachments and, after them, a line for each of its
// files: the name, and the link under which Slack shows it to its members.
func withFiles(message *slackevent.Message) []slackevent.Attachment {
	attachments := slices.Clone(message.Attachments)
	for _, file := range message.Files {
		attachments = append(attachments, slackevent.Attachment{
			Title: "📎 " + cmp.Or(file.Title, file.Name, file.ID), TitleLink: file.Permalink,
		})
	}
	return attachments
}

// slackResolver tells slackfmt what Slack's ids stand for.
type slackResolver struct {
	ctx    context.Context
	client *Client
	// channel is where it is said.
	channel string
	// err is the first answer that Slack could not give now.
	err error
}

// failed keeps an error that passes by itself.
func (r *slackResolver) failed(err error) {
	if _, passes := transient(err); passes && r.err == nil {
		r.err = err
	}
}

// privateChannel stands for the name of a private channel elsewhere: Slack tells it
// to the channel's members alone.
const privateChannel = "private-channel"

// User implements slackfmt.FromSlack.
func (r *slackResolver) User(user string) (string, id.UserID) {
	c := r.client
	if user == c.bot {
		return c.botName(), c.connector.bridge.Bot.GetMXID()
	}
	found, err := c.users.person(r.ctx, user)
	if err != nil {
		r.failed(err)
		return "", ""
	}
	return c.users.name(found), c.connector.bridge.Matrix.GhostIntent(c.ghostID(user)).GetMXID()
}

// Channel implements slackfmt.FromSlack.
func (r *slackResolver) Channel(channel string) (name, link string) {
	c := r.client
	conversation, err := c.conversations.get(r.ctx, channel)
	if err != nil {
		r.failed(err)
		return "", ""
	}
	if !isPublic(conversation) && channel != r.channel {
		return privateChannel, ""
	}
	portal, err := c.connector.bridge.GetExistingPortalByKey(r.ctx, c.conversations.keyOf(conversation))
	if err != nil {
		r.failed(err)
	}
	if err != nil || portal == nil || portal.MXID == "" {
		return conversation.Name, ""
	}
	return conversation.Name, c.connector.roomLink(portal.MXID)
}

// UserGroup implements slackfmt.FromSlack. Group handles are in the text
// already where Slack knows them; there is no other source yet.
func (*slackResolver) UserGroup(string) string { return "" }
