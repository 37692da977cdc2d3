package emulator_test

import (
	"testing"

	"github.com/slack-go/slack"
	"github.com/stretchr/testify/require"
)

func TestAMessageCrossesBothWays(t *testing.T) {
	e := start(t)
	w := e.connect()
	ts, err := e.ctl.Say(e.ctx(), "ann", "general", "hello *world*")
	require.NoError(t, err)
	v := w.take()
	require.Equal(t, "events_api", v.Type)
	require.Equal(t, "event_callback", v.Payload.Type)
	require.Equal(t, ts, v.event("ts"))
	require.Equal(t, "hello *world*", v.event("text"))

	channel, ts, err := e.slack.PostMessageContext(e.ctx(), general, slack.MsgOptionText("hi back", false))
	require.NoError(t, err)
	require.Equal(t, general, channel)
	m, err := e.ctl.Message(e.ctx(), general, ts)
	require.NoError(t, err)
	require.Equal(t, "hi back", m.Text)
	require.Equal(t, ts, w.take().event("ts"), "the bot's own post comes back")
}
