package torture

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"ops-jrz1/bridge/internal/testbed/timeline"
)

// inMatrix is the voice of a person with an account. The homeserver may be away:
// each request is made again with its transaction id until it is answered, as
// clients do.
type inMatrix struct {
	client *mautrix.Client
	// prefix and sent make transaction ids.
	prefix string
	sent   int
	// reactions are the events of current reactions, by message and emoji.
	reactions map[[2]string]id.EventID
}

// retryEvery is how often a client tries again, tryTimeout what one try may take.
const (
	retryEvery = 500 * time.Millisecond
	tryTimeout = 20 * time.Second
)

// persist makes a request until it is answered.
func (v *inMatrix) persist(ctx context.Context, request func(ctx context.Context, txn string) error) error {
	v.sent++
	txn := fmt.Sprintf("%s-%d", v.prefix, v.sent)
	for {
		try, cancel := context.WithTimeout(ctx, tryTimeout)
		err := request(try, txn)
		cancel()
		if err == nil || answeredForGood(err) {
			return err
		}
		select {
		case <-ctx.Done():
			return errors.Join(err, ctx.Err())
		case <-time.After(retryEvery):
		}
	}
}

// answeredForGood says whether trying again is useless.
func answeredForGood(err error) bool {
	var answer mautrix.HTTPError
	return errors.As(err, &answer) && answer.Response != nil &&
		answer.Response.StatusCode < http.StatusInternalServerError && answer.Response.StatusCode != http.StatusTooManyRequests
}

func (v *inMatrix) send(ctx context.Context, p *place, kind event.Type, content any) (sent id.EventID, err error) {
	err = v.persist(ctx, func(ctx context.Context, txn string) error {
		resp, err := v.client.SendMessageEvent(ctx, p.room, kind, content, mautrix.ReqSendEvent{TransactionID: txn})
		if err == nil {
			sent = resp.EventID
		}
		return err
	})
	return sent, err
}

func (v *inMatrix) redact(ctx context.Context, p *place, what id.EventID) error {
	return v.persist(ctx, func(ctx context.Context, txn string) error {
		_, err := v.client.RedactEvent(ctx, p.room, what, mautrix.ReqRedact{TxnID: txn})
		return err
	})
}

func (v *inMatrix) say(ctx context.Context, p *place, what saying) (string, error) {
	content := &event.MessageEventContent{MsgType: event.MsgText, Body: what.text}
	if what.mention != "" {
		content.Body += " for " + what.mention
		content.Format = event.FormatHTML
		content.FormattedBody = fmt.Sprintf(`%s for <a href="https://matrix.to/#/%s">%s</a>`, what.text, ghost(what.mention), what.mention)
	}
	switch {
	case what.root != "":
		content.RelatesTo = (&event.RelatesTo{}).SetThread(id.EventID(what.root), id.EventID(what.root))
	case what.reply != "":
		content.RelatesTo = (&event.RelatesTo{}).SetReplyTo(id.EventID(what.reply))
	}
	sent, err := v.send(ctx, p, event.EventMessage, content)
	return string(sent), err
}

func (v *inMatrix) edit(ctx context.Context, p *place, ref, text string) error {
	content := &event.MessageEventContent{MsgType: event.MsgText, Body: text}
	content.SetEdit(id.EventID(ref))
	_, err := v.send(ctx, p, event.EventMessage, content)
	return err
}

func (v *inMatrix) remove(ctx context.Context, p *place, ref string) error {
	return v.redact(ctx, p, id.EventID(ref))
}

func (v *inMatrix) react(ctx context.Context, p *place, ref, name string) error {
	sent, err := v.send(ctx, p, event.EventReaction, &event.ReactionEventContent{
		RelatesTo: *(&event.RelatesTo{}).SetAnnotation(id.EventID(ref), emoji[name]),
	})
	v.reactions[[2]string{ref, name}] = sent
	return err
}

func (v *inMatrix) unreact(ctx context.Context, p *place, ref, name string) error {
	return v.redact(ctx, p, v.reactions[[2]string{ref, name}])
}

// watchMatrix notes what the bridge sends, so that people in Matrix can answer it.
func (r *run) watchMatrix(ctx context.Context) error {
	read := map[id.RoomID]int{}
	for {
		r.timeline.Read(func(rooms map[id.RoomID]*timeline.Room) {
			for _, room := range rooms {
				p := r.placeOf(func(p *place) bool { return p.room == room.ID })
				for _, evt := range room.Events[read[room.ID]:] {
					r.changes.Add(1)
					r.sawInMatrix(p, evt)
				}
				read[room.ID] = len(room.Events)
			}
		})
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(watchEvery):
		}
	}
}

func (r *run) sawInMatrix(p *place, evt *event.Event) {
	if evt.Type != event.EventMessage || !strings.HasPrefix(string(evt.Sender), "@slack_") {
		return
	}
	content := evt.Content.AsMessage()
	if content.RelatesTo.GetReplaceID() == "" {
		r.sawText(Matrix, p, content.Body, string(evt.ID))
	}
}
