package connector

import (
	"cmp"
	"fmt"
	"html"
	"path"
	"strings"
	"time"
	"unicode"

	"maunium.net/go/mautrix/crypto/attachment"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"ops-jrz1/bridge/internal/media"
	"ops-jrz1/bridge/internal/slackfmt"
)

// Keys of an event's content that say that a picture is hidden until it is asked for
// (MSC4193).
const (
	spoilerKey       = "page.codeberg.everypizza.msc4193.spoiler"
	spoilerReasonKey = "page.codeberg.everypizza.msc4193.spoiler.reason"
)

// The bounds of what a file is called in Slack.
const (
	maxFileName = 120
	maxAltText  = 1000 // Slack docs: files.getUploadURLExternal
)

// matrixFile is a file that a Matrix message brings.
type matrixFile struct {
	content   id.ContentURIString
	encrypted *attachment.EncryptedFile
	// name by which Slack knows what it is, title that is shown in its place, or "", and alt
	// what is to be seen.
	name, title, alt string
	// size as the sender says it, 0 if not.
	size int64
}

// filesOf returns the files that a message brings.
func filesOf(evt *event.Event, content *event.MessageEventContent) []*matrixFile {
	if isGallery(content.MsgType) {
		return galleryFiles(evt)
	}
	if file := fileOf(evt, content, rawContent(evt)); file != nil {
		return []*matrixFile{file}
	}
	return nil
}

// fileOf returns the file that a content brings, nil if it brings none. One without an address
// is a file too, so that people are told of it. raw is the content as it came.
func fileOf(evt *event.Event, content *event.MessageEventContent, raw map[string]any) *matrixFile {
	sticker := evt.Type == event.EventSticker
	if !sticker && !content.MsgType.IsMedia() {
		return nil
	}
	file := &matrixFile{content: content.URL, name: fileName(content, sticker), alt: altTextIn(raw)}
	if content.File != nil {
		file.content, file.encrypted = content.File.URL, &content.File.EncryptedFile
	}
	if content.Info != nil {
		file.size = int64(content.Info.Size)
	}
	if sticker && file.alt == "" {
		file.alt = shorten(cleanLine(content.Body), maxAltText)
	}
	if content.MSC3245Voice != nil {
		file.title = "Voice message"
		if content.Info != nil && content.Info.Duration > 0 {
			length := time.Duration(content.Info.Duration) * time.Millisecond
			file.title += fmt.Sprintf(", %d:%02d", int(length.Minutes()), int(length.Seconds())%60)
		}
	}
	return file
}

// altTextIn is the alternative text of a content, or of an item of a gallery; "" if it has none.
// It is a text, as the bridge writes it, or a list of the same text in several forms (MSC3552).
func altTextIn(raw map[string]any) string {
	said, _ := raw[altTextKey].(string)
	if forms, ok := raw[altTextKey].(map[string]any); ok {
		said = plainForm(forms["org.matrix.msc1767.text"])
	}
	return shorten(cleanLine(said), maxAltText)
}

// plainForm is the plain text among the forms of a text (MSC1767), or "".
func plainForm(forms any) string {
	listed, _ := forms.([]any)
	for _, each := range listed {
		form, _ := each.(map[string]any)
		kind, given := form["mimetype"].(string)
		if body, ok := form["body"].(string); ok && (!given || kind == "text/plain") {
			return body
		}
	}
	return ""
}

// newContent is what an event says: the new content where it is an edit.
func newContent(evt *event.Event) *event.MessageEventContent {
	content, ok := evt.Content.Parsed.(*event.MessageEventContent)
	if ok && content.RelatesTo.GetReplaceID() != "" && content.NewContent != nil {
		return content.NewContent
	}
	return content
}

// endings are the endings of names for types that people send. Slack tells by the ending
// what a file is.
func ending(mimeType string) string {
	kind, _, _ := strings.Cut(strings.ToLower(mimeType), ";")
	return map[string]string{
		"image/png": ".png", "image/jpeg": ".jpg", "image/gif": ".gif", "image/webp": ".webp", "image/svg+xml": ".svg", "image/heic": ".heic",
		"video/mp4": ".mp4", "video/webm": ".webm", "video/quicktime": ".mov",
		"audio/ogg": ".ogg", "audio/mpeg": ".mp3", "audio/mp4": ".m4a", "audio/aac": ".aac", "audio/wav": ".wav", "audio/x-wav": ".wav", "audio/flac": ".flac",
		"audio/webm":      ".webm",
		"application/pdf": ".pdf", "application/zip": ".zip", "application/json": ".json", "text/plain": ".txt", "text/html": ".html", "text/csv": ".csv",
	}[strings.TrimSpace(kind)]
}

