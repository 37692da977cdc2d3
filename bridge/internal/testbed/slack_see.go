package testbed

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"ops-jrz1/bridge/internal/emulator/control"
	"ops-jrz1/bridge/internal/emulator/socket"
	"ops-jrz1/bridge/internal/emulator/web"
	"ops-jrz1/bridge/internal/emulator/workspace"
	"ops-jrz1/bridge/internal/testbed/await"
)

// Post is a message as Slack keeps it.
type Post = workspace.Message

// AwaitPost waits for a message outside of threads with exactly this text.
func (s *Slack) AwaitPost(conversation, text string) Post {
	s.bed.t.Helper()
	return s.AwaitPostWith(conversation, fmt.Sprintf("the message %.80q", text), func(p Post) bool {
		return p.Text == text && !isReply(p)
	})
}

// AwaitReply waits for an answer with exactly this text in a thread.
func (s *Slack) AwaitReply(conversation, threadTS, text string) Post {
	s.bed.t.Helper()
	return s.AwaitPostWith(conversation, fmt.Sprintf("the answer %.80q to %s", text, threadTS), func(p Post) bool {
		return p.Text == text && isReply(p) && p.ThreadTS == threadTS
	})
}

// AwaitEdit waits until a message has been edited to this text.
func (s *Slack) AwaitEdit(conversation, ts, text string) Post {
	s.bed.t.Helper()
	return s.AwaitPostWith(conversation, fmt.Sprintf("the edit of %s to %.80q", ts, text), func(p Post) bool {
		return p.TS == ts && p.Text == text && p.Edited != nil
	})
}

// AwaitPostWith waits for a message for which matches returns true; what
// describes it in the message of a failed test.
func (s *Slack) AwaitPostWith(conversation, what string, matches func(Post) bool) Post {
	s.bed.t.Helper()
	var found Post
	s.await(conversation, what, func(posts []Post) bool {
		i := slices.IndexFunc(posts, matches)
		if i >= 0 {
			found = posts[i]
		}
		return i >= 0
	})
	return found
}

// AwaitDeleted waits until a message is gone.
func (s *Slack) AwaitDeleted(conversation, ts string) {
	s.bed.t.Helper()
	s.await(conversation, "the deletion of "+ts, func(posts []Post) bool {
		return !slices.ContainsFunc(posts, func(p Post) bool { return p.TS == ts && p.Subtype != "tombstone" })
	})
}

// AwaitReaction waits until the bridge's bot has reacted to a message.
func (s *Slack) AwaitReaction(conversation, ts, name string) {
	s.bed.t.Helper()
	s.await(conversation, fmt.Sprintf("the reaction %s to %s", name, ts), func(posts []Post) bool {
		return hasReaction(posts, ts, name)
	})
}

// AwaitPinned waits until a message is pinned in its channel, or not.
func (s *Slack) AwaitPinned(conversation, ts string, pinned bool) {
	s.bed.t.Helper()
	s.await(conversation, fmt.Sprintf("%s to be pinned (%v)", ts, pinned), func(posts []Post) bool {
		return slices.ContainsFunc(posts, func(p Post) bool { return p.TS == ts && (len(p.PinnedTo) > 0) == pinned })
	})
}

// AwaitTopic waits until a channel has this topic.
func (s *Slack) AwaitTopic(channel, topic string) {
	s.bed.t.Helper()
	ctx, cancel := s.bed.patience()
	defer cancel()
	s.bed.must(await.Until(ctx, fmt.Sprintf("the topic %q of %s", topic, channel), func(ctx context.Context) (bool, error) {
		found, err := s.Control.Channel(ctx, channel)
		return err == nil && found.Topic.Value == topic, ignoreEnd(ctx, err)
	}))
}

// AwaitNoReaction waits until the bridge's bot has taken its reaction back.
func (s *Slack) AwaitNoReaction(conversation, ts, name string) {
	s.bed.t.Helper()
	s.await(conversation, fmt.Sprintf("the removal of the reaction %s to %s", name, ts), func(posts []Post) bool {
		return !hasReaction(posts, ts, name)
	})
}

// Posts returns everything said in a conversation, answers in threads included,
// oldest first.
func (s *Slack) Posts(conversation string) []Post {
	s.bed.t.Helper()
	posts, err := s.Control.Messages(s.bed.ctx, s.conversation(conversation))
	s.bed.must(err)
	return posts
}

// PostsOf returns what the bridge posted for a Matrix person, by the name shown.
func (s *Slack) PostsOf(conversation, name string) []Post {
	s.bed.t.Helper()
	return slices.DeleteFunc(s.Posts(conversation), func(p Post) bool { return p.BotID == "" || p.Username != name })
}

