package connector

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/rs/zerolog"
	"maunium.net/go/mautrix/bridgev2"
	"maunium.net/go/mautrix/bridgev2/matrix"
	"maunium.net/go/mautrix/id"

	"ops-jrz1/bridge/internal/failpoint"
	"ops-jrz1/bridge/internal/inbox"
	"ops-jrz1/bridge/internal/slackdb"
	"ops-jrz1/bridge/internal/slackevent"
)

// A new room begins with what was said in its conversation before. Whichever row has made
// the room, or comes first in its lane after a restart, fills it step by step before it is
// handled itself: it reads the history (backfill_read.go), sends it oldest first
// (backfill_send.go), and only then are people invited. So live events wait in the lane,
// and no person is notified of old messages.

const (
	// backfillHolds is how long live events of a conversation wait for its history, and
	// backfillHoldsFloor what scaling does not go below.
	backfillHolds      = 2 * time.Minute
	backfillHoldsFloor = time.Minute
)

var (
	errBackfillFirst = errors.New("the room gets its history first")
	errOthersFirst   = errors.New("other rooms get their history first")
)

// backfillState is how far the history of a conversation is.
type backfillState struct {
	// Members are those of the conversation when the room was made.
	Members []string `json:"members,omitempty"`
	// Begun is when the first step was made, and Room the room that was filled then.
	Begun time.Time `json:"begun,omitzero"`
	Room  id.RoomID `json:"room,omitempty"`
	// Latest is the ts of that moment. What is said later comes by events, which wait: a
	// thread, which is read after its channel, would bring it before what was said in the
	// channel meanwhile.
	Latest string `json:"latest,omitempty"`
	// Entries is how many entries of the channel were read, Roots how many of them are
	// messages that the room shows, Oldest the ts of the oldest, and Ended that there are no
	// more that are wanted.
	Entries int    `json:"entries,omitempty"`
	Roots   int    `json:"roots,omitempty"`
	Oldest  string `json:"oldest,omitempty"`
	Ended   bool   `json:"ended,omitempty"`
	// Threads are the roots whose replies are to be read, and Read says that all is read.
	Threads []string `json:"threads,omitempty"`
	Read    bool     `json:"read,omitempty"`
	// Doubtful says that Slack has not shown all of it.
	Doubtful bool `json:"doubtful,omitempty"`
	// Archive says that the messages up to Since are from an archive, and GoneOn are their
	// threads that may have gone on since and whose roots are not read again.
	Archive bool     `json:"archive,omitempty"`
	Since   string   `json:"since,omitempty"`
	GoneOn  []string `json:"gone_on,omitempty"`
	// Found is how many messages were found, and Authors who said them.
	Found   int      `json:"found,omitempty"`
	Authors []string `json:"authors,omitempty"`
	// Filled says that the room has all that it gets, and that people may come in.
	Filled bool `json:"filled,omitempty"`
}

// backfills are the conversations of a login whose rooms get their history.
type backfills struct {
	line *fillLine

	mu     sync.Mutex
	states map[string]backfillState // by the channel
	// archived are the channels of which an archive is kept and that have no room yet.
	archived map[string]bool
}

func newBackfills() *backfills {
	return &backfills{
		line: newFillLine(), states: map[string]backfillState{}, archived: map[string]bool{},
	}
}

func (b *backfills) get(channel string) (state backfillState, pending bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	state, pending = b.states[channel]
	return state, pending
}

func (b *backfills) put(channel string, state backfillState) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.states[channel] = state
}

func (b *backfills) drop(channel string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.states, channel)
	b.line.leave(channel)
}

// rename notes that a channel has another id. kept says that the room of the new id goes on.
func (b *backfills) rename(from, to string, kept bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if state, pending := b.states[from]; pending {
		delete(b.states, from)
		b.line.leave(from)
		if !kept {
			b.states[to] = state
		}
	}
}

