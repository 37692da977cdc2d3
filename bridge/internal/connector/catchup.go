package connector

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/rs/zerolog"

	"ops-jrz1/bridge/internal/inbox"
	"ops-jrz1/bridge/internal/slackapi"
	"ops-jrz1/bridge/internal/slackdb"
	"ops-jrz1/bridge/internal/slackid"
)

// Catching up: after any time in which an event from Slack may not have been stored, the
// bridge reads the history of that time. Each conversation gets a row of kind catchup in
// its own lane, so that live events wait behind it. The row reads Slack's history page
// by page (catchup_read.go, catchup_meanwhile.go), compares it with the database
// (catchup_compare.go), and stages the differences. When the whole span is read, the
// staged changes are handled, oldest first (catchup_apply.go). After a kill at any point the
// row goes on with what is staged.

const (
	// kindCatchup reads what was missed of a conversation; kindThreads reads the
	// conversation's older threads afterwards.
	kindCatchup = "catchup"
	kindThreads = "threads"
)

const (
	// lookBack and lookBackRoots limit how far back changes of older messages are found:
	// edits, reactions, deletions and replies. New messages are read without a limit.
	lookBack      = 14 * 24 * time.Hour
	lookBackRoots = 1000
	// threadAge is how long after its last reply a thread is still read.
	threadAge = 30 * 24 * time.Hour
	// catchupMargin is how much further back than the mark a span begins: Slack
	// delivers an event up to five minutes late (Slack docs: Events API, retries).
	catchupMargin = 10 * time.Minute
	// catchupHolds is how long live events of a conversation wait for its span.
	catchupHolds = 2 * time.Minute
	// catchupHoldsFloor is the least that scaling makes of it: reading takes real time.
	catchupHoldsFloor = 30 * time.Second
	// clockPrecision is how well Slack's clock is known.
	clockPrecision = time.Second
	// markEvery is how often the mark moves while all is well.
	markEvery = 30 * time.Second
)

// span is the payload of a row of kind catchup or threads: a conversation and since
// when events of it may not have been stored.
type span struct {
	Channel string    `json:"channel"`
	Since   time.Time `json:"since"`
	// Gap distinguishes the rows of two gaps that began at the same time: Slack's clock
	// has seconds.
	Gap string `json:"gap,omitempty"`
}

// from is the time from which new messages are read.
func (s span) from() time.Time { return s.Since.Add(-catchupMargin) }

// reach is how far back a conversation is read: as far as messages may be missing, and
// at least as far as changes are looked for.
func (s span) reach() time.Time {
	reach := time.Now().Add(-lookBack)
	if from := s.from(); from.Before(reach) {
		return from
	}
	return reach
}

// catchUp puts the rows that read what was missed since a time, and moves the login's
// mark in the same commit: from then on the rows say what is left to do.
func (c *Client) catchUp(ctx context.Context, since time.Time) error {
	portals, err := c.connector.db.PortalsOf(ctx, c.login.ID)
	if err != nil {
		return err
	}
	gap := rand.Text()
	var busy, idle []inbox.Row
	for _, portal := range portals {
		_, channel, err := slackid.ParsePortalID(portal.ID)
		if err != nil || channel == "" {
			continue
		}
		row, err := c.catchupRow(kindCatchup, span{Channel: channel, Since: since, Gap: gap})
		if err != nil {
			return err
		}
		if c.connector.inbox.WaitingIn(row.Lane, 0) > 0 {
			busy = append(busy, row)
		} else {
			idle = append(idle, row)
		}
	}
	survey, err := c.surveyRow(since, gap)
	if err != nil {
		return err
	}
	now := c.slackNow()
	_, err = c.connector.inbox.PutBatch(ctx, inbox.Batch{
		Rows: append(append(busy, idle...), survey), // those with waiting rows first, then the most recently active
		Also: func(ctx context.Context) error { return c.connector.db.PutMark(ctx, c.login.ID, now) },
	})
	if err != nil {
		return fmt.Errorf("store that %d conversations are to be caught up with: %w", len(portals), err)
	}
	zerolog.Ctx(ctx).Info().Time("since", since).Int("conversations", len(portals)).Msg("Reading what Slack may not have delivered")
	return nil
}

