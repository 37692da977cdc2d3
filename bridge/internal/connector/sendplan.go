package connector

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"strings"
	"sync"

	"maunium.net/go/mautrix"

	"ops-jrz1/bridge/internal/failpoint"
)

// sendPlan names the Matrix events that handling one Slack event will send, so
// that each gets the same transaction id whenever the handling is repeated. A
// homeserver that has seen the id answers with the first event instead of
// making a second (Matrix specification, client-server API: transaction ids).
type sendPlan struct {
	mu    sync.Mutex
	seed  string
	names []string
	next  int
	// given holds the id handed out for each random id of the client: a request that is
	// made again, as after a redirect, keeps its id.
	given map[string]string
}

// newSendPlan starts a plan. seed must be unique to the Slack event; names are the sends
// in the order in which they will happen.
func newSendPlan(seed string, names ...string) *sendPlan {
	return &sendPlan{seed: seed, names: names}
}

// expect sets the names of the sends to come.
func (p *sendPlan) expect(names []string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.names, p.next, p.given = names, 0, nil
}

// nextTxnID returns the transaction id that replaces the client's random one: that of the
// next send, or "" if the plan has no further one. It is the room's own: what was sent into a
// room that is gone is sent again into the next one, and a homeserver may remember ids without
// their rooms (continuwuity does).
func (p *sendPlan) nextTxnID(random, room string) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	if txn, repeated := p.given[random]; repeated {
		return txn
	}
	if p.next >= len(p.names) {
		return ""
	}
	sum := sha256.Sum256([]byte(p.seed + "\x00" + p.names[p.next] + "\x00" + room))
	p.next++
	if p.given == nil {
		p.given = map[string]string{}
	}
	p.given[random] = "slack-" + base64.RawURLEncoding.EncodeToString(sum[:18])
	return p.given[random]
}

// again has the next send replace the last one, which the homeserver refused: after a
// refusal its transaction id is unused.
func (p *sendPlan) again() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.next = max(p.next-1, 0)
}

// more says whether a further send is planned.
func (p *sendPlan) more() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.next < len(p.names)
}

type sendPlanKey struct{}

// withSendPlan returns a context under which Matrix sends follow plan. The client does not
// repeat them: an answer may have been lost because the homeserver was killed, and then it
// knows no transaction id any more. The next try of the row looks in the room first.
func withSendPlan(ctx context.Context, plan *sendPlan) context.Context {
	return mautrix.WithMaxRetries(context.WithValue(ctx, sendPlanKey{}, plan), 0)
}

// sendPlanOf returns the plan that sends under a context follow, an empty one if there is
// none.
func sendPlanOf(ctx context.Context) *sendPlan {
	if plan, ok := ctx.Value(sendPlanKey{}).(*sendPlan); ok {
		return plan
	}
	return &sendPlan{}
}

// StableTransactions wraps the transport of the appservice's Matrix client:
// requests made under a send plan get the plan's transaction ids in place of the
// client's random ones. Other requests pass unchanged.
func StableTransactions(next http.RoundTripper) http.RoundTripper {
	if next == nil {
		next = http.DefaultTransport
	}
	return stableTransactions{next: next}
}

type stableTransactions struct{ next http.RoundTripper }

func (s stableTransactions) RoundTrip(req *http.Request) (*http.Response, error) {
	plan, _ := req.Context().Value(sendPlanKey{}).(*sendPlan)
	if plan == nil || req.Method != http.MethodPut || !endsInTransaction(req.URL.Path) {
		return s.next.RoundTrip(req)
	}
	parts := strings.Split(req.URL.Path, "/")
	txn := plan.nextTxnID(parts[len(parts)-1], parts[len(parts)-4])
	if txn == "" {
		return s.next.RoundTrip(req)
	}
	req = req.Clone(req.Context())
	req.URL.Path = replaceLast(req.URL.Path, txn)
	if req.URL.RawPath != "" {
		req.URL.RawPath = replaceLast(req.URL.RawPath, txn)
	}
	resp, err := s.next.RoundTrip(req)
	if err == nil {
		failpoint.Hit(failpoint.SendRow)
		if plan.more() {
			failpoint.Hit(failpoint.BetweenParts)
		}
	}
	return resp, err
}

// endsInTransaction says whether path is one of
// …/rooms/{room}/send/{type}/{txn} and …/rooms/{room}/redact/{event}/{txn}.
func endsInTransaction(path string) bool {
	parts := strings.Split(path, "/")
	return len(parts) >= 5 && parts[len(parts)-5] == "rooms" &&
		(parts[len(parts)-3] == "send" || parts[len(parts)-3] == "redact")
}

func replaceLast(path, with string) string {
	return path[:strings.LastIndexByte(path, '/')+1] + with
}
