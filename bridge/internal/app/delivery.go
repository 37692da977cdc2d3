package app

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"go.uber.org/zap"
	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/bridgev2/database"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"ops-jrz1/bridge/internal/delivery"
)

// What the bridge keeps for the watch in the framework's table of keys and values.
const (
	keyProbeRoom database.Key = "ops_jrz1_probe_room"
	keyProven    database.Key = "ops_jrz1_delivery_proven"
)

// probeType is the type of the probe, a state event in a room of the bot's own.
func probeType() event.Type { return event.Type{Type: "ops-jrz1.probe", Class: event.StateEventType} }

// sincePages bounds how far back a room is read. More than that is said in the log.
const sincePages = 20

// newWatch makes the watch over the homeserver's deliveries.
func (a *App) newWatch() *delivery.Watch {
	return delivery.New(delivery.Config{
		Homeserver: probed{a},
		Put:        func(ctx context.Context, events []json.RawMessage) (int, error) { return a.server.Store(ctx, events) },
		Proven: func(ctx context.Context, at time.Time) error {
			a.bridge.DB.KV.Set(ctx, keyProven, at.UTC().Format(time.RFC3339))
			return nil
		},
		Kept:  a.keptProof,
		Scale: a.config.Network.SlackTimeScale,
		Log:   a.log.Named("delivery"),
	})
}

// keptValue returns what is kept under a key, "" if nothing is. It asks the table itself: the
// framework's Get takes a database that fails for a key that is not there, and nothing would be
// read from the rooms then.
func (a *App) keptValue(ctx context.Context, key database.Key) (kept string, err error) {
	kv := a.bridge.DB.KV
	err = kv.QueryRow(ctx, "SELECT value FROM kv_store WHERE bridge_id = $1 AND key = $2", kv.BridgeID, key).Scan(&kept)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return "", fmt.Errorf("read what is kept as %s: %w", key, err)
	}
	return kept, nil
}

// keptProof returns when the last proof of delivery was that is kept.
func (a *App) keptProof(ctx context.Context) (time.Time, error) {
	kept, err := a.keptValue(ctx, keyProven)
	if err != nil || kept == "" {
		return time.Time{}, err
	}
	at, err := time.Parse(time.RFC3339, kept)
	if err != nil {
		a.log.Warn("The stored time of the last delivery cannot be read; the rooms are not searched for missing events", zap.Error(err))
		return time.Time{}, nil
	}
	return at, nil
}

// received tells the watch of a transaction's events.
func (a *App) received(events []*event.Event) {
	nonce := ""
	for _, evt := range events {
		if evt.Type.Type == probeType().Type && evt.Sender == a.matrix.Bot.UserID {
			nonce, _ = evt.Content.Raw["nonce"].(string)
		}
	}
	a.watch.Transaction(nonce)
}

// probed is the homeserver as the watch sees it.
type probed struct{ app *App }

// Probe implements delivery.Homeserver.
func (p probed) Probe(ctx context.Context, nonce string) error {
	room, err := p.room(ctx)
	if err != nil {
		return err
	}
	_, err = p.app.matrix.Bot.SendStateEvent(ctx, room, probeType(), "", map[string]any{"nonce": nonce})
	if errors.Is(err, mautrix.MForbidden) || errors.Is(err, mautrix.MNotFound) {
		p.app.bridge.DB.KV.Set(ctx, keyProbeRoom, "") // the room is gone; the next probe makes one
	}
	if err != nil {
		return fmt.Errorf("send the probe: %w", refusal(err))
	}
	return nil
}

// refusal names the error of a homeserver that does not accept the bridge's token.
func refusal(err error) error {
	if errors.Is(err, mautrix.MUnknownToken) {
		return fmt.Errorf("%w: %w", delivery.ErrRefused, err)
	}
	return err
}

// room returns the bot's own room, which it makes once.
func (p probed) room(ctx context.Context) (id.RoomID, error) {
	if room := p.app.bridge.DB.KV.Get(ctx, keyProbeRoom); room != "" {
		return id.RoomID(room), nil
	}
	made, err := p.app.matrix.Bot.CreateRoom(ctx, &mautrix.ReqCreateRoom{
		Preset: "private_chat", Name: "Slack bridge: delivery probe",
		Topic:           "The bridge's bot sees here whether the homeserver delivers. There is no need to join.",
		CreationContent: map[string]any{"m.federate": false},
	})
	if err != nil {
		return "", fmt.Errorf("make the room of the probe: %w", refusal(err))
	}
	p.app.bridge.DB.KV.Set(ctx, keyProbeRoom, made.RoomID.String())
	return made.RoomID, nil
}

