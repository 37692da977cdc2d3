package torture

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"

	"ops-jrz1/bridge/internal/emulator/control"
	"ops-jrz1/bridge/internal/emulator/workspace"
)

// inSlack is the voice of a person in the workspace.
type inSlack struct {
	slack *control.Client
	user  string
}

func (v *inSlack) say(ctx context.Context, p *place, what saying) (string, error) {
	text := what.text
	if what.mention != "" {
		text += " for <@" + users[what.mention] + ">"
	}
	if what.root != "" {
		return v.slack.Reply(ctx, v.user, p.channel, what.root, text)
	}
	return v.slack.Say(ctx, v.user, p.channel, text)
}

func (v *inSlack) edit(ctx context.Context, p *place, ref, text string) error {
	return v.slack.Edit(ctx, v.user, p.channel, ref, text)
}

func (v *inSlack) remove(ctx context.Context, p *place, ref string) error {
	return v.slack.Delete(ctx, v.user, p.channel, ref)
}

func (v *inSlack) react(ctx context.Context, p *place, ref, name string) error {
	return v.slack.React(ctx, v.user, p.channel, ref, name)
}

func (v *inSlack) unreact(ctx context.Context, p *place, ref, name string) error {
	return v.slack.Unreact(ctx, v.user, p.channel, ref, name)
}

// watchSlack notes what the bridge posts, so that people in Slack can answer it.
func (r *run) watchSlack(ctx context.Context) error {
	for ctx.Err() == nil {
		if err := r.streamSlack(ctx); err != nil && ctx.Err() == nil {
			return fmt.Errorf("follow the emulator's events: %w", err)
		}
	}
	return nil
}

// streamSlack follows the emulator's stream of events (text/event-stream) until it
// is closed, as happens to a reader that falls behind.
func (r *run) streamSlack(ctx context.Context) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, r.stack.Emulator.URL+control.Root+"/events", nil)
	if err != nil {
		return err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	lines := bufio.NewScanner(resp.Body)
	lines.Buffer(nil, 4<<20)
	kind := ""
	for lines.Scan() {
		if name, ok := strings.CutPrefix(lines.Text(), "event: "); ok {
			kind = name
		}
		if data, ok := strings.CutPrefix(lines.Text(), "data: "); ok && kind == "slack" {
			r.changes.Add(1)
			r.sawInSlack([]byte(data))
		}
	}
	return nil // It was closed, or ctx ended.
}

func (r *run) sawInSlack(data []byte) {
	var e struct {
		Type    string            `json:"type"`
		Channel string            `json:"channel"`
		Body    workspace.Message `json:"body"`
	}
	if json.Unmarshal(data, &e) != nil || e.Type != "message" || e.Body.BotID == "" {
		return
	}
	r.sawText(Slack, r.placeOf(func(p *place) bool { return p.channel == e.Channel }), e.Body.Text, e.Body.TS)
}

// sawText notes a message of the other side by its tag.
func (r *run) sawText(side Side, p *place, text, ref string) {
	found := marks(text)
	if p == nil || len(found) == 0 || found[0].word != 0 || !strings.HasPrefix(found[0].tag, string(side.Other())) {
		return
	}
	r.view.saw(side, p.name, found[0].tag, ref)
}

func (r *run) placeOf(is func(*place) bool) *place {
	for _, p := range r.places {
		if is(p) {
			return p
		}
	}
	return nil
}

// watchEvery is how often people in Matrix look for new messages.
const watchEvery = 300 * time.Millisecond