// isClosedToPeople says whether a room is being filled, so that no person is invited yet.
func (b *backfills) isClosedToPeople(channel string) bool {
	state, pending := b.get(channel)
	return pending && !state.Filled
}

// loadBackfills reads which rooms get their history, as an earlier process has left it.
// The history is read again: what was deleted meanwhile does not get into the room, and
// what is there already is known by its rows.
func (c *Client) loadBackfills(ctx context.Context) error {
	if err := c.loadArchived(ctx); err != nil {
		return err
	}
	stored, err := c.connector.db.Backfills(ctx, c.login.ID)
	if err != nil {
		return err
	}
	for _, b := range stored {
		var state backfillState
		if err := json.Unmarshal(b.State, &state); err != nil {
			return fmt.Errorf("read how far the history of %s is: %w", b.Channel, err)
		}
		if !state.Filled {
			state = state.again()
			if err := c.connector.db.DropOldMessagesAfter(ctx, c.login.ID, b.Channel, state.Since); err != nil {
				return err
			}
		}
		c.backfills.put(b.Channel, state)
	}
	return nil
}

// loadBackfills reads it until the database answers. It returns false when the session ends
// first.
func (s *session) loadBackfills(ctx context.Context) bool {
	for attempt := 1; ; attempt++ {
		err := s.client.loadBackfills(ctx)
		if err == nil {
			return true
		}
		wait := backoff(attempt)
		zerolog.Ctx(ctx).Warn().Err(err).Stringer("again_in", wait).Msg("Cannot look up which rooms get what was said before, will try again")
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return false
		}
	}
}

// keepBackfill stores how far the history of a conversation is.
func (c *Client) keepBackfill(ctx context.Context, channel string, state backfillState) error {
	encoded, err := json.Marshal(state)
	if err != nil {
		return fmt.Errorf("encode how far the history of %s is: %w", channel, err)
	}
	if err := c.connector.db.PutBackfill(ctx, c.login.ID, slackdb.Backfill{Channel: channel, State: encoded}); err != nil {
		return err
	}
	c.backfills.put(channel, state)
	return nil
}

// backfillLimit is how many messages of a conversation a new room gets, threads aside. In
// an encrypted room there is none: who joins later cannot read what was sent before. Nor
// is there one in a channel that the bot is not in, whose history Slack does not show it.
func (c *Client) backfillLimit(conversation slackevent.Conversation) int {
	settings := c.connector.options.Backfill
	switch {
	case !settings.Enabled, c.connector.encryptsRooms(), isPublic(conversation) && !conversation.IsMember,
		!c.directionOf(conversation).FromSlack():
		return 0
	case conversation.IsIM, conversation.IsMPIM:
		return settings.MaxInitialDirectMessages
	}
	return settings.MaxInitialMessages
}

// encryptsRooms says whether new rooms are encrypted.
func (c *Connector) encryptsRooms() bool {
	matrix, ok := c.bridge.Matrix.(*matrix.Connector)
	return ok && matrix.Config.Encryption.Allow && matrix.Config.Encryption.Default
}

// beginsWithHistory says whether a new room of a conversation gets its history.
func (c *Client) beginsWithHistory(conversation slackevent.Conversation) bool {
	return c.backfillLimit(conversation) > 0 || c.backfills.isArchived(conversation.ID) &&
		!c.connector.encryptsRooms() && c.directionOf(conversation).FromSlack()
}

// planBackfill notes that the room of a conversation, which is about to be made, gets its
// history. It says whether it does.
func (c *Client) planBackfill(ctx context.Context, conversation slackevent.Conversation, members []string) (bool, error) {
	if !c.beginsWithHistory(conversation) {
		return false, nil
	}
	if claimed, err := c.claimArchive(ctx, conversation.ID, members); claimed || err != nil {
		return claimed, err
	}
	if state, planned := c.backfills.get(conversation.ID); planned {
		state.Members = members // the room before this one is gone, and others may have joined since
		return true, c.keepBackfill(ctx, conversation.ID, state)
	}
	if c.backfillLimit(conversation) == 0 {
		return false, nil // another login has the archive
	}
	return true, c.keepBackfill(ctx, conversation.ID, backfillState{Members: members})
}