// Ping implements delivery.Homeserver. The appservice's own client does not ping, see
// pingOnce.
func (p probed) Ping(ctx context.Context) error {
	client, err := p.app.plainClient()
	if err == nil {
		_, err = client.AppservicePing(ctx, p.app.config.AppService.ID, "probe")
	}
	return err
}

// Rooms implements delivery.Homeserver.
func (p probed) Rooms(ctx context.Context) ([]id.RoomID, error) {
	return p.app.slack.RoomsByActivity(ctx)
}

// Since implements delivery.Homeserver. A room that the bot is not in any more, as one that
// an administrator deleted, holds nothing that can be read.
func (p probed) Since(ctx context.Context, room id.RoomID, since time.Time, progress func()) (events []json.RawMessage, err error) {
	ctx = mautrix.WithMaxRetries(ctx, 0) // the watch itself tries again
	reading, from := newRead(since, p.app.slack.Ours), ""
	for n := 1; ; n++ {
		page, err := p.app.matrix.Bot.Messages(ctx, room, from, "", mautrix.DirectionBackward, nil, historyPage)
		if errors.Is(err, mautrix.MForbidden) || errors.Is(err, mautrix.MNotFound) {
			p.app.log.Warn("The bot may not read a room; whether events of it are missing is unknown", zap.Stringer("room_id", room), zap.Error(err))
			return nil, nil
		}
		if err != nil {
			return nil, fmt.Errorf("read the newest events of %s: %w", room, err)
		}
		progress()
		if reading.page(page.Chunk) || page.End == "" || len(page.Chunk) == 0 {
			break
		}
		if n == sincePages {
			p.app.log.Warn("A room is not read back to the last proof of delivery; older events may be missing", zap.Stringer("room_id", room), zap.Time("since", since), zap.Int("events", n*historyPage))
			break
		}
		from = page.End
	}
	for _, evt := range reading.events() {
		evt.RoomID = room
		raw, err := json.Marshal(evt)
		if err != nil {
			return nil, fmt.Errorf("encode event %s: %w", evt.ID, err)
		}
		events = append(events, raw)
	}
	return events, nil
}

// read is a reading of a room from its newest event back to a time.
type read struct {
	since time.Time
	ours  func(id.UserID) bool
	// all is what was read, the newest first, and old how many events of people at its end
	// have a time before since. Those before fresh are of the time after since.
	all        []*event.Event
	fresh, old int
}

func newRead(since time.Time, ours func(id.UserID) bool) *read {
	return &read{since: since, ours: ours}
}

// oldInARow is how many events of people with an earlier time show that a room is read
// back to a time. A server tells events in their place and not by their time, and the time
// is what a client or another server says it is: one that is wrong ends no reading, and
// does not hide its event.
const oldInARow = 5

// page reads a page, the newest first, and returns whether it reaches back to the time.
// Only what people sent tells that: ghosts' events carry the times of Slack. What the
// bridge's own users said is left out, but not the state that they changed: without it,
// that of people would be noted over what came after it.
func (r *read) page(page []*event.Event) (reached bool) {
	for _, evt := range page {
		own := r.ours(evt.Sender)
		if own && evt.StateKey == nil {
			continue
		}
		r.all = append(r.all, evt)
		switch {
		case own:
		case r.isOld(evt):
			if r.old++; r.old == oldInARow {
				return true
			}
		default:
			r.fresh, r.old = len(r.all), 0
		}
	}
	return false
}

func (r *read) isOld(evt *event.Event) bool { return time.UnixMilli(evt.Timestamp).Before(r.since) }

// events are what may not have been delivered, the oldest first.
func (r *read) events() []*event.Event {
	behind := slices.DeleteFunc(slices.Clone(r.all[r.fresh:]), r.isOld)
	events := append(slices.Clone(r.all[:r.fresh]), behind...)
	slices.Reverse(events)
	return events
}

// reachable tells the watch whether requests reach the homeserver.
type reachable struct {
	next  http.RoundTripper
	watch *delivery.Watch
}

// RoundTrip implements http.RoundTripper.
func (r reachable) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.Method == http.MethodPut && strings.Contains(req.URL.Path, "/send/") {
		r.watch.Active()
	}
	resp, err := r.next.RoundTrip(req)
	switch {
	case req.Context().Err() != nil:
	case err != nil:
		r.watch.Reached(false)
	case resp.StatusCode == http.StatusUnauthorized:
		r.watch.Reached(true)
		r.watch.Denied()
	default:
		r.watch.Reached(resp.StatusCode < http.StatusBadGateway || resp.StatusCode > http.StatusGatewayTimeout)
	}
	return resp, err
}
