package connector

import (
	"context"
	"sync"
	"time"

	"github.com/rs/zerolog"
	"maunium.net/go/mautrix/bridgev2/status"

	"ops-jrz1/bridge/internal/slackws"
)

// session is a client's time from Connect to Disconnect: it finds out who the
// app is, replays what the journal still holds, keeps the socket and makes the
// rooms.
type session struct {
	client *Client
	cancel context.CancelFunc
	lanes  *lanes
	work   sync.WaitGroup
	// aside counts what was acked and not handled, by its kind. The socket hands
	// over one envelope at a time, so it needs no lock.
	aside map[string]int
}

// startSession begins a session and returns at once. ctx carries the logger and
// must live as long as the bridge.
func startSession(ctx context.Context, client *Client) *session {
	s := &session{client: client, lanes: newLanes(ctx, fromSlackPolicy)}
	ctx, s.cancel = context.WithCancel(ctx)
	s.work.Go(func() { s.run(ctx) })
	return s
}

// Stop ends the session: first the socket, so that nothing more is acked, then
// the lanes.
func (s *session) Stop() {
	s.cancel()
	s.work.Wait()
	s.lanes.Stop()
}

func (s *session) run(ctx context.Context) {
	c := s.client
	if c.blocked != "" {
		zerolog.Ctx(ctx).Warn().Msg("Not connected to Slack: " + c.blocked)
		c.tell(status.StateBadCredentials, stateNoTokens, c.blocked)
		return
	}
	c.tell(status.StateConnecting, "", "")
	if !s.identify(ctx) || !s.ensureSpace(ctx) || !s.replay(ctx) {
		return
	}
	s.work.Go(func() { s.watchToken(ctx) })
	s.work.Go(func() { s.syncRooms(ctx) })
	socket := slackws.New(slackws.Config{
		Open:    c.api.OpenSocket,
		Handle:  s.take,
		OnState: c.onSocket,
		Scale:   c.connector.options.Network.SlackTimeScale,
		Log:     c.connector.options.Log,
	})
	if err := socket.Run(ctx); err != nil && ctx.Err() == nil {
		zerolog.Ctx(ctx).Error().Err(err).Msg("The Slack session ended")
	}
}

// scaled shortens a wait by network.slack_time_scale.
func (c *Connector) scaled(wait time.Duration) time.Duration {
	return time.Duration(float64(wait) * c.options.Network.SlackTimeScale)
}

// replay puts what the journal still holds for this login into the lanes, before
// anything new comes. It returns false when the session ends first.
func (s *session) replay(ctx context.Context) bool {
	for attempt := 1; ; attempt++ {
		rows, err := s.client.connector.journal.Pending(ctx, s.source())
		if err == nil {
			for _, row := range rows {
				s.enqueue(row)
			}
			if len(rows) > 0 {
				zerolog.Ctx(ctx).Info().Int("events", len(rows)).Msg("Handling what was stored before the last stop")
			}
			return true
		}
		zerolog.Ctx(ctx).Err(err).Msg("Cannot read the journal, will try again")
		select {
		case <-time.After(backoff(attempt)):
		case <-ctx.Done():
			return false
		}
	}
}

// source is the login's name in the journal.
func (s *session) source() string { return string(s.client.login.ID) }
