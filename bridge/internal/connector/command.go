package connector

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"maunium.net/go/mautrix/event"
)

// isCommand says whether a text is meant for the bridge's bot: it begins with the
// prefix as a separate word, so that "!slackers" is not "!slack".
func isCommand(body, prefix string) bool {
	rest, found := strings.CutPrefix(body, prefix)
	if !found {
		return false
	}
	next, _ := utf8.DecodeRuneInString(rest)
	return rest == "" || unicode.IsSpace(next)
}

// dropFallbacks takes out of a message what old clients put in front of what is said: the text that
// it answers, and the name that it is said under. The framework does so before it looks for a
// command, so it has to be done before the bridge does.
func dropFallbacks(evt *event.Event) {
	content, ok := evt.Content.Parsed.(*event.MessageEventContent)
	if !ok || evt.Type != event.EventMessage {
		return
	}
	content.RemoveReplyFallback()
	content.RemovePerMessageProfileFallback()
}

// broadcastName is the command with which a person in Matrix shows an answer in the
// channel too. It is a message: like any other it is stored until it is in Slack.
const broadcastName = "broadcast"

// cutBroadcast returns the text after `!slack broadcast`, if a text begins with it.
func cutBroadcast(body, prefix string) (text string, found bool) {
	if !isCommand(body, prefix) {
		return "", false
	}
	rest := strings.TrimSpace(strings.TrimPrefix(body, prefix))
	end := strings.IndexFunc(rest, unicode.IsSpace)
	if end < 0 || rest[:end] != broadcastName {
		return "", false
	}
	return strings.TrimSpace(rest[end:]), true
}

// withoutBroadcast returns a content without that command, and whether it had one. If
// only the plain text begins with it, the formatted text is dropped.
func withoutBroadcast(content *event.MessageEventContent, prefix string) (said *event.MessageEventContent, found bool) {
	text, found := cutBroadcast(content.Body, prefix)
	if !found {
		return content, false
	}
	short := *content
	short.Body = text
	if formatted, ok := cutBroadcast(content.FormattedBody, prefix); ok {
		short.FormattedBody = formatted
	} else {
		short.Format, short.FormattedBody = "", ""
	}
	return &short, true
}

// notACommand is put in front of a text that begins with the prefix and is not a
// command: the framework only checks the prefix. It is invisible, and pieces removes it
// again.
const notACommand = "\u2060"

// guardCommands keeps the framework from treating a message in a bridged room as a
// command if it is not one.
func (c *Connector) guardCommands(evt *event.Event) {
	content, ok := evt.Content.Parsed.(*event.MessageEventContent)
	prefix := c.bridge.Config.CommandPrefix
	if !ok || !strings.HasPrefix(content.Body, prefix) {
		return
	}
	if _, broadcast := cutBroadcast(content.Body, prefix); isCommand(content.Body, prefix) && !broadcast {
		return
	}
	content.Body = notACommand + content.Body
}

// unguarded returns a content without what guardCommands put in front of it.
func unguarded(content *event.MessageEventContent) *event.MessageEventContent {
	if !strings.HasPrefix(content.Body, notACommand) {
		return content
	}
	said := *content
	said.Body = strings.TrimPrefix(said.Body, notACommand)
	return &said
}
