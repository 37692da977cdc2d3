package connector

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/rs/zerolog"
	"maunium.net/go/mautrix/bridgev2"
	"maunium.net/go/mautrix/event"

	"ops-jrz1/bridge/internal/slackdb"
	"ops-jrz1/bridge/internal/slackevent"
	"ops-jrz1/bridge/internal/slackid"
)

// sentAtOnce is how many messages one step sends: after them others have their turn.
const sentAtOnce = 20

// send sends the oldest messages that are kept. What Slack or the homeserver refuses for
// good is put at the end of the lane, where it is parked like any other. It says whether
// there is more to do.
func (fill *backfill) send(ctx context.Context) (more bool, err error) {
	kept, err := fill.connector.db.OldMessages(ctx, fill.login.ID, fill.channel, sentAtOnce)
	if err != nil {
		return true, err
	}
	for _, old := range kept {
		if fill.isLate() {
			return true, nil
		}
		if err := fill.sendOne(ctx, old); err != nil {
			return true, err
		}
		if err := fill.connector.db.MarkOldMessageSent(ctx, fill.login.ID, fill.channel, old.TS); err != nil {
			return true, err
		}
	}
	return len(kept) == sentAtOnce, nil
}

func (fill *backfill) sendOne(ctx context.Context, old slackdb.OldMessage) error {
	message := &slackevent.Message{}
	if err := json.Unmarshal(old.Payload, message); err != nil {
		return fmt.Errorf("read a message of the history: %w", err)
	}
	message.Channel = fill.channel
	err := fill.sendMessage(ctx, message)
	if err != nil {
		err = fill.orNewRoom(ctx, fill.row, err)
	}
	if err == nil || isTriedAgain(err) {
		return err
	}
	zerolog.Ctx(ctx).Warn().Err(err).Str("message_ts", message.TS).Msg("A message of the history does not get into its room")
	try := &catchup{Client: fill.Client, row: fill.row, span: span{Channel: fill.channel}}
	return try.putStaged(ctx, slackdb.Staged{Place: message.TS, Kind: stagedMessage, Payload: old.Payload})
}

// sendMessage sends a message and its reactions as of the time at which it was said. What
// the bridge itself had posted for people in Matrix comes back under their names.
func (fill *backfill) sendMessage(ctx context.Context, message *slackevent.Message) error {
	if err := fill.bridgePost(ctx, fill.row, message, true); err != nil {
		return err
	}
	if author := message.Author().ID; !slices.Contains(fill.state.Authors, author) {
		fill.state.Authors = append(fill.state.Authors, author)
		if err := fill.keep(ctx); err != nil {
			return err
		}
	}
	if len(message.Reactions) == 0 {
		return nil
	}
	said, err := slackid.ParseTimestamp(message.TS)
	if err != nil {
		return err
	}
	return fill.syncReactions(ctx, fill.row, message, said)
}

// tellLeftOut says in the room that it does not have all that was said before, and why.
func (fill *backfill) tellLeftOut(ctx context.Context, why string) error {
	_, left, err := fill.connector.db.CountOldMessages(ctx, fill.login.ID, fill.channel)
	if err != nil {
		return err
	}
	text := why + " What was said in Slack before is not in this room."
	if fill.state.Read && left == 0 {
		return nil
	}
	if fill.state.Read {
		text = fmt.Sprintf("%s Messages from before that are in Slack only: %d.", why, left)
	}
	ctx = withSendPlan(ctx, newSendPlan("left out "+fill.connector.roomOf(fill.portal).String(), "notice"))
	return fill.connector.notice(ctx, fill.connector.roomOf(fill.portal), text)
}

// open lets people in: the login's owner, unless it is a direct conversation, and those whom
// roomExtras invites. Ghosts of
// people who are not in the conversation any more leave.
func (fill *backfill) open(ctx context.Context) error {
	level := ownerLevel
	members := bridgev2.ChatMemberMap{}
	if fill.portal.Receiver == "" {
		members.Set(bridgev2.ChatMember{EventSender: bridgev2.EventSender{IsFromMe: true}, Membership: event.MembershipJoin, PowerLevel: &level})
	}
	if len(fill.state.Members) > 0 && len(fill.state.Members) < membersRead {
		for _, author := range fill.state.Authors {
			if author != fill.bot && slices.Contains(fill.state.Members, author) {
				continue
			}
			members.Set(bridgev2.ChatMember{
				EventSender: bridgev2.EventSender{Sender: fill.ghostID(author)}, Membership: event.MembershipLeave, PrevMembership: event.MembershipJoin,
			})
		}
	}
	return fill.submit(ctx, fill.row, &infoChange{
		remoteEvent: remoteEvent{kind: bridgev2.RemoteEventChatInfoChange, portal: fill.portal.PortalKey, at: time.Now(), after: fill.roomExtras},
		change:      &bridgev2.ChatInfoChange{MemberChanges: &bridgev2.ChatMemberList{MemberMap: members}},
	})
}
