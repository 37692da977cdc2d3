package connector

import (
	"cmp"
	"encoding/json"
	"fmt"
	"path"
	"strings"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/format"

	"ops-jrz1/bridge/internal/media"
	"ops-jrz1/bridge/internal/slackevent"
)

// A file of a message is a part of its own in Matrix if its content can be transferred.
// Any other, such as a file that is stored elsewhere, is a line of the message's text.

// fileLine is a file as a line of the message: what it is, and the link under which Slack
// shows it to its members. why is an additional remark.
func fileLine(file *slackevent.File, why string) slackevent.Attachment {
	line := slackevent.Attachment{Title: "📎 " + fileTitle(file), TitleLink: file.Permalink}
	switch {
	case file.Mode == slackevent.FileModeTombstone:
		line = slackevent.Attachment{Title: "🗑 a file that was deleted"}
	case file.Mode == slackevent.FileModeHidden:
		line.Title, why = "📎 a file", "Slack's plan hides it"
	case isExternal(file):
		line.TitleLink = cmp.Or(webAddress(file.ExternalURL), webAddress(file.URLPrivate), file.Permalink)
	}
	if why != "" {
		if file.Size > 0 {
			line.Title += " (" + sizeText(file.Size) + ")"
		}
		line.Footer = why
	}
	return line
}

// The elements of Slack's that a text written as a file is shown by.
const (
	preformatted = "rich_text_preformatted"
	paragraphs   = "rich_text_section"
)

// textLine is a text that was written as a file: its title with the link, and the text as one
// of the elements.
func textLine(file *slackevent.File, as, text string, more bool) (slackevent.Attachment, error) {
	line := slackevent.Attachment{Title: "📄 " + fileTitle(file), TitleLink: file.Permalink}
	if more {
		line.Footer = "the rest of it is in Slack"
	}
	if strings.TrimSpace(text) == "" {
		return line, nil
	}
	type element struct {
		Type     string    `json:"type"`
		Text     string    `json:"text,omitempty"`
		Elements []element `json:"elements,omitempty"`
	}
	blocks, err := json.Marshal([]element{{Type: "rich_text", Elements: []element{
		{Type: as, Elements: []element{{Type: "text", Text: text}}},
	}}})
	if err != nil {
		return line, fmt.Errorf("write the text of file %s: %w", file.ID, err)
	}
	line.Blocks = blocks
	return line, nil
}

// postLine is a post as a line of the message, with what Slack tells of its text: its content is
// in no form that is documented.
func postLine(file *slackevent.File) (slackevent.Attachment, error) {
	text, more := file.Preview, file.PreviewIsTruncated || file.LinesMore > 0
	if strings.HasPrefix(strings.TrimSpace(text), "<document>") {
		text = format.HTMLToText(text)
	}
	if cut := shorten(strings.TrimSpace(text), maxSnippet); cut != strings.TrimSpace(text) {
		text, more = cut, true
	}
	return textLine(file, paragraphs, text, more)
}

// maxFileTitle bounds a title, in characters.
const maxFileTitle = 200

// fileTitle is the title or name of a file.
func fileTitle(file *slackevent.File) string {
	return cmp.Or(titleOf(file), media.Name(cmp.Or(file.Name, file.ID)))
}

// titleOf is what a person calls a file, or "". A slash in it does not make it a path.
func titleOf(file *slackevent.File) string {
	return shorten(cleanLine(file.Title), maxFileTitle)
}

// sizeText formats a size for people.
func sizeText(bytes int64) string {
	const step = 1024
	for _, unit := range [...]string{"bytes", "KiB", "MiB"} {
		if bytes < step {
			return fmt.Sprintf("%d %s", bytes, unit)
		}
		if bytes = (bytes + step/2) / step; unit == "MiB" {
			break
		}
	}
	return fmt.Sprintf("%d GiB", bytes)
}

func webAddress(address string) string {
	if strings.HasPrefix(address, "https://") || strings.HasPrefix(address, "http://") {
		return address
	}
	return ""
}

func isExternal(file *slackevent.File) bool {
	return file.IsExternal || file.Mode == slackevent.FileModeExternal
}

// isThin says whether Slack describes a file only when it is asked for it.
func isThin(file *slackevent.File) bool {
	return file.FileAccess == slackevent.FileAccessCheckFirst ||
		file.Mode == "" && file.URLPrivate == "" && file.URLPrivateDownload == ""
}

// isGone says whether a file was deleted.
func isGone(file *slackevent.File) bool { return file.Mode == slackevent.FileModeTombstone }

// hasContent says whether a file has bytes that can be transferred to Matrix: a picture, a
// document. Of a post there is a preview, and a canvas is only in Slack.
func hasContent(file *slackevent.File) bool {
	switch file.Mode {
	case slackevent.FileModeTombstone, slackevent.FileModeHidden, slackevent.FileModeSnippet:
		return false
	case "", slackevent.FileModeHosted:
		return !isExternal(file)
	}
	return false
}

// fileContent is the event that shows a file, without the address of its media.
func fileContent(file *slackevent.File, mimetype string, class media.Class, size int64) *event.MessageEventContent {
	name := media.Name(cmp.Or(file.Name, file.Title, file.ID))
	content := &event.MessageEventContent{
		MsgType: event.MsgFile, Body: name, FileName: name, Mentions: &event.Mentions{},
		Info: &event.FileInfo{MimeType: mimetype, Size: int(size)},
	}
	switch class {
	case media.Image:
		content.MsgType = event.MsgImage
	case media.Video:
		content.MsgType = event.MsgVideo
	case media.Audio:
		content.MsgType = event.MsgAudio
	case media.Other:
		return content
	}
	if class != media.Audio {
		content.Info.Width, content.Info.Height = max(file.OriginalW, 0), max(file.OriginalH, 0)
	}
	if class != media.Image {
		content.Info.Duration = int(max(file.DurationMS, 0))
	}
	if class == media.Audio && file.Subtype == slackevent.SubtypeVoice {
		content.MSC3245Voice = &event.MSC3245Voice{}
		content.MSC1767Audio = &event.MSC1767Audio{Duration: content.Info.Duration, Waveform: waveform(file.AudioWave)}
	}
	return content
}

// The limits of a waveform in Matrix (MSC3246): how many samples, and the loudest value.
const (
	maxWaveform = 120
	loudest     = 1024
)

// waveform is the loudness of a voice message in Matrix's form; Slack's samples are from 0
// to 100.
func waveform(samples []int) []int {
	if len(samples) > maxWaveform {
		thinned := make([]int, maxWaveform)
		for i := range thinned {
			thinned[i] = samples[i*len(samples)/maxWaveform]
		}
		samples = thinned
	}
	wave := make([]int, len(samples))
	for i, sample := range samples {
		wave[i] = min(max(sample, 0), 100) * loudest / 100
	}
	return wave
}

// describe gives a file's event a text if the message has none for it: its alternative
// text, or a title that says more than its name.
func describe(content *event.MessageEventContent, file *slackevent.File) {
	text := cmp.Or(strings.TrimSpace(file.AltText), titleOf(file))
	if name := content.FileName; text != "" && text != file.Name && text != name && text != strings.TrimSuffix(name, path.Ext(name)) {
		content.Body = text
	}
}
