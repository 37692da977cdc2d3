package web

import (
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"go.uber.org/zap"

	"ops-jrz1/bridge/internal/emulator/clock"
	"ops-jrz1/bridge/internal/emulator/workspace"
)

// handler runs a method.
type handler func(*Call) (Result, error)

// Tickets makes one-time paths for sockets.
type Tickets interface {
	Ticket(app string) string
	// Disable ends an app's sockets: Socket Mode was switched off.
	Disable(app string)
}

// Server answers `/api/<method>`.
type Server struct {
	ws      *workspace.Workspace
	clock   *clock.Clock
	tickets Tickets
	log     *zap.Logger
	// tokensChanged is called after tokens were issued.
	tokensChanged func()
	methods       map[string]Method
	run           map[string]handler
	limits        *limiter
	faults        *faultPlan
	calls         *callLog
	wire          wire
	// responses are the addresses at which apps answer slash commands later.
	responses responses
	// peers are the servers of all workspaces at this address, this one among them.
	peers *peers

	mu       sync.Mutex
	switches Switches
}

// Switches are what of Slack's behaviour tests may choose.
type Switches struct {
	// QueryTokens lets tokens in query strings pass, as for apps made before
	// February 2021.
	QueryTokens bool `json:"query_tokens"`
	// ShortPages and EmptyPages make cursor pages shorter than asked for, and
	// put an empty one before each.
	ShortPages bool `json:"short_pages"`
	EmptyPages bool `json:"empty_pages"`
	// NonMarketplace limits history and replies as for commercially distributed
	// apps outside the Marketplace: once a minute, 15 messages.
	NonMarketplace bool `json:"non_marketplace"`
	// SilentCustomize ignores username and icon_* without the scope, where the
	// documents ask for missing_scope.
	SilentCustomize bool `json:"silent_customize"`
	// ReactionUsers is how many users a reaction lists; its count tells of all.
	// 0 is the ordinary bound.
	ReactionUsers int `json:"reaction_users"`
	// MaxFileBytes is the largest file that may be uploaded, 0 for a gigabyte.
	MaxFileBytes int `json:"max_file_bytes"`
}

// Options make a Server.
type Options struct {
	Workspace *workspace.Workspace
	Clock     *clock.Clock
	Tickets   Tickets
	Log       *zap.Logger
	// RateScale multiplies every rate limit's budget; 0 takes the limits away.
	RateScale float64
	// TokensChanged is called after tokens were issued. It may be nil.
	TokensChanged func()
}

// New returns a server of a workspace.
func New(o Options) *Server {
	s := &Server{
		ws: o.Workspace, clock: o.Clock, tickets: o.Tickets, log: o.Log, methods: reference(),
		limits: newLimiter(o.Clock.Wall, o.RateScale), faults: newFaultPlan(), calls: newCallLog(),
		responses: responses{open: map[string]*response{}}, tokensChanged: o.TokensChanged,
	}
	if s.tokensChanged == nil {
		s.tokensChanged = func() {}
	}
	s.peers = &peers{all: []*Server{s}}
	s.run = map[string]handler{}
	for _, family := range []map[string]handler{
		s.authMethods(), s.appMethods(), s.teamMethods(), s.userMethods(), s.conversationMethods(), s.membershipMethods(),
		s.historyMethods(), s.chatMethods(), s.reactionMethods(), s.pinMethods(), s.bookmarkMethods(), s.fileMethods(), s.manifestMethods(),
	} {
		for name, run := range family {
			s.run[name] = run
		}
	}
	return s
}

// SetSwitches changes the switches.
func (s *Server) SetSwitches(sw Switches) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.switches = sw
}

// Switches returns the switches in force.
func (s *Server) Switches() Switches {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.switches
}

// Methods are the names of the methods that are served, for the check of the
// reference page.
func (s *Server) Methods() []string { return slices.Sorted(maps.Keys(s.run)) }

// Reference returns what Slack documents of a method, and the zero Method of one
// that is not served.
func (s *Server) Reference(method string) Method { return s.methods[method] }

// SetRateScale changes the rate limits' scale; 0 takes them away.
func (s *Server) SetRateScale(scale float64) { s.limits.setScale(scale) }