func (c *Client) catchupRow(kind string, s span) (inbox.Row, error) {
	payload, err := json.Marshal(s)
	if err != nil {
		return inbox.Row{}, fmt.Errorf("encode a span: %w", err)
	}
	return inbox.Row{
		Source: sourceOf(c.login.ID), Lane: c.lane(s.Channel), Kind: kind, Payload: payload,
		Key: strings.TrimSpace(kind + " " + s.Channel + " " + strconv.FormatInt(s.Since.UnixMilli(), 10) + " " + s.Gap),
	}, nil
}

// catchupState is what a row of kind catchup or threads keeps between its tries.
type catchupState struct {
	// Base is the row for which changes are staged: the first of the reading.
	Base int64 `json:"base"`
	// Until is the last row in the lane when the reading began: what is read is newer
	// than what the rows up to it bring.
	Until int64 `json:"until,omitempty"`
	// Latest is the ts of when the reading began: what was said later comes by an event
	// that waits in a later row. The pages of a reading are read one after the other, and
	// a kill may lie between them: without this a late page's messages would overtake
	// what was said before them.
	Latest string `json:"latest,omitempty"`
	// Read says that the whole span is read and staged.
	Read bool `json:"read,omitempty"`
	// Roots is how many messages of the channel were read, Oldest the ts of the oldest
	// of them, and Ended that there are no more.
	Roots  int    `json:"roots,omitempty"`
	Oldest string `json:"oldest,omitempty"`
	Ended  bool   `json:"ended,omitempty"`
	// Bottom is the ts back to which Slack has shown everything in the channel, "" if it
	// may not have. A message that is not older and was not shown is deleted.
	Bottom string `json:"bottom,omitempty"`
	// Beside says that the channel itself was read by another row, which has found
	// Bottom.
	Beside bool `json:"beside,omitempty"`
	// Seen are the ts of all messages that were read.
	Seen []string `json:"seen,omitempty"`
	// Threads are the roots whose replies are to be read, AskedThreads those that are read,
	// and OtherThreads those that the row has read which read the channel.
	Threads      []string `json:"threads,omitempty"`
	AskedThreads []string `json:"asked_threads,omitempty"`
	OtherThreads []string `json:"other_threads,omitempty"`
	// Shown counts the messages that Slack has shown, and Deleted those that seem to be
	// deleted, with what the row has counted which read the channel.
	Shown   int `json:"shown,omitempty"`
	Deleted int `json:"deleted,omitempty"`
	// Recent is the ts of the newest answer in a thread that may be newer than what was
	// read before it, "" if there is none.
	Recent string `json:"recent,omitempty"`
	// Marked are the messages of which Slack shows only a mark that they were deleted.
	Marked []string `json:"marked,omitempty"`
	// Doubtful says that a page was not complete, so that nothing counts as deleted.
	Doubtful bool `json:"doubtful,omitempty"`
	// New counts what was staged, by kind, for the log line about what was recovered.
	New map[string]int `json:"new,omitempty"`
	// Members says that the members were compared.
	Members bool `json:"members,omitempty"`
}

// catchup is one attempt at such a row.
type catchup struct {
	*Client
	row   *inbox.Attempt
	span  span
	state catchupState
	// asked is when Slack was asked for the page that is compared, on its clock.
	asked time.Time
}

// handleCatchup handles a row of kind catchup.
func (c *Client) handleCatchup(ctx context.Context, row *inbox.Attempt) error {
	try, err := c.beginCatchup(ctx, row)
	if err != nil {
		return err
	}
	if err := unreadable(ctx, c.knowListed(ctx, try.span.Channel)); err != nil {
		return err
	}
	if !try.state.Read {
		if len(row.Progress) == 0 {
			if closed, err := try.lookAtClosed(try.patience(ctx)); closed || err != nil {
				return err
			}
		}
		if done, err := try.giveWay(ctx); done || err != nil {
			return err
		}
		if len(row.Progress) == 0 {
			now := c.slackNow()
			try.state.Until, try.state.Latest = c.connector.inbox.Last(row.Source, row.Lane), slackTS(now.Add(clockPrecision))
			c.reads.begin(row.Lane, &reading{row: row.ID, until: try.state.Until, from: slackTS(try.span.from()), at: now})
		}
		if err := try.readSpan(try.patience(ctx)); unreadable(ctx, err) != nil {
			return err
		} else if err != nil {
			try.state.Doubtful = true
			if err := try.noteUnread(ctx); err != nil {
				return err
			}
			if err := try.lookWhy(ctx, err); err != nil {
				return err
			}
		}
	}
	if try.state.Read { // before what was read crosses, also when that is tried again
		if err := try.reopenLeft(ctx); err != nil {
			return err
		}
	}
	if err := try.apply(ctx); err != nil {
		return err
	}
	return try.answerForOthers(ctx)
}