// fileName is what a file is called in Slack.
func fileName(content *event.MessageEventContent, sticker bool) string {
	kind := map[event.MessageType]string{event.MsgImage: "image", event.MsgVideo: "video", event.MsgAudio: "audio"}[content.MsgType]
	mimeType := ""
	if content.Info != nil {
		mimeType = content.Info.MimeType
	}
	name := content.GetFileName()
	if sticker {
		kind, name = "sticker", "" // its body describes it
	}
	if name != "" {
		name = media.Name(name)
	}
	end := path.Ext(name)
	if len(end) > 10 || strings.Contains(end, " ") {
		end = ""
	}
	stem := cmp.Or(strings.TrimSuffix(name, end), kind, "file")
	return shorten(stem, maxFileName-len(end)) + cmp.Or(end, ending(mimeType))
}

// cleanLine is a text in one line, without what cannot be seen.
func cleanLine(text string) string {
	seen := strings.Map(func(r rune) rune {
		if !unicode.IsSpace(r) && (unicode.IsControl(r) || unicode.In(r, unicode.Cf, unicode.Co, unicode.Cs)) {
			return -1
		}
		return r
	}, text)
	return strings.Join(strings.Fields(seen), " ")
}

// captionOf is what a message says besides its file, nil if nothing of it can be shown. raw is
// its content.
func captionOf(evt *event.Event, content *event.MessageEventContent, raw map[string]any) *event.MessageEventContent {
	caption := *content
	caption.MsgType, caption.URL, caption.File, caption.Info, caption.FileName = event.MsgText, "", nil, nil, ""
	if !isGallery(content.MsgType) {
		caption.Body = content.GetCaption()
	}
	none := evt.Type == event.EventSticker || caption.Body == "" || slackfmt.Sendable(&caption) != nil
	if none {
		caption.Body, caption.Format, caption.FormattedBody = "", "", ""
	}
	if warning := spoilerIn(raw); warning != "" {
		return under(warning, html.EscapeString(warning), &caption)
	}
	if none {
		return nil
	}
	return &caption
}

// spoilerIn announces what a content, or an item of a gallery, hides; "" if nothing.
func spoilerIn(raw map[string]any) string {
	for _, each := range append([]map[string]any{raw}, galleryItems(raw)...) {
		if hidden, _ := each[spoilerKey].(bool); !hidden {
			continue
		}
		if reason, _ := each[spoilerReasonKey].(string); cleanLine(reason) != "" {
			return "⚠️ Spoiler: " + cleanLine(reason)
		}
		return "⚠️ Spoiler"
	}
	return ""
}

// under is a content with a line above it.
func under(line, markup string, content *event.MessageEventContent) *event.MessageEventContent {
	said := *content
	if said.Body == "" {
		said.Body, said.Format, said.FormattedBody = line, event.FormatHTML, markup
		return &said
	}
	if said.Format != event.FormatHTML {
		said.Format, said.FormattedBody = event.FormatHTML, event.TextToHTML(said.Body)
	}
	said.Body, said.FormattedBody = line+"\n"+said.Body, markup+"<br>"+said.FormattedBody
	return &said
}

// rawContent is the content that an event says, as it came.
func rawContent(evt *event.Event) map[string]any {
	if edited, ok := evt.Content.Raw["m.new_content"].(map[string]any); ok {
		return edited
	}
	return evt.Content.Raw
}

// bytesText is a number of bytes for people.
func bytesText(n int64) string {
	units := []string{"bytes", "kB", "MB", "GB"}
	size, unit := float64(n), 0
	for size >= 1000 && unit < len(units)-1 {
		size, unit = size/1000, unit+1
	}
	if unit == 0 || size >= 100 {
		return fmt.Sprintf("%.0f %s", size, units[unit])
	}
	return strings.Replace(fmt.Sprintf("%.1f %s", size, units[unit]), ".0 ", " ", 1)
}
