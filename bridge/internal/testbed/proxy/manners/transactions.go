package manners

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"
)

// sendTimeout is how long continuwuity waits for an appservice
// (appservice_timeout).
const sendTimeout = 35 * time.Second

// transactions accepts Synapse's transactions. It drops ephemeral and to-device events,
// key counts and device lists: continuwuity does not send them (read).
type transactions struct {
	delivery *delivery
	sender   *sender

	mu   sync.Mutex
	seen map[string]bool // events, by their id or whole
	last int64           // the number of the newest transaction accepted; 0: none
	gap  int64           // the number that was refused because one before it was missing; 0: none
}

// ServeHTTP implements http.Handler.
func (t *transactions) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var body struct {
		Events []json.RawMessage `json:"events"`
	}
	if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
		answer(w, http.StatusBadRequest, matrixError("M_NOT_JSON", err.Error()))
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.leftOut(r.PathValue("txnID")) {
		answer(w, http.StatusServiceUnavailable, matrixError("M_UNKNOWN", "a transaction is missing before this one"))
		return
	}
	t.sender.as(r.Header.Get("Authorization"))
	// Not by their transaction: on SQLite Synapse counts from the beginning again when
	// it starts with an empty queue (application_services_txns).
	for _, event := range body.Events {
		if name := eventName(event); !t.seen[name] {
			t.seen[name] = true
			t.delivery.add(event)
		}
	}
	answer(w, http.StatusOK, struct{}{})
}

// leftOut says whether Synapse has skipped a transaction, as it may after the receiver
// was away (synapse/appservice/scheduler.py, retry). Refused once, it starts again with
// the oldest. continuwuity's queue has no such gap, so the bridge must not see one. A
// number that is not higher than the last belongs to a counter that started again, or
// to a repeated transaction.
func (t *transactions) leftOut(txnID string) bool {
	number, err := strconv.ParseInt(txnID, 10, 64)
	if err != nil {
		return false
	}
	if t.last != 0 && number > t.last+1 && number != t.gap {
		t.gap = number
		return true
	}
	t.last = number
	return false
}

// sender sends transactions to the bridge.
type sender struct {
	bridge string
	client *http.Client

	mu      sync.Mutex
	hsToken string
}

// as notes the token that the homeserver shows to the bridge.
func (s *sender) as(authorization string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.hsToken = strings.TrimPrefix(authorization, "Bearer ")
}

// send makes one attempt.
func (s *sender) send(ctx context.Context, events []json.RawMessage) error {
	s.mu.Lock()
	token := s.hsToken
	s.mu.Unlock()
	body, err := json.Marshal(map[string]any{"events": events})
	if err != nil {
		return fmt.Errorf("write a transaction: %w", err)
	}
	address := s.bridge + "/_matrix/app/v1/transactions/" + txnID(events)
	req, err := http.NewRequestWithContext(ctx, http.MethodPut, withToken(address, token), bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("send a transaction: %w", err)
	}
	req.Header.Set("Authorization", "Bearer "+token)
	req.Header.Set("Content-Type", "application/json")
	resp, err := s.client.Do(req)
	if err != nil {
		return fmt.Errorf("send a transaction: %w", err)
	}
	defer resp.Body.Close()
	if _, err := io.Copy(io.Discard, resp.Body); err != nil {
		return fmt.Errorf("send a transaction: %w", err)
	}
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("send a transaction: the bridge answered %d", resp.StatusCode)
	}
	return nil
}

// withToken puts the hs_token into the query too, as continuwuity does in addition to
// the header (sending/appservice.rs).
func withToken(address, token string) string {
	return address + "?" + url.Values{"access_token": {token}}.Encode()
}

// txnID is opaque and made of the events (calculate_hash in sender.rs): the same
// events sent again have the same id, whatever came before.
func txnID(events []json.RawMessage) string {
	hash := sha256.New()
	for _, event := range events {
		hash.Write([]byte(eventName(event) + "\xff"))
	}
	return base64.RawURLEncoding.EncodeToString(hash.Sum(nil))
}

// eventName is an event's id, or all of it where it has none.
func eventName(event json.RawMessage) string {
	var named struct {
		ID string `json:"event_id"`
	}
	if json.Unmarshal(event, &named) != nil || named.ID == "" {
		return string(event)
	}
	return named.ID
}
