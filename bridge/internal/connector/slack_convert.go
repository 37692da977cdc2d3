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
// maxBytes: its text, of which the first has the empty part id, and then its files. It
// uploads files to the homeserver and may ask Slack for names, so no portal may be locked.
// Its error says that Slack or the homeserver did not answer, and is transient: a name or
// a file that Slack does not give is not an error.
func (c *Client) convert(ctx context.Context, message *slackevent.Message, maxBytes int, in shownIn) ([]*bridgev2.ConvertedMessagePart, error) {
	files, err := c.bringFiles(ctx, message, in)
	if err != nil {
		return nil, err
	}
	files.dropped = files.dropped || len(c.lostFiles(message, in.existing)) > 0
	parts, err := c.convertText(ctx, message, maxBytes, files)
	if err != nil {
		return nil, err
	}
	parts = c.withFiles(message, parts, files, in)
	return append(parts, c.copiesFor(message, parts)...), nil
}

// convertText returns the parts that hold a message's text: none if there is nothing to
// read besides its files.
func (c *Client) convertText(ctx context.Context, message *slackevent.Message, maxBytes int, files broughtFiles) ([]*bridgev2.ConvertedMessagePart, error) {
	names := &slackResolver{ctx: ctx, client: c, channel: message.Channel}
	input := slackfmt.InputOf(message)
	input.Attachments = slices.Concat(input.Attachments, files.lines)
	if (len(files.parts) > 0 || files.dropped) && !slackfmt.Shows(input) {
		return nil, nil
	}
	input.Permalink = cmp.Or(input.Permalink, c.permalink(message.Channel, message.TS, message.ThreadTS))
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
			DBMetadata: &MessageMetadata{LastEditTS: editTS(message), State: state, EditEvent: editEvent(message), Lines: files.inText},
		})
	}
	return parts, nil
}

// stateOf is a digest of a message's content: two different states have different ones.
func stateOf(message *slackevent.Message) string {
	sum := sha256.New()
	var blocks bytes.Buffer
	if json.Compact(&blocks, message.Blocks) != nil {
		blocks.Write(message.Blocks)
	}
	subtype := message.Subtype
	if subtype == slackevent.SubtypeThreadBroadcast {
		subtype = "" // where it is shown is not part of its content
	}
	for _, part := range []string{subtype, message.Text, blocks.String()} {
		fmt.Fprintf(sum, "%d %s ", len(part), part)
	}
	for _, file := range message.Files {
		fmt.Fprintf(sum, "%s ", file.ID)
		if isGone(&file) {
			fmt.Fprint(sum, "gone ")
		}
	}
	return base64.RawURLEncoding.EncodeToString(sum.Sum(nil)[:9])
}

func editTS(message *slackevent.Message) string {
	if message.Edited == nil {
		return ""
	}
	return message.Edited.TS
}
