package web

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"

	"ops-jrz1/bridge/internal/emulator/workspace"
)

// What a response_url is good for (Slack docs: handling user interaction).
const (
	responsePath  = "/commands/"
	responseUses  = 5
	responseLives = 30 * time.Minute
)

// responses are the addresses at which apps answer later.
type responses struct {
	mu   sync.Mutex
	open map[string]*response
}

// response is one address.
type response struct {
	app   workspace.App
	from  command
	left  int
	shown string // what the person alone saw last
	over  bool   // its time is up
}

// Use runs a slash command of an app's as a person and returns the payload of its
// envelope (Slack docs: slash commands).
func (s *Server) Use(app workspace.App, user workspace.User, ch workspace.Channel, name, text string) (json.RawMessage, error) {
	team := s.ws.Team()
	place := map[workspace.Kind]string{workspace.IM: "directmessage", workspace.Private: "privategroup"}[ch.Kind]
	if place == "" {
		place = ch.Name
	}
	return json.Marshal(map[string]any{
		"token": "emulator-verification", "team_id": team.ID, "team_domain": team.Domain, "channel_id": ch.ID, "channel_name": place,
		"user_id": user.ID, "user_name": user.Name, "command": name, "text": text, "api_app_id": app.ID, "is_enterprise_install": "false",
		"response_url": s.responseURL(app, command{Name: name, User: user.ID, Channel: ch.ID}), "trigger_id": requestID()[:13] + ".0.0",
	})
}

// responseURL makes an address at which an app answers a command, for half an
// hour.
func (s *Server) responseURL(app workspace.App, from command) string {
	key := requestID()
	r := &response{app: app, from: from, left: responseUses}
	s.responses.mu.Lock()
	defer s.responses.mu.Unlock()
	s.responses.open[key] = r
	s.clock.AfterFunc(responseLives, func() {
		s.responses.mu.Lock()
		defer s.responses.mu.Unlock()
		r.over = true
	})
	return s.ws.Origin() + responsePath + s.ws.Team().ID + "/" + key
}

// IsResponse says whether a path is a response_url's.
func IsResponse(path string) bool { return strings.HasPrefix(path, responsePath) }

// ServeResponse takes what an app answers later, for the workspace that the address names.
func (s *Server) ServeResponse(w http.ResponseWriter, r *http.Request) {
	s.peers.ofTeam(s, strings.TrimPrefix(r.URL.Path, responsePath)).serveResponse(w, r)
}

func (s *Server) serveResponse(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	if err := s.respondTo(r); err != nil {
		status := http.StatusBadRequest
		if code := workspace.CodeOf(err); code == "expired_url" || code == "used_url" {
			status = http.StatusNotFound
		}
		w.WriteHeader(status)
		_, _ = w.Write(encode(Result{"ok": false, "error": workspace.CodeOf(err)}))
		return
	}
	_, _ = w.Write(encode(Result{"ok": true}))
}

func (s *Server) respondTo(r *http.Request) error {
	_, key, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, responsePath), "/")
	body, err := io.ReadAll(io.LimitReader(r.Body, maxBody))
	var answer object
	switch {
	case r.Method != http.MethodPost:
		return workspace.Fail("invalid_request")
	case err != nil || json.Unmarshal(body, &answer) != nil:
		return workspace.Fail("invalid_payload")
	}
	to, err := s.responses.take(key)
	if err != nil {
		return err
	}
	args := Call{Args: argsOf(answer)}
	if last := to.shown; last != "" && (args.flag("delete_original") || args.flag("replace_original")) {
		s.ws.Hide(to.from.User, last)
	}
	if args.flag("delete_original") {
		return nil
	}
	shown, err := s.speak(to.app, to.from, answer)
	s.responses.mu.Lock()
	defer s.responses.mu.Unlock()
	to.shown = shown
	return err
}

// take uses an address once.
func (x *responses) take(key string) (*response, error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	r := x.open[key]
	switch {
	case r == nil || r.over:
		return nil, workspace.Fail("expired_url")
	case r.left == 0:
		return nil, workspace.Fail("used_url")
	}
	r.left--
	return r, nil
}
