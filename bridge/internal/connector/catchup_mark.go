package connector

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"ops-jrz1/bridge/internal/failpoint"
	"ops-jrz1/bridge/internal/inbox"
	"ops-jrz1/bridge/internal/slackws"

	"github.com/rs/zerolog"
)

// slackNow is the time on Slack's clock. The login's mark and the spans use it, because
// the ts of messages do: a mark by this machine's clock would hide what was said while
// that clock was ahead.
func (c *Client) slackNow() time.Time {
	if now := c.api.Time(); !now.IsZero() {
		return now
	}
	return failpoint.Now() // the app is not identified yet
}

// knowClock asks Slack something if nothing is known of its clock yet. This machine's may be
// ahead: what a reading has shown would then be taken for newer than what is said next.
func (c *Client) knowClock(ctx context.Context) error {
	if !c.api.Time().IsZero() {
		return nil
	}
	_, err := c.api.AuthTest(ctx)
	return err
}

// missed puts the rows that read what was missed since a time on this machine's clock. A zero since means the time
// before the session: the gap then begins at the login's mark, and a login without a mark
// is new.
func (s *session) missed(ctx context.Context, since, _ time.Time) (err error) {
	c := s.client
	defer func() {
		s.marked.Store(err == nil)
		if err == nil && s.gapKnown != nil {
			s.gapOnce.Do(func() { close(s.gapKnown) })
		}
	}()
	if since.IsZero() {
		mark, err := c.connector.db.Mark(ctx, c.login.ID)
		if err != nil {
			return err
		}
		if mark.IsZero() {
			return c.connector.db.PutMark(ctx, c.login.ID, c.slackNow())
		}
		since = mark
	} else {
		since = c.slackNow().Add(-max(0, failpoint.Now().Sub(since)))
	}
	if err := c.emojis.missed(ctx, c.slackNow().Sub(since)); err != nil {
		return err
	}
	return c.catchUp(ctx, since)
}

// keepMark moves the login's mark while the socket is connected and no gap waits to be
// read. A gap that has begun and is not known yet is covered by the margin at the
// beginning of each span.
func (s *session) keepMark(ctx context.Context) {
	c := s.client
	ticker := time.NewTicker(max(c.connector.scaled(markEvery), time.Second))
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return
		}
		if at := c.slackNow(); c.connected() && s.marked.Load() {
			if err := c.connector.db.PutMark(ctx, c.login.ID, at); err != nil && ctx.Err() == nil {
				zerolog.Ctx(ctx).Warn().Err(err).Msg("Cannot note until when Slack's events are stored")
			}
		}
	}
}

// connected says whether the socket is connected.
func (c *Client) connected() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.socket.Kind == slackws.Connected
}

// pruneStaged forgets what was staged for rows that an operator has dropped.
func (c *Connector) pruneStaged(ctx context.Context) error {
	staged, err := c.db.StagedRows(ctx) // first, so that what is staged afterwards is left alone
	if err != nil || len(staged) == 0 {
		return err
	}
	wanted, err := c.bases(ctx)
	if err != nil {
		return err
	}
	for _, row := range staged {
		if wanted[row] {
			continue
		}
		if err := c.db.DropAllStaged(ctx, row); err != nil {
			return err
		}
	}
	return nil
}

// bases are the rows for which current readings have staged something.
func (c *Connector) bases(ctx context.Context) (map[int64]bool, error) {
	rows, err := c.inbox.List(ctx)
	if err != nil {
		return nil, err
	}
	bases := map[int64]bool{}
	for _, listed := range rows {
		if listed.Kind != kindCatchup && listed.Kind != kindThreads {
			continue
		}
		bases[listed.ID] = true
		row, err := c.inbox.Get(ctx, listed.ID)
		if errors.Is(err, inbox.ErrNoRow) {
			continue
		} else if err != nil {
			return nil, err
		}
		var state catchupState
		if json.Unmarshal(row.Progress, &state) == nil {
			bases[state.Base] = true
		}
	}
	return bases, nil
}