// roomBeforeMessage makes the room of a conversation whose first message has come, if the
// room gets its history: then the message is a part of that.
func (c *Client) roomBeforeMessage(ctx context.Context, row *inbox.Attempt, conversation slackevent.Conversation) error {
	if !c.beginsWithHistory(conversation) {
		return nil
	}
	if err := c.resync(ctx, row, conversation); err != nil {
		return err
	}
	if c.backfills.isClosedToPeople(conversation.ID) {
		return inbox.Later(0, errBackfillFirst)
	}
	return nil
}

// putBackfill has the room that a row has made filled when no other row follows in its
// lane.
func (c *Client) putBackfill(ctx context.Context, row *inbox.Attempt) error {
	channel := strings.TrimPrefix(row.Lane, c.lane(""))
	if !c.backfills.isClosedToPeople(channel) {
		return nil
	}
	_, err := c.connector.inbox.Put(ctx, c.resyncRow(slackevent.Conversation{ID: channel}, "filled after "+row.Key))
	return err
}

// backfillFirst takes the next step of filling the room of a row's conversation. Its
// error has the row come back, until the room is filled.
func (c *Client) backfillFirst(ctx context.Context, row *inbox.Attempt) error {
	channel := strings.TrimPrefix(row.Lane, c.lane(""))
	if err := c.othersFill(ctx, row, channel); err != nil {
		return err
	}
	state, pending := c.backfills.get(channel)
	if !pending {
		return nil
	}
	key, err := c.conversations.portalKey(ctx, channel, "")
	if err != nil {
		return err
	}
	portal, err := c.connector.bridge.GetExistingPortalByKey(ctx, key)
	if err != nil {
		return fmt.Errorf("load the portal of %s: %w", channel, err)
	}
	room := c.connector.roomOf(portal)
	if room == "" {
		return nil // the row makes it
	}
	if c.connector.isPlumbed(portal) {
		return c.leaveUnfilled(ctx, row, channel)
	}
	if state.Room != "" && state.Room != room {
		if state, err = c.fillAnew(ctx, channel, state); err != nil {
			return err
		}
	}
	fill := &backfill{Client: c, row: row, channel: channel, portal: portal, state: state}
	end, wait := c.backfills.line.take(channel, turn{order: row.ID, awaited: fill.isAwaited(), begun: !state.Begun.IsZero()})
	switch {
	case end != nil:
		defer end()
	case !fill.isLate():
		return inbox.Later(wait, errOthersFirst)
	}
	return fill.step(ctx)
}

// awaitOpened waits until the room of a conversation is filled and what people come in by is
// there.
func (c *Client) awaitOpened(ctx context.Context, conversation slackevent.Conversation) error {
	portal, err := c.connector.bridge.GetPortalByKey(ctx, c.conversations.keyOf(conversation))
	if err != nil {
		return fmt.Errorf("load the portal of %s: %w", conversation.ID, err)
	}
	return awaitWhile(ctx, portal, func() bool {
		_, pending := c.backfills.get(conversation.ID)
		return pending || c.connector.isBeingFilled(portal)
	})
}

// awaitFilled waits until a room is filled, so that people may be let in.
func (c *Connector) awaitFilled(ctx context.Context, portal *bridgev2.Portal) error {
	return awaitWhile(ctx, portal, func() bool { return c.isBeingFilled(portal) })
}

func awaitWhile(ctx context.Context, portal *bridgev2.Portal, waits func() bool) error {
	for waits() {
		select {
		case <-time.After(shortWait):
		case <-ctx.Done():
			return fmt.Errorf("wait for the history of %s: %w", portal.PortalKey, ctx.Err())
		}
	}
	return nil
}

// backfill is one step of filling a room.
type backfill struct {
	*Client
	row     *inbox.Attempt
	channel string
	portal  *bridgev2.Portal
	state   backfillState
}

