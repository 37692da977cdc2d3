// Package slackfmt translates text between Slack and Matrix: mrkdwn, Block Kit
// and attachments to a Matrix message content, and a Matrix content to Slack's
// text and rich_text blocks. Begin with [ToMatrix] and [SplitForMatrix] for one
// direction, [SplitForSlack] for the other, [EmojiFromSlack] and [EmojiToSlack]
// for reactions.
//
// It owns one document model (block and inline, in model.go) that every reader
// makes and every writer takes:
//
//	mrkdwn, blocks, attachments ─┐              ┌─ Matrix HTML and plain body
//	                             ├─► document ──┤
//	Matrix HTML, plain body ─────┘              └─ Slack text and blocks
//
// Long text is split on the document, so both directions share one splitter and
// every piece is a whole message of its own: tags, lists and code are closed at
// its end and opened again in the next.
//
// Everything here is a pure function: no HTTP, no database, no clock. Ids are
// resolved through the two small interfaces [FromSlack] and [FromMatrix]. No
// input makes a function fail or panic: what is malformed or unknown degrades to
// its text. Nothing that came from Slack is ever written as raw HTML, and nothing
// that a Matrix user typed becomes a control sequence of Slack.
package slackfmt
