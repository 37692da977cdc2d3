package connector

import (
	"maps"
	"slices"

	"maunium.net/go/mautrix/bridgev2"
	"maunium.net/go/mautrix/bridgev2/database"
	"maunium.net/go/mautrix/bridgev2/networkid"
	"maunium.net/go/mautrix/event"

	"ops-jrz1/bridge/internal/slackevent"
	"ops-jrz1/bridge/internal/slackid"
)

// shownIn is where a message is shown: its portal, and its parts that are already there.
type shownIn struct {
	portal   networkid.PortalKey
	existing []*database.Message
}

// filePart is a file that the homeserver has.
type filePart struct {
	index   int
	file    *slackevent.File
	content *event.MessageEventContent
}

// broughtFiles are the files of a message as they are shown: as separate parts, or as
// lines of the text. inText are the ids of those that are lines and not gone. dropped says
// that some are gone and not shown any more.
type broughtFiles struct {
	parts   []filePart
	lines   []slackevent.Attachment
	inText  []string
	dropped bool
}

// altTextKey is the key of an event's alternative text (MSC3552).
const altTextKey = "org.matrix.msc1767.alt_text"

// withFiles adds the files of a message to its text. The text is the caption of a message's
// only file, and stays the caption of the file that it once was.
func (c *Client) withFiles(message *slackevent.Message, texts []*bridgev2.ConvertedMessagePart, files broughtFiles, in shownIn) []*bridgev2.ConvertedMessagePart {
	captioned := captionedFile(message, texts, files, in)
	var parts []*bridgev2.ConvertedMessagePart
	for _, file := range files.parts {
		part := c.filePart(message, file)
		if file.file.ID == captioned {
			texts = withCaption(part, texts)
		}
		parts = append(parts, part)
	}
	return slices.Concat(texts, parts)
}

// filePart is the part that shows a file.
func (c *Client) filePart(message *slackevent.Message, file filePart) *bridgev2.ConvertedMessagePart {
	id := slackid.MakeFilePartID(file.index, file.file.ID)
	content := *file.content
	extra := originOf(c.team, message, id)
	if file.file.AltText != "" {
		extra[altTextKey] = file.file.AltText
	}
	describe(&content, file.file)
	return &bridgev2.ConvertedMessagePart{
		ID: id, Type: event.EventMessage, Content: &content, Extra: extra,
		DBMetadata: &MessageMetadata{LastEditTS: editTS(message), State: stateOf(message), EditEvent: editEvent(message), File: file.file.ID},
	}
}

// withCaption makes the first part of a text the caption of a file, which takes that part's
// place, and returns the rest of the text.
func withCaption(part *bridgev2.ConvertedMessagePart, texts []*bridgev2.ConvertedMessagePart) []*bridgev2.ConvertedMessagePart {
	part.ID = slackid.MakeTextPartID(0)
	part.Extra = maps.Clone(part.Extra)
	origin := maps.Clone(part.Extra[originKey].(map[string]any))
	delete(origin, "part")
	part.Extra[originKey] = origin
	meta := part.DBMetadata.(*MessageMetadata)
	meta.CaptionMerged = true
	if len(texts) == 0 {
		return nil
	}
	text := texts[0].Content
	meta.Lines = texts[0].DBMetadata.(*MessageMetadata).Lines
	part.Content.Body, part.Content.Format, part.Content.FormattedBody = text.Body, text.Format, text.FormattedBody
	part.Content.Mentions, part.Content.BeeperPerMessageProfile = text.Mentions, text.BeeperPerMessageProfile
	return texts[1:]
}

// captionedFile is the file that a message's text is the caption of, or "".
func captionedFile(message *slackevent.Message, texts []*bridgev2.ConvertedMessagePart, files broughtFiles, in shownIn) string {
	for _, part := range in.existing {
		if meta, ok := part.Metadata.(*MessageMetadata); ok && meta.CaptionMerged && !slackid.IsCopyPartID(part.PartID) {
			return fileOfPart(part, message)
		}
	}
	if len(in.existing) > 0 || len(files.parts) != 1 || len(texts) == 0 || texts[0].Content.MsgType != event.MsgText {
		return ""
	}
	return files.parts[0].file.ID
}

// sameLines says whether a part in Matrix has lines for the same files.
func sameLines(part *bridgev2.ConvertedMessagePart, stand *database.Message) bool {
	meta, ok := stand.Metadata.(*MessageMetadata)
	return ok && slices.Equal(part.DBMetadata.(*MessageMetadata).Lines, meta.Lines)
}

// filesOfPart are the files that a part in Matrix shows, as its content or as lines.
func filesOfPart(part *database.Message, message *slackevent.Message) (files []string) {
	if file := fileOfPart(part, message); file != "" {
		files = append(files, file)
	}
	if meta, ok := part.Metadata.(*MessageMetadata); ok {
		files = append(files, meta.Lines...)
	}
	return files
}

// fileOfPart is the file that a part in Matrix shows, "" for text. If another bridge has
// noted a caption and not the file, it is the message's first.
func fileOfPart(part *database.Message, message *slackevent.Message) string {
	meta, ok := part.Metadata.(*MessageMetadata)
	switch {
	case ok && meta.File != "":
		return meta.File
	case ok && meta.CaptionMerged && len(message.Files) > 0:
		return message.Files[0].ID
	}
	_, file, err := slackid.ParseFilePartID(part.PartID)
	if err != nil {
		return ""
	}
	return file
}

// isFileAlone says whether a part shows a file and no text of the message: then an edit
// does not change it.
func isFileAlone(part *bridgev2.ConvertedMessagePart) bool {
	meta := part.DBMetadata.(*MessageMetadata)
	return meta.File != "" && !meta.CaptionMerged
}