func (c *Client) beginCatchup(ctx context.Context, row *inbox.Attempt) (*catchup, error) {
	if err := c.knowClock(ctx); err != nil {
		return nil, err
	}
	try := &catchup{Client: c, row: row}
	if err := json.Unmarshal(row.Payload, &try.span); err != nil {
		return nil, inbox.Park(fmt.Errorf("read a stored span: %w", err))
	}
	if len(row.Progress) > 0 {
		if err := json.Unmarshal(row.Progress, &try.state); err != nil {
			return nil, inbox.Park(fmt.Errorf("read the progress of a stored span: %w", err))
		}
	}
	if try.state.Base == 0 {
		try.state.Base = row.ID
	}
	if try.state.New == nil {
		try.state.New = map[string]int{}
	}
	return try, nil
}

// unreadable returns nil instead of an error that says that Slack does not show
// something: the bot is not in the conversation or may not read it, or it is gone.
// Then nothing counts as deleted, what is already staged is handled, and when the bot
// returns another row reads what was missed.
func unreadable(ctx context.Context, err error) error {
	switch slackapi.KindOf(err) {
	case slackapi.Permanent, slackapi.MissingScope:
		zerolog.Ctx(ctx).Info().Err(err).Msg("Slack does not show a part of what may have been missed")
		return nil
	}
	return err
}

// patience is the context for calls to Slack: calls for a conversation with waiting
// events go before others.
func (try *catchup) patience(ctx context.Context) context.Context {
	if try.connector.inbox.WaitingIn(try.row.Lane, 0) > 1 {
		return ctx
	}
	return slackapi.Background(ctx)
}

// beside is the lane next to the conversation's own, in which a reading continues after
// it gave way.
func (try *catchup) beside() string { return try.lane(try.span.Channel) + besideLane }

// besideLane is the end of that lane's name.
const besideLane = "/catchup"

// giveWay moves the reading to a lane next to the conversation's own when live events
// have waited for it long enough. The time that the row itself waited does not count.
func (try *catchup) giveWay(ctx context.Context) (bool, error) {
	begun := try.reads.firstTry(try.row.Lane, try.row.ID)
	if try.row.Lane == try.beside() || time.Since(begun) < max(try.connector.scaled(catchupHolds), catchupHoldsFloor) ||
		try.connector.inbox.WaitingIn(try.row.Lane, 0) < 2 {
		return false, nil
	}
	progress, err := json.Marshal(try.state)
	if err != nil {
		return false, fmt.Errorf("encode the progress of a span: %w", err)
	}
	_, err = try.connector.inbox.Put(ctx, inbox.Row{
		Source: try.row.Source, Lane: try.beside(), Kind: try.row.Kind, Key: try.row.Key + " beside",
		Payload: try.row.Payload, Progress: progress,
	})
	if err != nil {
		return false, err
	}
	zerolog.Ctx(ctx).Info().Str("channel", try.span.Channel).Msg("Live events go on before all that was missed is read")
	return true, nil
}

// lookAgain has the conversation read once more after a reading next to its lane: the
// messages of live events meanwhile were not compared with what Slack showed, and Slack
// may have given up the events of their deletions by now.
func (try *catchup) lookAgain(ctx context.Context) error {
	if try.row.Kind != kindCatchup || try.row.Lane != try.beside() {
		return nil
	}
	row, err := try.catchupRow(kindCatchup, try.span)
	if err != nil {
		return err
	}
	row.Key += " after " + strconv.FormatInt(try.row.ID, 10)
	_, err = try.connector.inbox.Put(ctx, row)
	return err
}

// keep stores the progress together with what was staged.
func (try *catchup) keep(ctx context.Context, staged []slackdb.Staged) error {
	for _, s := range staged {
		try.state.New[s.Kind]++
	}
	progress, err := json.Marshal(try.state)
	if err != nil {
		return fmt.Errorf("encode the progress of a span: %w", err)
	}
	return try.row.KeepWith(ctx, progress, func(ctx context.Context) error {
		return try.connector.db.Stage(ctx, try.state.Base, staged)
	})
}

// errMore has a row continue at once, after others had their turn.
var errMore = errors.New("there is more to do")
