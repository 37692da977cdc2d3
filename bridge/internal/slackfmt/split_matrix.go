package slackfmt

import (
	"encoding/json"
	"slices"
	"strings"

	"maunium.net/go/mautrix/event"
)

// MaxMatrixBytes is the size of content that [SplitForMatrix] is meant for: an
// event may have 65,536 bytes with all its keys (Matrix specification, "Size
// limits"), encryption adds a third, and an edit holds its text twice.
const MaxMatrixBytes = 30_000

// roomForText is what a piece may always hold, however large the rest of its
// content is, so that a small limit cannot make a piece of every letter.
const roomForText = 512

// SplitForMatrix divides a content into pieces of at most maxBytes of JSON each
// (as encoding/json writes it, body and formatted body together). Content that
// is small enough is returned as it is. Every piece keeps the message type, the
// relation and the per-message profile; a mention is announced in the piece that
// contains it, one that no piece contains in the first. Media and link previews
// stay with the first piece.
//
// The pieces' bodies joined give the whole: for a content without HTML exactly,
// with HTML but for the white space and the marks of quotes and code around a
// cut.
func SplitForMatrix(content *event.MessageEventContent, maxBytes int) []*event.MessageEventContent {
	if size(content) <= maxBytes {
		return []*event.MessageEventContent{content}
	}
	limit := max(maxBytes, size(pieceOf(content, nil, true))+roomForText)
	parts := split(ownBlocks(content), func(blocks []block) bool {
		return size(pieceOf(content, blocks, true)) <= limit
	})
	if len(parts) == 0 {
		return []*event.MessageEventContent{content}
	}
	pieces := make([]*event.MessageEventContent, len(parts))
	for i, part := range parts {
		pieces[i] = pieceOf(content, part, i == 0)
	}
	shareMentions(content.Mentions, parts, pieces)
	return pieces
}

func size(content *event.MessageEventContent) int {
	encoded, err := json.Marshal(content)
	if err != nil {
		return 0
	}
	return len(encoded)
}

// ownBlocks reads back a content of this package's making.
func ownBlocks(content *event.MessageEventContent) []block {
	if content.Format == event.FormatHTML && content.FormattedBody != "" {
		if blocks, err := readHTML(content.FormattedBody, htmlOptions{exact: true}); err == nil && len(blocks) > 0 {
			return blocks
		}
	}
	if content.Body == "" {
		return nil
	}
	return []block{paragraph{plainRuns(content.Body)}}
}

// pieceOf is content with the text of blocks. The first piece has all that is
// not text.
func pieceOf(content *event.MessageEventContent, blocks []block, first bool) *event.MessageEventContent {
	piece := &event.MessageEventContent{
		MsgType: content.MsgType, RelatesTo: content.RelatesTo,
		BeeperPerMessageProfile: content.BeeperPerMessageProfile,
	}
	if first {
		whole := *content
		piece = &whole
		piece.Format, piece.FormattedBody = "", ""
	} else if content.MsgType.IsMedia() {
		piece.MsgType = event.MsgText
	}
	text := toContent(blocks)
	piece.Body, piece.Format, piece.FormattedBody = text.Body, text.Format, text.FormattedBody
	return piece
}

// shareMentions gives each piece the mentions in its text.
func shareMentions(all *event.Mentions, parts [][]block, pieces []*event.MessageEventContent) {
	if all == nil {
		return
	}
	left := event.Mentions{UserIDs: slices.Clone(all.UserIDs), Room: all.Room}
	for i, part := range parts {
		own := &event.Mentions{Room: all.Room && announces(part)}
		for _, user := range mentions(part).UserIDs {
			if at := slices.Index(left.UserIDs, user); at >= 0 {
				own.Add(user)
				left.UserIDs = slices.Delete(left.UserIDs, at, at+1)
			}
		}
		left.Room = left.Room && !own.Room
		pieces[i].Mentions = own
	}
	pieces[0].Mentions.Room = pieces[0].Mentions.Room || left.Room
	for _, user := range left.UserIDs {
		pieces[0].Mentions.Add(user)
	}
}

// announces says whether blocks address everybody.
func announces(blocks []block) bool {
	text := toPlain(blocks)
	for _, word := range []string{"@here", "@channel", "@everyone", "@room"} {
		if strings.Contains(text, word) {
			return true
		}
	}
	return false
}
