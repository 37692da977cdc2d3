package slackfmt

import "maunium.net/go/mautrix/event"

// Reread is content written again from what is read back out of it, as
// SplitForMatrix does.
func Reread(content *event.MessageEventContent) *event.MessageEventContent {
	return toContent(ownBlocks(content))
}
