package settings

// Replies says what a reply in Matrix that is in no thread becomes in Slack, which has no
// replies but threads.
type Replies string

// The values of network.replies.
const (
	ReplyThread Replies = "thread"
	ReplyQuote  Replies = "quote"
)
