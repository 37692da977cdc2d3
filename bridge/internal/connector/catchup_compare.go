package connector

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/rs/zerolog"
	"maunium.net/go/mautrix/bridgev2"
	"maunium.net/go/mautrix/bridgev2/database"
	"maunium.net/go/mautrix/bridgev2/networkid"
	"maunium.net/go/mautrix/id"

	"ops-jrz1/bridge/internal/slackdb"
	"ops-jrz1/bridge/internal/slackevent"
	"ops-jrz1/bridge/internal/slackid"
)

// Kinds of what is staged.
const (
	stagedMessage   = "message"    // a message that is not in Matrix
	stagedLost      = "lost"       // one that the bridge posted, whose event the homeserver does not have
	stagedEdit      = "edit"       // the newer state of one that is
	stagedReactions = "reactions"  // its reactions, which differ
	stagedDeletion  = "deletion"   // the ts of one that is gone
	stagedLostFiles = "lost files" // one that was said in Matrix, without its files
)

// comparison is what the database holds of a conversation, as far back as span.reach.
type comparison struct {
	portal *bridgev2.Portal
	parts  map[networkid.MessageID][]*database.Message
	held   map[networkid.MessageID][]slackdb.Held
	since  time.Time
}

func (try *catchup) comparison(ctx context.Context) (*comparison, error) {
	key, err := try.conversations.portalKey(ctx, try.span.Channel, "")
	if err != nil {
		return nil, err
	}
	portal, err := try.connector.bridge.GetExistingPortalByKey(ctx, key)
	if err != nil {
		return nil, fmt.Errorf("load the portal of %s: %w", try.span.Channel, err)
	}
	compare := &comparison{
		portal: portal, since: try.span.reach(),
		parts: map[networkid.MessageID][]*database.Message{}, held: map[networkid.MessageID][]slackdb.Held{},
	}
	if try.connector.roomOf(portal) == "" {
		return compare, nil
	}
	known, err := try.connector.bridge.DB.Message.GetMessagesBetweenTimeQuery(ctx, portal.PortalKey, compare.since, time.Now().Add(time.Hour))
	if err != nil {
		return nil, fmt.Errorf("load the messages of %s: %w", try.span.Channel, err)
	}
	for _, part := range inOrder(known) {
		compare.parts[part.ID] = append(compare.parts[part.ID], part)
	}
	held, err := try.connector.db.HeldSince(ctx, portal.PortalKey, compare.since)
	if err != nil {
		return nil, err
	}
	for _, h := range held {
		compare.held[h.Message] = append(compare.held[h.Message], h)
	}
	return compare, nil
}

// differences stages what of a page Matrix does not show as Slack shows it now.
func (compare *comparison) differences(ctx context.Context, try *catchup, messages []*slackevent.Message) (staged []slackdb.Staged, err error) {
	for _, message := range messages {
		more, err := compare.difference(ctx, try, message)
		if err != nil {
			return nil, err
		}
		staged = append(staged, more...)
	}
	return staged, nil
}

func (compare *comparison) difference(ctx context.Context, try *catchup, message *slackevent.Message) (staged []slackdb.Staged, err error) {
	messageID := slackid.MakeMessageID(try.team, try.span.Channel, message.TS)
	stands := compare.parts[messageID]
	fresh := len(stands) == 0 && try.isMissed(message.TS) && !message.Hidden
	switch {
	case message.Subtype == slackevent.SubtypeTombstone:
		if len(stands) > 0 && !slices.ContainsFunc(stands, isAskedAbout) && !slices.Contains(try.state.Marked, message.TS) {
			try.state.Marked = append(try.state.Marked, message.TS)
		}
		try.reads.compared(try.row.Lane, try.row.ID, message.TS)
		return staged, nil
	case try.ownPost(message):
		// Its text and its edits came from Matrix. People in Slack can only react to it.
		var lost bool
		if lost, err = compare.isLost(ctx, try, message, fresh); lost {
			staged, err = stage(staged, message.TS, stagedLost, message)
		} else if err == nil && try.hasLostUploads(message, stands) {
			return stage(staged, "zz files "+message.TS, stagedLostFiles, message)
		}
	case fresh:
		staged, err = stage(staged, message.TS, stagedMessage, try.asRead(message))
	case len(stands) > 0:
		var differs bool
		if differs, err = try.isOld(ctx, message, stands); differs {
			staged, err = stage(staged, editTS(message)+" "+message.TS, stagedEdit, try.asRead(message))
		}
	}
	if err != nil || len(stands) == 0 && !fresh {
		return staged, err
	}
	differ, err := compare.reactionsDiffer(ctx, try, messageID, message)
	if err != nil {
		return staged, unreadable(ctx, err)
	}
	try.reads.compared(try.row.Lane, try.row.ID, message.TS)
	if !differ {
		return staged, nil
	}
	return stage(staged, "reactions "+message.TS, stagedReactions, &slackevent.Message{
		Channel: try.span.Channel, TS: message.TS, Reactions: message.Reactions, EventTS: slackTS(try.asked),
	})
}

