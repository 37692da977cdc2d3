// Package fasthomeserver is a Matrix homeserver that answers at once: what a
// bridge needs of the Client-Server API, and appservice transactions, kept in
// memory. Benchmarks put it where Synapse would be the slowest part. It is as
// strict as a homeserver about tokens, namespaces, membership and power levels,
// and a request that it does not know is an error that Unknown returns. It must
// not know what the bridge is, and must not be used where a test asks whether the
// bridge works with a homeserver.
package fasthomeserver

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"time"

	"maunium.net/go/mautrix/id"

	"ops-jrz1/bridge/internal/testbed/homeserver"
	"ops-jrz1/bridge/internal/testbed/process"
)

// Server is one homeserver. It may be stopped and started again; its events and
// memberships stay.
type Server struct {
	config homeserver.Config
	bridge *appservice

	// mu guards everything below.
	mu       sync.Mutex
	accounts map[id.UserID]*account
	people   map[string]id.UserID // by access token
	rooms    map[id.RoomID]*room
	aliases  map[id.RoomAlias]id.RoomID
	// sent are the events of transaction ids that were used, as spec'd under
	// "Transaction identifiers".
	sent     map[transactionID]id.EventID
	data     map[string]any // account data by its path
	media    int
	lastID   int64
	watchers []func(Event)
	unknown  []string

	http   *http.Server
	served chan error
	stop   context.CancelFunc
	pushed sync.WaitGroup
}

// New makes a homeserver with one appservice, whose registration config names. It uses
// neither the folder nor the log of config.
func New(config homeserver.Config) (*Server, error) {
	if len(config.Registrations) != 1 {
		return nil, fmt.Errorf("make a fast homeserver: it has one appservice, not %d", len(config.Registrations))
	}
	s := &Server{
		config: config, accounts: map[id.UserID]*account{}, people: map[string]id.UserID{}, rooms: map[id.RoomID]*room{},
		aliases: map[id.RoomAlias]id.RoomID{}, sent: map[transactionID]id.EventID{}, data: map[string]any{},
	}
	var err error
	if s.bridge, err = readAppservice(config.Registrations[0], config.ServerName); err != nil {
		return nil, err
	}
	s.accounts[s.bridge.bot] = &account{}
	return s, nil
}

// Start listens and delivers events to the appservice.
func (s *Server) Start(ctx context.Context) error {
	var listen net.ListenConfig
	listener, err := listen.Listen(ctx, "tcp4", "127.0.0.1:"+strconv.Itoa(s.config.Port))
	if err != nil {
		return fmt.Errorf("start a fast homeserver: %w", err)
	}
	s.http = &http.Server{Handler: s.routes(), ReadHeaderTimeout: 10 * time.Second}
	s.served = make(chan error, 1)
	go func() { s.served <- s.http.Serve(listener) }()
	// The deliveries go on after ctx ends.
	pushing, stop := context.WithCancel(context.WithoutCancel(ctx))
	s.stop = stop
	s.pushed.Go(func() { s.bridge.push(pushing) })
	return nil
}

// Stop closes the listener and every connection, and ends the deliveries. Events
// that are left are delivered after the next start.
func (s *Server) Stop() error {
	if s.http == nil {
		return nil
	}
	s.stop()
	s.pushed.Wait()
	err := s.http.Close()
	if served := <-s.served; !errors.Is(served, http.ErrServerClosed) {
		err = errors.Join(err, served)
	}
	s.http = nil
	return err
}

// Process is nil: the server is in the caller's own process.
func (s *Server) Process() *process.Process { return nil }

// URL is the address of the client-server API.
func (s *Server) URL() string { return "http://127.0.0.1:" + strconv.Itoa(s.config.Port) }

// ServerName is the part after the colon of every id.
func (s *Server) ServerName() string { return s.config.ServerName }

// Watch calls f for every event from now on, in order and under the server's
// lock: f must neither block nor call the server.
func (s *Server) Watch(f func(Event)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.watchers = append(s.watchers, f)
}

// Unknown returns the requests so far that the server does not know, each once.
func (s *Server) Unknown() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.unknown)
}

// Waiting is how many events the appservice has not accepted yet.
func (s *Server) Waiting() int { return s.bridge.waiting() }

// RoomOf returns the room of this name that a user is invited to or in, the oldest
// if there are several, or "".
func (s *Server) RoomOf(user id.UserID, name string) id.RoomID {
	s.mu.Lock()
	defer s.mu.Unlock()
	var found *room
	for _, r := range s.rooms {
		if m := r.members[user]; m != joined && m != invited {
			continue
		}
		if r.name() == name && (found == nil || r.number < found.number) {
			found = r
		}
	}
	if found == nil {
		return ""
	}
	return found.id
}

// Members is how many people and ghosts have joined a room.
func (s *Server) Members(in id.RoomID) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := 0
	if r := s.rooms[in]; r != nil {
		for _, membership := range r.members {
			if membership == joined {
				n++
			}
		}
	}
	return n
}

// newID returns a number that no event, room or file has; the lock is held.
func (s *Server) newID() int64 {
	s.lastID++
	return s.lastID
}

func now() int64 { return time.Now().UnixMilli() }

// failure is an error in the form of the spec ("Standard error response").
type failure struct {
	status        int
	code, message string
}

func (f *failure) Error() string {
	return fmt.Sprintf("%d %s: %s", f.status, f.code, f.message)
}

func forbidden(format string, args ...any) *failure {
	return &failure{http.StatusForbidden, "M_FORBIDDEN", fmt.Sprintf(format, args...)}
}

func badJSON(format string, args ...any) *failure {
	return &failure{http.StatusBadRequest, "M_BAD_JSON", fmt.Sprintf(format, args...)}
}

func invalidParam(format string, args ...any) *failure {
	return &failure{http.StatusBadRequest, "M_INVALID_PARAM", fmt.Sprintf(format, args...)}
}

func notFound(format string, args ...any) *failure {
	return &failure{http.StatusNotFound, "M_NOT_FOUND", fmt.Sprintf(format, args...)}
}

// asFailure returns an error in the form in which a client is told of it.
func asFailure(err error) *failure {
	var f *failure
	if errors.As(err, &f) {
		return f
	}
	return &failure{http.StatusInternalServerError, "M_UNKNOWN", cmp.Or(err.Error(), "unknown")}
}