// AwaitSocket waits until the bridge has a socket that has said hello.
func (s *Slack) AwaitSocket() {
	s.bed.t.Helper()
	s.awaitSockets("a socket of the bridge", func(open int) bool { return open > 0 })
}

// AwaitNoSocket waits until the bridge has no socket any more.
func (s *Slack) AwaitNoSocket() {
	s.bed.t.Helper()
	s.awaitSockets("the end of the bridge's sockets", func(open int) bool { return open == 0 })
}

func (s *Slack) awaitSockets(what string, enough func(open int) bool) {
	s.bed.t.Helper()
	ctx, cancel := s.bed.patience()
	defer cancel()
	s.bed.must(await.Until(ctx, what, func(ctx context.Context) (bool, error) {
		open, err := s.Control.Sockets(ctx)
		return enough(len(open)), err
	}))
}

func (s *Slack) await(conversation, what string, enough func([]Post) bool) {
	s.bed.t.Helper()
	ctx, cancel := s.bed.patience()
	defer cancel()
	channel := s.conversation(conversation)
	var seen []Post
	err := await.Until(ctx, what+" in Slack's "+conversation, func(ctx context.Context) (bool, error) {
		posts, err := s.Control.Messages(ctx, channel)
		if ctx.Err() == nil {
			seen = posts
		}
		return err == nil && enough(posts), ignoreEnd(ctx, err)
	})
	if err != nil {
		s.bed.t.Fatalf("%v\nwhat is there:\n%s", err, transcript(seen))
	}
}

// ignoreEnd lets the wait itself report that its time is over.
func ignoreEnd(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return nil
	}
	return err
}

func isReply(p Post) bool { return p.ThreadTS != "" && p.ThreadTS != p.TS }

func hasReaction(posts []Post, ts, name string) bool {
	for _, p := range posts {
		for _, reaction := range p.Reactions {
			if p.TS == ts && reaction.Name == name && slices.Contains(reaction.Users, Bot) {
				return true
			}
		}
	}
	return false
}

// transcript shows a conversation for the message of a failed test.
func transcript(posts []Post) string {
	var b strings.Builder
	for _, p := range posts {
		fmt.Fprintf(&b, "  %s %s%s: %.200q", p.TS, p.User, p.Username, p.Text)
		if isReply(p) {
			fmt.Fprintf(&b, " in thread %s", p.ThreadTS)
		}
		for _, reaction := range p.Reactions {
			fmt.Fprintf(&b, " :%s: by %v", reaction.Name, reaction.Users)
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// AwaitAcked waits until every envelope so far is acknowledged, each at its first
// delivery, and returns the longest wait for an ack.
func (s *Slack) AwaitAcked() time.Duration {
	s.bed.t.Helper()
	var slowest float64
	for _, e := range s.AwaitDelivered() {
		if len(e.Attempts) > 1 {
			s.bed.t.Fatalf("event %s (%s) had to be delivered %d times", e.EventID, e.Event, len(e.Attempts))
		}
		slowest = max(slowest, *e.Attempts[0].LatencyMS)
	}
	return time.Duration(slowest * float64(time.Millisecond))
}

// AwaitEvents waits until Slack has begun to deliver that many events of a type.
func (s *Slack) AwaitEvents(kind string, count int) {
	s.bed.t.Helper()
	ctx, cancel := s.bed.patience()
	defer cancel()
	s.bed.must(await.Until(ctx, fmt.Sprintf("%d events %s", count, kind), func(ctx context.Context) (bool, error) {
		events, err := s.Control.Deliveries(ctx, kind)
		return len(events) >= count, err
	}))
}

// AwaitDelivered waits until every envelope so far is acknowledged, however often
// it had to be delivered, and returns them.
func (s *Slack) AwaitDelivered() []socket.Record {
	s.bed.t.Helper()
	ctx, cancel := s.bed.patience()
	defer cancel()
	var envelopes []socket.Record
	s.bed.must(await.Until(ctx, "the acknowledgement of every envelope", func(ctx context.Context) (bool, error) {
		all, err := s.Control.Deliveries(ctx, "")
		envelopes = slices.DeleteFunc(all, func(e socket.Record) bool { return e.App != bridgeApp })
		return !slices.ContainsFunc(envelopes, func(e socket.Record) bool { return e.Outcome != socket.Acked }), err
	}))
	return envelopes
}

// Call is a call of the Web API as the emulator notes it.
type Call = web.CallRecord

// Calls returns the Web API calls that the bridge made, oldest first.
func (s *Slack) Calls() []Call {
	s.bed.t.Helper()
	calls, err := s.Control.Calls(s.bed.ctx, control.CallFilter{App: bridgeApp})
	s.bed.must(err)
	return calls
}
