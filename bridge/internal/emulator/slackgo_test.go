package emulator_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/slack-go/slack"
	"github.com/slack-go/slack/slackevents"
	"github.com/slack-go/slack/socketmode"
	"github.com/stretchr/testify/require"
	"go.uber.org/zap"

	"ops-jrz1/bridge/internal/emulator"
	"ops-jrz1/bridge/internal/emulator/clock"
	"ops-jrz1/bridge/internal/emulator/control"
	"ops-jrz1/bridge/internal/emulator/web"
	"ops-jrz1/bridge/internal/emulator/workspace"
)

// goSocket is slack-go's own Socket Mode client, running.
type goSocket struct {
	*socketmode.Client
	t    testing.TB
	done chan error
}

// goSocket runs slack-go's client until the test ends.
func (e *emu) goSocket() *goSocket {
	e.t.Helper()
	g := &goSocket{Client: socketmode.New(e.slack), t: e.t, done: make(chan error, 1)}
	ctx, cancel := context.WithCancel(context.Background())
	go func() {
		g.done <- g.RunContext(ctx)
		close(g.done)
	}()
	e.t.Cleanup(func() {
		cancel()
		if err := g.end(); err != nil {
			require.ErrorIs(e.t, err, context.Canceled)
		}
	})
	return g
}

// end waits until the client has ended and returns why, once.
func (g *goSocket) end() error {
	g.t.Helper()
	select {
	case err := <-g.done:
		return err
	case <-time.After(waitFor):
		require.Fail(g.t, "slack-go's client goes on")
		return nil
	}
}

// heard waits for the next event of a type.
func (g *goSocket) heard(want socketmode.EventType) socketmode.Event {
	g.t.Helper()
	for {
		select {
		case event := <-g.Events:
			if event.Type == want {
				return event
			}
		case <-time.After(waitFor):
			require.Fail(g.t, "slack-go did not report", want)
		}
	}
}

// message waits for a message event and returns it with its request.
func (g *goSocket) message() (*slackevents.MessageEvent, *socketmode.Request) {
	g.t.Helper()
	event := g.heard(socketmode.EventTypeEventsAPI)
	return event.Data.(slackevents.EventsAPIEvent).InnerEvent.Data.(*slackevents.MessageEvent), event.Request
}

func (g *goSocket) ack(id string, payload any) {
	g.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), waitFor)
	defer cancel()
	require.NoError(g.t, g.AckCtx(ctx, id, payload))
}

func running(t *testing.T) func(*emulator.Options) {
	t.Helper()
	c := clock.New(1)
	t.Cleanup(c.Close)
	return func(o *emulator.Options) { o.Clock = c }
}

func TestSlackGoRunsUnmodified(t *testing.T) {
	t.Run("events are heard, acked, and heard on after each refresh", func(t *testing.T) {
		e := start(t, running(t))
		g := e.goSocket()
		g.heard(socketmode.EventTypeHello)
		for round := range 3 {
			ts := e.say("hello slack-go")
			m, request := g.message()
			require.Equal(t, ts, m.TimeStamp)
			g.ack(request.EnvelopeID, nil)
			e.acked(round + 1)
			require.NoError(t, e.ctl.Disconnect(e.ctx(), control.SocketRequest{Reason: "refresh_requested"}))
			g.heard(socketmode.EventTypeHello)
		}
	})
	t.Run("it comes back after a cut, and what was said meanwhile with it", func(t *testing.T) {
		e := start(t)
		g := e.goSocket()
		g.heard(socketmode.EventTypeHello)
		require.NoError(t, e.ctl.FailCalls(e.ctx(), web.Fault{Method: "apps.connections.open", Status: 503, Times: 3}))
		require.NoError(t, e.ctl.Cut(e.ctx(), control.SocketRequest{}))
		e.sockets(0)
		e.say("while no one listened")
		g.heard(socketmode.EventTypeHello)
		e.Clock.Step(3 * time.Second)
		m, request := g.message()
		require.Equal(t, "while no one listened", m.Text)
		require.Equal(t, 1, request.RetryAttempt)
		g.ack(request.EnvelopeID, nil)
		e.acked(1)
	})
	t.Run("what is not acked comes again, told as a retry", func(t *testing.T) {
		e := start(t)
		g := e.goSocket()
		g.heard(socketmode.EventTypeHello)
		ts := e.say("again")
		for attempt, pause := range []time.Duration{0, 0, time.Minute, 5 * time.Minute} {
			e.Clock.Step(pause)
			m, request := g.message()
			require.Equal(t, ts, m.TimeStamp)
			require.Equal(t, attempt, request.RetryAttempt)
			require.Equal(t, map[bool]string{true: "", false: "timeout"}[attempt == 0], request.RetryReason)
			e.Clock.Step(3 * time.Second)
		}
	})
	t.Run("a slash command is acked with its answer", func(t *testing.T) {
		e := start(t)
		g := e.goSocket()
		g.heard(socketmode.EventTypeHello)
		payload := fmt.Sprintf(`{"command":"/echo","text":"hi","channel_id":%q,"user_id":%q,"api_app_id":%q,"trigger_id":"1.2.3"}`, general, ann, app)
		require.NoError(t, e.ctl.RaiseWith(e.ctx(), control.EventRequest{
			Envelope: "slash_commands", Type: "command", Payload: []byte(payload), AcceptsResponse: true,
		}))
		event := g.heard(socketmode.EventTypeSlashCommand)
		require.Equal(t, "/echo", event.Data.(slack.SlashCommand).Command)
		require.True(t, event.Request.AcceptsResponsePayload)
		g.ack(event.Request.EnvelopeID, map[string]string{"text": "hi yourself"})
		e.acked(1)
	})
	t.Run("a dead app token ends the client", func(t *testing.T) {
		e := start(t)
		g := e.goSocket()
		g.heard(socketmode.EventTypeHello)
		require.NoError(t, e.ctl.RevokeTokens(e.ctx(), control.TokenRequest{Kind: workspace.AppToken}))
		require.EqualError(t, g.end(), "token_revoked")
	})
}

