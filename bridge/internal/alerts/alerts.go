// Package alerts brings the alerts of Prometheus' Alertmanager into a Matrix room, as the
// bridge's bot. It owns the form of Alertmanager's webhook, the text of an alert, and the room.
// It runs in a process of its own, so that it can say that the bridge is down: it needs the
// homeserver alone. It must not use the bridge's database.
package alerts

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"mime"
	"net/http"
	"strings"
	"time"

	"go.uber.org/zap"
)

// maxBody is more than Alertmanager sends of all the alerts that this host has.
const maxBody = 1 << 20

// Post says a text in the room. The same key is the same message.
type Post func(ctx context.Context, m Message) error

// Message is what is said of one webhook.
type Message struct {
	Text string
	// Firing is whether something is wrong, and not only over.
	Firing bool
	// Key is the same when Alertmanager sends the webhook again because it got no answer.
	Key string
}

// webhook is what Alertmanager sends (its documentation: webhook_config, version 4).
type webhook struct {
	Alerts []alert `json:"alerts"`
}

type alert struct {
	Status      string            `json:"status"`
	Labels      map[string]string `json:"labels"`
	Annotations map[string]string `json:"annotations"`
	// StartsAt is when it began.
	StartsAt string `json:"startsAt"`
}

// Handler takes webhooks and posts each as one message. It answers 200 when that is said, so
// that Alertmanager repeats what was not.
func Handler(post Post, now func() time.Time, log *zap.Logger) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		// A page of the web can send no JSON here without being asked first.
		if kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); r.Method != http.MethodPost || kind != "application/json" {
			http.Error(w, "this takes Alertmanager's webhooks", http.StatusBadRequest)
			return
		}
		var hook webhook
		if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxBody)).Decode(&hook); err != nil || len(hook.Alerts) == 0 {
			http.Error(w, "this is no webhook of Alertmanager's", http.StatusBadRequest)
			return
		}
		message := hook.message(now())
		if err := post(r.Context(), message); err != nil {
			log.Warn("An alert is not in Matrix yet", zap.Error(err))
			http.Error(w, "the homeserver did not take it", http.StatusBadGateway)
			return
		}
		log.Info("An alert is in Matrix", zap.Bool("firing", message.Firing), zap.Int("alerts", len(hook.Alerts)))
	})
}

// message puts each alert into a line: what it is called, what it means, where the cure is.
func (h webhook) message(now time.Time) Message {
	var m Message
	var lines, begun []string
	for _, a := range h.Alerts {
		begun = append(begun, a.StartsAt)
		name, said := a.Labels["alertname"], a.Annotations["summary"]
		if a.Status != "firing" {
			lines = append(lines, fmt.Sprintf("✅ %s is over: %s", name, said))
			continue
		}
		m.Firing = true
		line := fmt.Sprintf("🔥 %s: %s", name, said)
		if runbook := a.Annotations["runbook"]; runbook != "" {
			line += " (" + runbook + ")"
		}
		lines = append(lines, line)
	}
	m.Text = strings.Join(lines, "\n")
	// A reminder after half a day is a message of its own, and so is what begins again.
	sum := sha256.Sum256([]byte(now.UTC().Truncate(time.Hour).Format(time.RFC3339) + "\n" + strings.Join(begun, " ") + "\n" + m.Text))
	m.Key = "alert-" + hex.EncodeToString(sum[:16])
	return m
}
