package fasthomeserver

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"

	"maunium.net/go/mautrix/id"
)

// maxBody is the largest request that is read: a file of 50 MiB, Synapse's
// max_upload_size.
const maxBody = 50 << 20

// call is one request of a known user.
type call struct {
	*http.Request
	user id.UserID
	// token is what the request came with: transaction ids belong to it.
	token string
	body  []byte
}

// read decodes the body.
func (c *call) read(into any) error {
	if err := json.Unmarshal(c.body, into); err != nil {
		return badJSON("the body is not the expected JSON: %v", err)
	}
	return nil
}

func (c *call) room() id.RoomID { return id.RoomID(c.PathValue("room")) }

type handler func(*call) (any, error)

// empty is the answer of requests that are only confirmed.
var empty = map[string]any{}

const client = "/_matrix/client/v3"

// routes is every request that is known (Matrix spec, "Client-Server API").
func (s *Server) routes() http.Handler {
	mux := http.NewServeMux()
	open := func(pattern string, h handler) {
		mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) { s.serve(w, r, false, h) })
	}
	known := func(pattern string, h handler) {
		mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) { s.serve(w, r, true, h) })
	}
	open("GET /_matrix/client/versions", s.versions)
	open("POST "+client+"/login", s.login)
	// The user that an appservice registers is in the body alone.
	mux.HandleFunc("POST "+client+"/register", func(w http.ResponseWriter, r *http.Request) {
		r.URL.RawQuery = ""
		s.serve(w, r, true, s.registerGhost)
	})
	known("GET "+client+"/account/whoami", s.whoami)
	known("GET "+client+"/capabilities", s.capabilities)
	known("POST /_matrix/client/v1/appservice/{appservice}/ping", s.ping)

	known("GET "+client+"/profile/{user}", s.profile)
	known("GET "+client+"/profile/{user}/{field}", s.profileField)
	known("PUT "+client+"/profile/{user}/{field}", s.setProfile)
	known("GET "+client+"/user/{user}/account_data/{type}", s.accountData)
	known("PUT "+client+"/user/{user}/account_data/{type}", s.setAccountData)
	known("GET "+client+"/user/{user}/rooms/{room}/account_data/{type}", s.accountData)
	known("PUT "+client+"/user/{user}/rooms/{room}/account_data/{type}", s.setAccountData)

	known("POST "+client+"/createRoom", s.createRoom)
	known("POST "+client+"/join/{room}", s.join)
	known("POST "+client+"/rooms/{room}/join", s.join)
	known("POST "+client+"/rooms/{room}/invite", s.invite)
	known("POST "+client+"/rooms/{room}/leave", s.leave)
	known("POST "+client+"/rooms/{room}/kick", s.kick)
	known("GET "+client+"/joined_rooms", s.joinedRooms)
	known("GET "+client+"/directory/room/{alias}", s.alias)
	known("PUT "+client+"/directory/room/{alias}", s.setAlias)
	known("DELETE "+client+"/directory/room/{alias}", s.deleteAlias)

	known("PUT "+client+"/rooms/{room}/send/{type}/{txn}", s.send)
	known("PUT "+client+"/rooms/{room}/redact/{event}/{txn}", s.redact)
	known("GET "+client+"/rooms/{room}/state", s.allState)
	known("GET "+client+"/rooms/{room}/state/{type}", s.state)
	known("GET "+client+"/rooms/{room}/state/{type}/{key...}", s.state)
	known("PUT "+client+"/rooms/{room}/state/{type}", s.setState)
	known("PUT "+client+"/rooms/{room}/state/{type}/{key...}", s.setState)
	known("GET "+client+"/rooms/{room}/members", s.members)
	known("GET "+client+"/rooms/{room}/joined_members", s.joinedMembers)
	known("GET "+client+"/rooms/{room}/messages", s.messages)
	known("GET "+client+"/rooms/{room}/event/{event}", s.event)
	known("PUT "+client+"/rooms/{room}/typing/{user}", s.inRoom)
	known("POST "+client+"/rooms/{room}/receipt/{type}/{event}", s.inRoom)
	known("POST "+client+"/rooms/{room}/read_markers", s.inRoom)

	known("POST /_matrix/media/v3/upload", s.upload)
	known("GET /_matrix/client/v1/media/config", s.mediaConfig)
	mux.HandleFunc("/", s.unrecognized)
	return mux
}

// serve reads a request, identifies its user, and writes the answer.
func (s *Server) serve(w http.ResponseWriter, r *http.Request, known bool, h handler) {
	answer, err := s.handle(w, r, known, h)
	if err != nil {
		f := asFailure(err)
		write(w, f.status, map[string]any{"errcode": f.code, "error": f.message})
		return
	}
	write(w, http.StatusOK, answer)
}

func (s *Server) handle(w http.ResponseWriter, r *http.Request, known bool, h handler) (any, error) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		return nil, &failure{http.StatusRequestEntityTooLarge, "M_TOO_LARGE", err.Error()}
	}
	c := &call{Request: r, body: body}
	s.mu.Lock()
	defer s.mu.Unlock()
	if known {
		if err := s.identify(c); err != nil {
			return nil, err
		}
	}
	return h(c)
}

// identify finds the user of a request (Matrix spec, "Using access tokens", and
// "Application Service API": Identity assertion).
func (s *Server) identify(c *call) error {
	token, ok := strings.CutPrefix(c.Header.Get("Authorization"), "Bearer ")
	if !ok || token == "" {
		return &failure{http.StatusUnauthorized, "M_MISSING_TOKEN", "Missing access token"}
	}
	c.token = token
	if token != s.bridge.asToken {
		if c.user, ok = s.people[token]; !ok {
			return &failure{http.StatusUnauthorized, "M_UNKNOWN_TOKEN", "Unrecognised access token"}
		}
		return nil
	}
	c.user = s.bridge.bot
	as := id.UserID(c.URL.Query().Get("user_id"))
	switch {
	case as == "":
		return nil
	case !s.bridge.owns(as):
		return forbidden("Application service cannot masquerade as this user (%s).", as)
	case s.accounts[as] == nil:
		return forbidden("Application service has not registered this user (%s)", as)
	}
	c.user = as
	return nil
}

// unrecognized answers and remembers a request that is not known.
func (s *Server) unrecognized(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	s.forget(r.Method + " " + r.URL.Path)
	s.mu.Unlock()
	write(w, http.StatusNotFound, map[string]any{"errcode": "M_UNRECOGNIZED", "error": "Unrecognized request"})
}

// forget notes a request that the server does not know; the lock is held.
func (s *Server) forget(what string) {
	for _, noted := range s.unknown {
		if noted == what {
			return
		}
	}
	s.unknown = append(s.unknown, what)
}

func write(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // The client may have disconnected.
}
