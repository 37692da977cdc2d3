package slackfmt

import (
	"strings"

	"golang.org/x/net/html"
)

// customEmoji reads a workspace's own emoji, of which name may have a skin tone; ok is
// false if it is not one.
func (r *slackReader) customEmoji(name string, look style) (run inline, ok bool) {
	base, _, _ := strings.Cut(name, toneSeparator)
	if base == "" {
		return inline{}, false
	}
	if _, standard := emojis().byName[base]; standard {
		return inline{}, false
	}
	switch characters, address := r.resolve.Emoji(name); {
	case characters != "":
		return inline{text: characters, style: look}, true
	case address != "":
		return inline{kind: picture, text: ":" + base + ":", url: address, style: look}, true
	}
	return inline{}, false
}

// leadingEmoji reads the emoji that text begins with, a standard one or the workspace's
// own, and says how long its name is; 0 if there is none.
func (r *slackReader) leadingEmoji(text string, look style) (run inline, size int) {
	if emoji, size := leadingEmoji(text); size > 0 {
		return inline{text: emoji, style: look}, size
	}
	name := emojiName(text)
	if name == "" {
		return inline{}, 0
	}
	size = len(name) + 2
	if tone := emojiName(text[size:]); strings.HasPrefix("::"+tone, toneSeparator) {
		if run, ok := r.customEmoji(name+"::"+tone, look); ok {
			return run, size + len(tone) + 2
		}
	}
	run, ok := r.customEmoji(name, look)
	if !ok {
		return inline{}, 0
	}
	return run, size
}

// picture reads a custom emoji of Matrix, or a small picture in the text. Only pictures in
// the homeserver's media keep their address, and one that is the workspace's own emoji its
// name there.
func (r *htmlReader) picture(n *html.Node, look style) inline {
	text := "image"
	for _, said := range []string{attribute(n, "title"), attribute(n, "alt")} {
		if isVisible(said) {
			text = said
		}
	}
	shortcode := ""
	if _, emoticon := lookup(n, "data-mx-emoticon"); emoticon {
		text, shortcode = shortcodeOf(text)
	}
	address := attribute(n, "src")
	media := strings.HasPrefix(address, "mxc://")
	if media && r.emoji != nil {
		if name := r.emoji(address, shortcode); name != "" {
			return inline{kind: picture, text: ":" + name + ":", id: name, url: address, style: look}
		}
	}
	if emoji, ok := EmojiFromSlack(text); ok && strings.HasPrefix(text, ":") {
		text = emoji
	}
	if media {
		return inline{kind: picture, text: text, url: address, style: look}
	}
	return inline{text: text, style: look}
}

// shortcodeOf returns the name of a custom emoji in Matrix with colons, as people read it,
// and without. A text that cannot be a name stays as it is.
func shortcodeOf(text string) (shown, name string) {
	if name := emojiName(text); len(name)+2 == len(text) && name != "" {
		return text, name
	}
	if emojiName(":"+text+":") == text {
		return ":" + text + ":", text
	}
	return text, ""
}
