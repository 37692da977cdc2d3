package fasthomeserver

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"maunium.net/go/mautrix/id"

	"ops-jrz1/bridge/internal/testbed/homeserver"
)

// account is a person, the bot or a ghost.
type account struct {
	password     string // none for those of the appservice
	name, avatar string
}

// Register makes a person's account.
func (s *Server) Register(_ context.Context, account homeserver.Account) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.register(account.Localpart, account.Password)
}

func (s *Server) register(localpart, password string) error {
	user := id.NewUserID(localpart, s.config.ServerName)
	if s.accounts[user] != nil {
		return &failure{http.StatusBadRequest, "M_USER_IN_USE", "User ID already taken."}
	}
	s.accounts[user] = &account{password: password, name: localpart}
	return nil
}

func (s *Server) versions(*call) (any, error) {
	return map[string]any{"versions": []string{
		"v1.1", "v1.2", "v1.3", "v1.4", "v1.5", "v1.6", "v1.7", "v1.8", "v1.9", "v1.10", "v1.11", "v1.12",
	}}, nil
}

func (s *Server) login(c *call) (any, error) {
	var request struct {
		Type       string `json:"type"`
		Password   string `json:"password"`
		Identifier struct {
			User string `json:"user"`
		} `json:"identifier"`
	}
	if err := c.read(&request); err != nil {
		return nil, err
	}
	if request.Type != "m.login.password" {
		return nil, &failure{http.StatusBadRequest, "M_UNKNOWN", "Unknown login type " + request.Type}
	}
	user := id.NewUserID(request.Identifier.User, s.config.ServerName)
	a := s.accounts[user]
	if a == nil || a.password == "" || a.password != request.Password {
		return nil, forbidden("Invalid username or password")
	}
	token := "fast_" + rand.Text()
	s.people[token] = user
	return map[string]any{"user_id": user, "access_token": token, "device_id": token[5:15]}, nil
}

// registerGhost is "Server admin style permissions" of the Application Service API.
func (s *Server) registerGhost(c *call) (any, error) {
	var request struct {
		Type     string `json:"type"`
		Username string `json:"username"`
	}
	if err := c.read(&request); err != nil {
		return nil, err
	}
	user := id.NewUserID(request.Username, s.config.ServerName)
	switch {
	case request.Type != "m.login.application_service" || c.token != s.bridge.asToken:
		return nil, &failure{http.StatusForbidden, "M_FORBIDDEN", "Registration has been disabled"}
	case request.Username == "" || strings.ToLower(request.Username) != request.Username:
		return nil, &failure{http.StatusBadRequest, "M_INVALID_USERNAME", "User ID is not valid"}
	case !s.bridge.owns(user):
		return nil, &failure{http.StatusBadRequest, "M_EXCLUSIVE", "Invalid user localpart for this application service."}
	}
	if err := s.register(request.Username, ""); err != nil {
		return nil, err
	}
	return map[string]any{"user_id": user}, nil
}

func (s *Server) whoami(c *call) (any, error) { return map[string]any{"user_id": c.user}, nil }

func (s *Server) capabilities(*call) (any, error) {
	return map[string]any{"capabilities": map[string]any{
		"m.room_versions": map[string]any{"default": roomVersion, "available": map[string]string{roomVersion: "stable"}},
	}}, nil
}

// ping is the Application Service API's "Pinging". The lock is not held while the
// appservice is asked: it may have questions of its own.
func (s *Server) ping(c *call) (any, error) {
	switch {
	case c.token != s.bridge.asToken:
		return nil, forbidden("Only an application service can ping itself")
	case c.PathValue("appservice") != s.bridge.id:
		return nil, forbidden("Mismatching application service ID in path")
	}
	s.mu.Unlock()
	err := s.bridge.call(c.Context(), http.MethodPost, "/_matrix/app/v1/ping", json.RawMessage(c.body))
	s.mu.Lock()
	var status *badStatus
	if errors.As(err, &status) {
		return nil, &failure{http.StatusBadGateway, "M_BAD_STATUS", err.Error()}
	} else if err != nil {
		return nil, &failure{http.StatusBadGateway, "M_CONNECTION_FAILED", err.Error()}
	}
	return map[string]any{"duration_ms": 1}, nil
}

func (s *Server) profile(c *call) (any, error) {
	a := s.accounts[id.UserID(c.PathValue("user"))]
	if a == nil {
		return nil, notFound("Profile was not found")
	}
	return profileOf(a), nil
}

func (s *Server) profileField(c *call) (any, error) {
	field := c.PathValue("field")
	if a := s.accounts[id.UserID(c.PathValue("user"))]; a != nil {
		if value, ok := profileOf(a)[field]; ok {
			return map[string]any{field: value}, nil
		}
	}
	return nil, notFound("Profile field was not found")
}

func profileOf(a *account) map[string]any {
	profile := map[string]any{}
	if a.name != "" {
		profile["displayname"] = a.name
	}
	if a.avatar != "" {
		profile["avatar_url"] = a.avatar
	}
	return profile
}

// setProfile changes a user's profile, also in the rooms that they are in.
func (s *Server) setProfile(c *call) (any, error) {
	if id.UserID(c.PathValue("user")) != c.user {
		return nil, forbidden("Cannot set another user's profile")
	}
	var request map[string]string
	if err := c.read(&request); err != nil {
		return nil, err
	}
	a, field := s.accounts[c.user], c.PathValue("field")
	value, ok := request[field]
	switch {
	case !ok:
		return nil, badJSON("Missing %s", field)
	case field == "displayname":
		a.name = value
	case field == "avatar_url":
		a.avatar = value
	default:
		return nil, invalidParam("the profile has no %s here", field)
	}
	for _, r := range s.inOrder() {
		if r.members[c.user] == joined {
			if _, err := s.setMember(r, c.user, c.user, joined, ""); err != nil {
				return nil, err
			}
		}
	}
	return empty, nil
}

func (s *Server) inOrder() []*room {
	var all []*room
	for _, r := range s.rooms {
		all = append(all, r)
	}
	slices.SortFunc(all, func(a, b *room) int { return int(a.number - b.number) })
	return all
}

func (s *Server) accountData(c *call) (any, error) {
	if id.UserID(c.PathValue("user")) != c.user {
		return nil, forbidden("Cannot get account data for other users.")
	}
	data, ok := s.data[c.URL.Path]
	if !ok {
		return nil, notFound("Account data not found")
	}
	return data, nil
}

func (s *Server) setAccountData(c *call) (any, error) {
	if id.UserID(c.PathValue("user")) != c.user {
		return nil, forbidden("Cannot add account data for other users.")
	}
	var data map[string]any
	if err := c.read(&data); err != nil {
		return nil, err
	}
	s.data[c.URL.Path] = data
	return empty, nil
}

func (s *Server) upload(c *call) (any, error) {
	s.media++
	return map[string]any{"content_uri": fmt.Sprintf("mxc://%s/file%d", s.config.ServerName, s.media)}, nil
}

func (s *Server) mediaConfig(*call) (any, error) {
	return map[string]any{"m.upload.size": maxBody}, nil
}
