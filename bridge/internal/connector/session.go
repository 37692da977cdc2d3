package connector

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/rs/zerolog"
	"maunium.net/go/mautrix/bridgev2/status"

	"ops-jrz1/bridge/internal/inbox"
	"ops-jrz1/bridge/internal/slackws"
)

// session lasts from a client's Connect to its Disconnect: it finds out who the app is,
// keeps the socket open, makes the rooms and handles the login's rows.
type session struct {
	client *Client
	cancel context.CancelFunc
	work   sync.WaitGroup
	// marked says that the login's mark may move: every known gap is in the inbox.
	marked atomic.Bool
	// gapKnown is closed when what was missed before the session is in the inbox.
	gapKnown chan struct{}
	gapOnce  sync.Once
}

// startSession begins a session and returns at once. ctx carries the logger and
// must live as long as the bridge.
func startSession(ctx context.Context, client *Client) *session {
	s := &session{client: client, gapKnown: make(chan struct{})}
	ctx, s.cancel = context.WithCancel(ctx)
	s.work.Go(func() { s.run(ctx) })
	return s
}

// Stop ends the session: nothing more is acknowledged, and the rows that are being
// handled are finished. The others stay in the inbox.
func (s *session) Stop() {
	s.cancel()
	s.work.Wait()
}

func (s *session) run(ctx context.Context) {
	c := s.client
	if c.blocked != "" {
		zerolog.Ctx(ctx).Warn().Msg("Not connected to Slack: " + c.blocked)
		c.tell(status.StateBadCredentials, stateNoTokens, c.blocked)
		return
	}
	c.tell(status.StateConnecting, "", "")
	// Before another login of the workspace handles anything.
	if !s.loadBackfills(ctx) {
		return
	}
	if !s.identify(ctx) {
		return
	}
	s.work.Go(func() { s.watchToken(ctx) })
	s.work.Go(func() { s.receive(ctx) }) // whether or not the homeserver is there
	s.work.Go(func() { s.keepMark(ctx) })
	if !s.ensureSpace(ctx) {
		return
	}
	s.work.Go(func() { s.plumbDeclared(ctx) })
	usable := make(chan struct{})
	s.work.Go(func() {
		defer close(usable)
		s.syncRooms(ctx)
	})
	s.work.Go(func() { s.shareEmoji(ctx, usable) })
	s.work.Go(func() { s.showBookmarks(ctx, usable) })
	s.work.Go(func() { s.showTeam(ctx, usable) })
	s.handleRows(ctx)
}

// receive keeps the socket open until the session ends.
func (s *session) receive(ctx context.Context) {
	c := s.client
	socket := slackws.New(slackws.Config{
		Open:    c.openSocket,
		Handle:  s.store,
		OnState: c.onSocket,
		OnGap:   s.missed,
		Scale:   c.connector.options.Network.SlackTimeScale,
		Log:     c.connector.options.Log,
	})
	c.connector.counts.begin(socket)
	defer c.connector.counts.end(socket)
	if err := socket.Run(ctx); err != nil && ctx.Err() == nil {
		zerolog.Ctx(ctx).Error().Err(err).Msg("The Slack session ended")
	}
}

// slackWorkers limits how many conversations are bridged to Matrix at once.
const slackWorkers = 16

// policy says how the login's rows are handled.
func (c *Client) policy() inbox.Policy {
	return inbox.Policy{Workers: slackWorkers, Transient: transient, Parked: c.tellParked, Grace: handlerGrace}
}

// handleRows handles the login's rows until the session ends.
func (s *session) handleRows(ctx context.Context) {
	c := s.client
	source := sourceOf(c.login.ID)
	if again, err := c.connector.inbox.RetrySource(ctx, source, errLoginGone); err != nil {
		zerolog.Ctx(ctx).Err(err).Msg("Cannot take up what was parked when the login was gone")
	} else if again > 0 {
		zerolog.Ctx(ctx).Info().Int("rows", again).Msg("Took up what was parked when the login was gone")
	}
	err := c.connector.inbox.Run(ctx, source, c.connector.HandleSlack, c.policy())
	if err != nil {
		zerolog.Ctx(ctx).Err(err).Msg("The login's rows are not handled")
	}
}

// scaled shortens a wait by network.slack_time_scale.
func (c *Connector) scaled(wait time.Duration) time.Duration {
	return time.Duration(float64(wait) * c.options.Network.SlackTimeScale)
}
