package connector

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"maunium.net/go/mautrix/bridgev2/database"

	"ops-jrz1/bridge/internal/operator"
	"ops-jrz1/bridge/internal/slackevent"
	"ops-jrz1/bridge/internal/slackws"
)

// TestLoginStatus follows a socket that is connected, refreshed, lost and stopped: since
// when it is in its state, and when and why the last one ended.
func TestLoginStatus(t *testing.T) {
	w := newWorld(t)
	only := func() operator.LoginStatus {
		t.Helper()
		all := w.slack.LoginStatuses()
		require.Len(t, all, 1)
		return all[0]
	}
	require.Equal(t, "connecting", only().State)
	require.Equal(t, "T1-UBOT", only().Login)

	connected := slackws.State{Kind: slackws.Connected, Reason: slackws.ReasonHello, Message: "Connected"}
	w.client.onSocket(connected)
	first := only()
	require.True(t, first.Usable())
	require.WithinDuration(t, time.Now(), first.Since, time.Minute)
	require.Zero(t, first.Lost)

	w.client.onSocket(slackws.State{Kind: slackws.Connecting, Reason: slackws.ReasonRefresh})
	w.client.onSocket(connected)
	second := only()
	require.True(t, second.Since.After(first.Since), "it is another socket")
	require.Equal(t, "refresh_requested", second.LostReason)

	next := time.Now().Add(time.Minute)
	w.client.onSocket(slackws.State{Kind: slackws.Waiting, Reason: slackws.ReasonCut, Message: "the line was cut", Next: next})
	w.client.onSocket(slackws.State{Kind: slackws.Stopped, Reason: slackws.ReasonDeadToken, Message: "make a new token"})
	stopped := only()
	require.Equal(t, "stopped", stopped.State)
	require.Equal(t, "make a new token", stopped.Message)
	require.Equal(t, "cut", stopped.LostReason, "what ended the socket, not what came after")
	require.Equal(t, map[slackws.Reason]int64{slackws.ReasonRefresh: 1, slackws.ReasonCut: 1}, w.slack.Counts().Losses)

	w.client.setDead("the bot token was revoked")
	require.Equal(t, "unusable", only().State)
	require.Equal(t, "the bot token was revoked", only().Message)
}

// TestCountsOutliveASession: the counts of a session stay when it ends.
func TestCountsOutliveASession(t *testing.T) {
	w := newWorld(t)
	refused := slackws.New(slackws.Config{
		Open:   func(context.Context) (string, error) { return "", errors.New("no") },
		Handle: w.session().store,
	})
	w.slack.counts.begin(refused)
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- refused.Run(ctx) }()
	require.Eventually(t, func() bool { return w.slack.Counts().Sockets.Opens == 1 }, time.Minute, time.Millisecond)
	stop()
	require.NoError(t, <-ended)
	w.slack.counts.end(refused)
	require.EqualValues(t, 1, w.slack.Counts().Sockets.Opens)
}

// TestStatusInTheChat: problems come first, then the rest as on the command line.
func TestStatusInTheChat(t *testing.T) {
	status := operator.Status{Version: "1", Started: time.Now(), Phase: operator.Up, Rooms: 3, Logins: []operator.LoginStatus{
		{Login: "T1-UBOT", State: "connected", RoomsReady: true},
	}}
	require.Regexp(t, "(?s)^All is well.\n\n```\nbridge .*\nrooms +3\n```$", statusText(status, time.Now()))
	status.Logins[0].State, status.Logins[0].Message = "stopped", "*switch it on*"
	require.Contains(t, statusText(status, time.Now()), "* Slack, T1-UBOT: stopped: \\*switch it on\\*\n")
}

// TestLastMessages: what was said in Slack and what was said in Matrix are told apart, and a
// direct conversation, which is named after people, is not named.
func TestLastMessages(t *testing.T) {
	w := newWorld(t)
	require.NoError(t, w.hear("E1", slackevent.Message{User: "U1", Text: "hello", TS: "1700000001.000001"}))
	shown := func() operator.RoomStatus {
		t.Helper()
		rooms, err := w.slack.LastMessages(t.Context())
		require.NoError(t, err)
		require.Len(t, rooms, 1)
		count, err := w.slack.Rooms(t.Context())
		require.NoError(t, err)
		require.Equal(t, 1, count)
		return rooms[0]
	}
	require.Equal(t, "#general", shown().Name)
	require.Equal(t, int64(1700000001), shown().FromSlack.Unix())
	require.Zero(t, shown().FromMatrix)

	require.NoError(t, w.receive(w.message("$1", owner, map[string]any{"msgtype": "m.text", "body": "hello yourself"})))
	require.NotZero(t, shown().FromMatrix)
	require.Equal(t, int64(1700000001), shown().FromSlack.Unix())

	portal := w.room()
	portal.RoomType = database.RoomTypeDM
	require.NoError(t, portal.Save(t.Context()))
	require.Equal(t, "a direct conversation", shown().Name)
}
