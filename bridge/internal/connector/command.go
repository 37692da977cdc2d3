package connector

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"maunium.net/go/mautrix/event"
)

// isCommand says whether a text is meant for the bridge's bot: it begins with the
// prefix as a word of its own, so that "!slackers" is not "!slack".
func isCommand(body, prefix string) bool {
	rest, found := strings.CutPrefix(body, prefix)
	if !found {
		return false
	}
	next, _ := utf8.DecodeRuneInString(rest)
	return rest == "" || unicode.IsSpace(next)
}

// notACommand is put in front of a text that begins with the prefix and is no
// command: the framework looks no further than the prefix. It shows nothing, and
// pieces takes it off again.
const notACommand = "\u2060"

// guardCommands keeps the framework from taking what is said in a bridged room for
// a command that it is not.
func (c *Connector) guardCommands(evt *event.Event) {
	content, ok := evt.Content.Parsed.(*event.MessageEventContent)
	prefix := c.bridge.Config.CommandPrefix
	if !ok || !strings.HasPrefix(content.Body, prefix) || isCommand(content.Body, prefix) {
		return
	}
	content.Body = notACommand + content.Body
}

// unguarded is a content without what guardCommands put in front of it.
func unguarded(content *event.MessageEventContent) *event.MessageEventContent {
	if !strings.HasPrefix(content.Body, notACommand) {
		return content
	}
	said := *content
	said.Body = strings.TrimPrefix(said.Body, notACommand)
	return &said
}
