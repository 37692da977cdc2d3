// Package failpoint marks the instants at which a crash is hardest to survive.
//
// A program built with the tag `failpoint` kills itself with SIGKILL at the one
// that SLACK_BRIDGE_FAILPOINT names; in every other build Hit and Now cost
// nothing and the variables are not read. It must not know what happens at a
// failpoint, and nothing may depend on whether the tag is set.
//
//	SLACK_BRIDGE_FAILPOINT=commit-ack:3   dies when commit-ack is reached for the third time
//	SLACK_BRIDGE_CLOCK=/path/to/file      a file with a duration, such as -1h: what Now adds to the clock
package failpoint

// Name is an instant in the life of an event.
type Name string

// The failpoints. Each is placed between two steps that a crash separates.
const (
	CommitAck       Name = "commit-ack"       // The rows of an envelope are committed, the envelope is not acknowledged.
	Commit200       Name = "commit-200"       // The rows of a transaction are committed, it is not answered.
	SendRow         Name = "send-row"         // Slack or the homeserver has the message, no row says so.
	RowDone         Name = "row-done"         // The message's row is written, the inbox row is not done.
	BetweenParts    Name = "between-parts"    // One of several Matrix events of a Slack message is sent.
	BetweenPieces   Name = "between-pieces"   // One of several Slack posts of a Matrix message is sent.
	FileBegun       Name = "file-begun"       // A file's id is kept, its content is not sent to Slack.
	FileSent        Name = "file-sent"        // Slack has the content of a file, no row says so.
	FileCompleting  Name = "file-completing"  // It is kept that Slack is about to be asked to show a file.
	FileCompleted   Name = "file-completed"   // Slack was asked to show a file, its message is not known.
	RedactionRow    Name = "redaction-row"    // A message is redacted or deleted, its row is not gone.
	ReactionReactor Name = "reaction-reactor" // A reaction is in Slack, the person who made it is not stored.
	PagePut         Name = "page-put"         // A page of Slack's history is fetched, its rows are not put.
	RoomFilled      Name = "room-filled"      // A new room has its history, no person is let in.
	FileSpooled     Name = "file-spooled"     // A file of Slack is in the spool, the homeserver does not have it.
	FileUploaded    Name = "file-uploaded"    // The homeserver has a file of Slack, no row says so.
	FileNoted       Name = "file-noted"       // A row says where a file of Slack is, its message is not sent.
	Migration       Name = "migration"        // A migration of the database is under way.
)

// Names returns every failpoint.
func Names() []Name {
	return []Name{
		CommitAck, Commit200, SendRow, RowDone, BetweenParts, BetweenPieces,
		FileBegun, FileSent, FileCompleting, FileCompleted,
		RedactionRow, ReactionReactor, PagePut, RoomFilled, FileSpooled, FileUploaded, FileNoted, Migration,
	}
}

// The environment variables that a program built with the tag reads.
const (
	EnvKill  = "SLACK_BRIDGE_FAILPOINT"
	EnvClock = "SLACK_BRIDGE_CLOCK"
)