// ServeHTTP answers one call, for the workspace whose token it has.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	name := strings.TrimPrefix(r.URL.Path, "/api/")
	began := time.Now()
	s.ws.SetOrigin(originOf(r))
	m, known := s.methods[name]
	if _, runs := s.run[name]; !known || !runs {
		m = Method{Name: name, JSON: true}
	}
	sent := readArgs(r, m)
	s.peers.ofToken(s, s.credential(r, sent.token)).answer(w, &Call{Method: m, Request: r}, sent, began)
}

func (s *Server) answer(w http.ResponseWriter, call *Call, sent sent, began time.Time) {
	r, name := call.Request, call.Method.Name
	entry := &CallRecord{Method: name, Time: s.clock.Wall()}
	call.Args, call.Warnings = sent.args, sent.warnings
	there, back := s.wire.draw()
	travel(there)
	answer, err := s.call(call, r, sent, entry)
	travel(back)
	fault := entry.fault
	if fault == nil && !entry.Limited {
		if after, ok := s.faults.take(name, call.Args["channel"], false); ok {
			fault = &after
		}
	}
	if fault != nil {
		entry.Fault = fault.name()
		s.finish(entry, call, answer, err, began)
		s.apply(w, r, *fault, call, entry, answer, err)
		return
	}
	s.finish(entry, call, answer, err, began)
	s.respond(w, call, answer, err, entry)
}

// call brings a request through transport rules, authentication, faults, rate
// limits and scopes to its method.
func (s *Server) call(c *Call, r *http.Request, sent sent, entry *CallRecord) (Result, error) {
	if fault, ok := s.faults.take(c.Method.Name, c.Args["channel"], true); ok {
		if stop := s.before(c, r, fault, entry); stop {
			return nil, workspace.Fail("internal_error")
		}
	}
	if _, runs := s.run[c.Method.Name]; !runs {
		return nil, workspace.Fail("unknown_method")
	}
	if sent.err != nil {
		return nil, sent.err
	}
	if !takes(c.Method.Name, r.Method) {
		return nil, workspace.Fail("insecure_request")
	}
	if err := s.authenticate(c, r, sent.token); err != nil {
		return nil, err
	}
	entry.App = c.App.ID
	if wait := s.limits.take(c, s.Switches().NonMarketplace); wait > 0 {
		entry.Limited, entry.RetryAfter = true, wait
		return nil, workspace.Fail("ratelimited")
	}
	if err := c.need(c.Method.ScopeList()...); err != nil {
		return nil, err
	}
	if err := required(c); err != nil {
		return nil, err
	}
	return s.run[c.Method.Name](c)
}

// takes says whether a method takes an HTTP verb. Whatever its page names, each
// takes GET and POST (measured on slack.com: brekkylab/backlot#106), but the one
// that gives sockets.
func takes(method, verb string) bool {
	return verb == http.MethodPost || (verb == http.MethodGet && method != "apps.connections.open")
}

// required refuses a call without its required arguments. One that is there but
// empty is the method's own business (measured on slack.com: brekkylab/backlot#84).
func required(c *Call) error {
	for _, name := range c.Method.Required() {
		if !c.has(name) {
			return workspace.Fail("invalid_arguments", "[ERROR] missing required field: "+name)
		}
	}
	return nil
}

// finish writes a call down.
func (s *Server) finish(entry *CallRecord, c *Call, answer Result, err error, began time.Time) {
	entry.fill(c, answer, err)
	entry.TookMS = float64(time.Since(began).Microseconds()) / 1000
	if err != nil && entry.Error != "" && !entry.Limited && entry.Fault == "" && !c.Method.Documents(entry.Error) {
		s.log.Error("Answered with an error that the method does not document", zap.String("method", entry.Method), zap.String("code", entry.Error))
	}
	s.calls.add(*entry)
	s.log.Debug("Call", zap.String("method", entry.Method), zap.String("error", entry.Error), zap.Any("ms", entry.TookMS))
}

// encode renders an answer.
func encode(v any) []byte {
	raw, err := json.Marshal(v)
	if err != nil {
		return []byte(`{"ok":false,"error":"internal_error"}`)
	}
	return raw
}