func TestSlackGoActs(t *testing.T) {
	e := start(t, func(o *emulator.Options) { o.Log = zap.NewNop() })
	_, ts, err := e.slack.PostMessageContext(e.ctx(), random, slack.MsgOptionText("a root", false))
	require.NoError(t, err)
	item := slack.NewRefToMessage(random, ts)

	_, reply, err := e.slack.PostMessageContext(e.ctx(), random, slack.MsgOptionText("a reply", false), slack.MsgOptionTS(ts))
	require.NoError(t, err)
	thread, more, _, err := e.slack.GetConversationRepliesContext(e.ctx(), &slack.GetConversationRepliesParameters{ChannelID: random, Timestamp: ts})
	require.NoError(t, err)
	require.False(t, more)
	require.Equal(t, []string{ts, reply}, []string{thread[0].Timestamp, thread[1].Timestamp})

	_, _, _, err = e.slack.UpdateMessageContext(e.ctx(), random, ts, slack.MsgOptionText("a changed root", false))
	require.NoError(t, err)
	require.NoError(t, e.slack.AddReactionContext(e.ctx(), "tada", item))
	require.EqualError(t, e.slack.AddReactionContext(e.ctx(), "tada", item), "already_reacted")
	m, err := e.ctl.Message(e.ctx(), random, ts)
	require.NoError(t, err)
	require.Equal(t, "a changed root", m.Text)
	require.Equal(t, []workspace.Reaction{{Name: "tada", Users: []string{botUser}, Count: 1}}, m.Reactions)
	require.NoError(t, e.slack.RemoveReactionContext(e.ctx(), "tada", item))

	_, _, err = e.slack.DeleteMessageContext(e.ctx(), random, reply)
	require.NoError(t, err)
	_, _, err = e.slack.DeleteMessageContext(e.ctx(), random, ts)
	require.NoError(t, err)
	_, _, err = e.slack.DeleteMessageContext(e.ctx(), random, ts)
	require.EqualError(t, err, "message_not_found")
}

func TestSlackGoReadsPages(t *testing.T) {
	e := start(t)
	for i := range 7 {
		e.say(fmt.Sprint(i))
	}
	var channels, texts []string
	for cursor := ""; ; {
		page, next, err := e.slack.GetConversationsForUserContext(e.ctx(), &slack.GetConversationsForUserParameters{
			Types: []string{"public_channel", "private_channel", "mpim", "im"}, Limit: 2, Cursor: cursor,
		})
		require.NoError(t, err)
		for _, c := range page {
			channels = append(channels, c.ID)
		}
		if cursor = next; cursor == "" {
			break
		}
	}
	require.ElementsMatch(t, []string{general, random, leaders, mpim, annBot}, channels)
	for cursor := ""; ; {
		page, err := e.slack.GetConversationHistoryContext(e.ctx(), &slack.GetConversationHistoryParameters{ChannelID: general, Limit: 3, Cursor: cursor})
		require.NoError(t, err)
		for _, m := range page.Messages {
			texts = append(texts, m.Text)
		}
		if cursor = page.ResponseMetaData.NextCursor; cursor == "" {
			require.False(t, page.HasMore)
			break
		}
		require.True(t, page.HasMore)
	}
	require.Equal(t, []string{"6", "5", "4", "3", "2", "1", "0"}, texts[:7])
}

func TestSlackGoIsToldAMissingScope(t *testing.T) {
	e := start(t)
	e.without("users:read")
	_, err := e.slack.GetUserInfoContext(e.ctx(), ann)
	var refusal slack.SlackErrorResponse
	require.True(t, errors.As(err, &refusal), "%v", err)
	require.Equal(t, "missing_scope", refusal.Err)
	require.Equal(t, "users:read", refusal.Needed)
	require.Contains(t, refusal.Provided, "chat:write")
	require.NotContains(t, refusal.Provided, "users:read,")
}