// isLost says whether the homeserver does not have what the bridge posted for a person in
// Matrix: it and the bridge's database were restored from copies that are older.
func (compare *comparison) isLost(ctx context.Context, try *catchup, message *slackevent.Message, fresh bool) (bool, error) {
	said := postedFor(message)
	if try.connector.options.History == nil || !fresh || !strings.HasPrefix(said, "$") || try.connector.roomOf(compare.portal) == "" {
		return false, nil
	}
	has, err := try.connector.options.History.Has(ctx, try.connector.roomOf(compare.portal), id.EventID(said))
	return err == nil && !has, err
}

// isMissed says whether a message that is not in Matrix may have no event in a later row.
func (try *catchup) isMissed(ts string) bool {
	return !isEarlier(ts, slackTS(try.span.from())) && (try.state.Latest == "" || !isLater(ts, try.state.Latest))
}

// asRead is a message as if an event had told its state just before Slack was asked, as far
// as its clock is known.
func (try *catchup) asRead(message *slackevent.Message) *slackevent.Message {
	state := *message
	state.EventTS = slackTS(try.asked.Add(-clockPrecision))
	return &state
}

func stage(staged []slackdb.Staged, place, kind string, message *slackevent.Message) ([]slackdb.Staged, error) {
	payload, err := json.Marshal(message)
	if err != nil {
		return nil, fmt.Errorf("encode message %s: %w", message.TS, err)
	}
	return append(staged, slackdb.Staged{Place: place, Kind: kind, Payload: payload}), nil
}

// isOld says whether Matrix does not show a message as Slack shows it.
func (try *catchup) isOld(ctx context.Context, message *slackevent.Message, stands []*database.Message) (bool, error) {
	if isNewer(message, stands) || lacksCopy(message, stands) {
		return true, nil
	}
	return try.hasLostFiles(ctx, message, stands)
}

// isNewer says whether a message was edited after the state that Matrix shows.
func isNewer(message *slackevent.Message, stands []*database.Message) bool {
	ts := editTS(message)
	return ts != "" && !slices.ContainsFunc(stands, func(part *database.Message) bool {
		meta, ok := part.Metadata.(*MessageMetadata)
		return ok && (isLater(meta.LastEditTS, ts) || meta.LastEditTS == ts && (meta.State == "" || meta.State == stateOf(message)))
	})
}

// reactionsDiffer says whether the reactions of people in Slack differ between Slack and
// Matrix. If history names fewer people than there are, Slack is asked for all of them.
func (compare *comparison) reactionsDiffer(ctx context.Context, try *catchup, id networkid.MessageID, message *slackevent.Message) (bool, error) {
	if err := try.allReactions(ctx, try.span.Channel, message); err != nil {
		return false, err
	}
	wanted, err := try.wantedReactions(ctx, id, message)
	if err != nil {
		return false, err
	}
	held := compare.held[id]
	return len(wanted) != len(held) || slices.ContainsFunc(held, func(h slackdb.Held) bool { return !wanted[h] }), nil
}

// allReactions completes the people who hold reactions to a message: history names some
// of many.
func (c *Client) allReactions(ctx context.Context, channel string, message *slackevent.Message) error {
	for _, reaction := range message.Reactions {
		if len(reaction.Users) >= reaction.Count {
			continue
		}
		all, err := c.api.Reactions(ctx, channel, message.TS)
		if err == nil {
			message.Reactions = all
		}
		return err
	}
	return nil
}

// wantedReactions are the reactions of people in Slack to a message.
func (c *Client) wantedReactions(ctx context.Context, id networkid.MessageID, message *slackevent.Message) (map[slackdb.Held]bool, error) {
	wanted := map[slackdb.Held]bool{}
	for _, reaction := range message.Reactions {
		for _, user := range reaction.Users {
			if err := c.meet(ctx, user, ""); err != nil {
				return nil, err
			}
			if !c.isApp(user) && !c.hasOptedOut(user) {
				wanted[slackdb.Held{Message: id, Sender: c.ghostID(user), Name: networkid.EmojiID(reaction.Name)}] = true
			}
		}
	}
	return wanted, nil
}

// isEarlier says whether a ts is earlier than another. Malformed ones are equal to
// everything.
func isEarlier(one, other string) bool { return isLater(other, one) }

// slackTS formats a time as Slack does.
func slackTS(t time.Time) string { return fmt.Sprintf("%d.%06d", t.Unix(), t.Nanosecond()/1000) }

func (try *catchup) logRecovered(ctx context.Context) {
	if len(try.state.New) == 0 {
		return
	}
	line := zerolog.Ctx(ctx).Info().Str("channel", try.span.Channel).Time("since", try.span.Since)
	for kind, n := range try.state.New {
		line = line.Int(kind, n)
	}
	line.Msg("Recovered what Slack had not delivered")
}