func (fill *backfill) keep(ctx context.Context) error {
	return fill.keepBackfill(ctx, fill.channel, fill.state)
}

// isAwaited says whether live events wait for the room.
func (fill *backfill) isAwaited() bool { return fill.connector.inbox.WaitingIn(fill.row.Lane, 0) > 1 }

// isLate says whether they have waited long enough, for their turn or since the room was
// begun. For an archive, which an operator has asked for, they wait as long as it takes.
func (fill *backfill) isLate() bool {
	if fill.state.Archive || !fill.isAwaited() {
		return false
	}
	waited := fill.backfills.line.awaitedFor(fill.channel)
	if !fill.state.Begun.IsZero() {
		waited = time.Since(fill.state.Begun)
	}
	return waited > max(fill.connector.scaled(backfillHolds), backfillHoldsFloor)
}

func (fill *backfill) step(ctx context.Context) error {
	if fill.state.Begun.IsZero() && !fill.isLate() {
		if err := fill.knowClock(ctx); err != nil {
			return err
		}
		now := fill.slackNow()
		fill.state.Begun, fill.state.Latest = time.Now(), slackTS(now.Add(clockPrecision))
		fill.state.Room = fill.connector.roomOf(fill.portal)
		fill.reads.begin(fill.row.Lane, &reading{
			row: fill.row.ID, from: fill.state.Since, until: fill.connector.inbox.Last(fill.row.Source, fill.row.Lane), at: now,
		})
		if err := fill.keep(ctx); err != nil {
			return err
		}
	}
	if !fill.state.Filled {
		more, err, whole := true, error(nil), false
		if !fill.isLate() {
			more, err = fill.fillSome(ctx)
		}
		switch {
		case fill.isLate():
			if err := fill.tellLeftOut(ctx, "New messages have come meanwhile."); err != nil {
				return err
			}
		case err != nil && isTriedAgain(err):
			return err
		case err != nil:
			// The row that fills the room is not at fault: it must not be parked for this.
			zerolog.Ctx(ctx).Err(err).Str("channel", fill.channel).Msg("A new room does not get what was said before")
			if err := fill.tellLeftOut(ctx, "What was said before could not be brought here; the bridge's log says why."); err != nil {
				return err
			}
		case more:
			return inbox.Later(0, errMore)
		default:
			whole = !fill.state.Doubtful
		}
		// Events from before do not bring what was not shown, or not any more.
		fill.reads.end(fill.row.Lane, fill.row.ID, whole)
		fill.state.Filled = true
		if err := fill.keep(ctx); err != nil {
			return err
		}
	}
	failpoint.Hit(failpoint.RoomFilled)
	if err := fill.open(ctx); err != nil && isTriedAgain(err) {
		return err
	} else if err != nil {
		zerolog.Ctx(ctx).Err(err).Str("channel", fill.channel).Msg("Could not let people into a new room")
	}
	if fill.state.Found > 0 {
		if err := fill.putFirstPins(ctx, fill.portal, fill.channel); err != nil {
			return err
		}
	}
	if err := fill.connector.db.DropBackfill(ctx, fill.login.ID, fill.channel); err != nil {
		return err
	}
	fill.backfills.drop(fill.channel)
	zerolog.Ctx(ctx).Info().Str("channel", fill.channel).Int("messages", fill.state.Found).
		Msg("A new room has what was said before")
	return nil
}

// fillSome reads or sends a part of the history. It says whether there is more to do.
func (fill *backfill) fillSome(ctx context.Context) (more bool, err error) {
	if !fill.state.Read {
		err := fill.read(ctx)
		if err := unreadable(ctx, err); err != nil {
			return true, err
		}
		fill.state.Read, fill.state.Doubtful = true, fill.state.Doubtful || err != nil
		if err := fill.keep(ctx); err != nil {
			return true, err
		}
	}
	return fill.send(ctx)
}
