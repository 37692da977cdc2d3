package admin_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
)

// homeserver is the part of a homeserver that the script speaks with: one account, its
// password and its sessions (Matrix specification, client-server API).
type homeserver struct {
	*httptest.Server

	mutex    sync.Mutex
	password string
	sessions map[string]bool
	asked    int
	// createdAt is after how many questions the account is there.
	createdAt int
	// before is called with each question's path.
	before func(path string) (status int)
}

func newHomeserver(t *testing.T, password string, sessions ...string) *homeserver {
	t.Helper()
	h := &homeserver{password: password, sessions: map[string]bool{}}
	for _, session := range sessions {
		h.sessions[session] = true
	}
	h.Server = httptest.NewServer(http.HandlerFunc(h.answer))
	t.Cleanup(h.Close)
	return h
}

func say(w http.ResponseWriter, status int, body map[string]any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body)
}

func refuse(w http.ResponseWriter, status int, code string) {
	say(w, status, map[string]any{"errcode": code, "error": "no"})
}

type question struct {
	Type       string
	Identifier struct{ Type, User string }
	Password   string
	New        string `json:"new_password"`
	Logout     *bool  `json:"logout_devices"`
	Auth       *question
	Session    string
}

func (h *homeserver) answer(w http.ResponseWriter, r *http.Request) {
	h.mutex.Lock()
	defer h.mutex.Unlock()
	h.asked++
	if h.before != nil {
		if status := h.before(r.URL.Path); status != 0 {
			refuse(w, status, "M_UNKNOWN")
			return
		}
	}
	there := h.asked > h.createdAt
	var q question
	if r.Method == http.MethodPost {
		if err := json.NewDecoder(r.Body).Decode(&q); err != nil {
			refuse(w, http.StatusBadRequest, "M_NOT_JSON")
			return
		}
	}
	switch r.Method + " " + r.URL.Path {
	case "POST /_matrix/client/v3/login":
		if !there || !h.opens(q) {
			refuse(w, http.StatusForbidden, "M_FORBIDDEN")
			return
		}
		token := fmt.Sprint("token-", h.asked)
		h.sessions[token] = true
		say(w, http.StatusOK, map[string]any{"access_token": token, "user_id": "@admin:example.test"})
	case "GET /_matrix/client/v3/register/available":
		if there && r.URL.Query().Get("username") == "admin" {
			refuse(w, http.StatusBadRequest, "M_USER_IN_USE")
			return
		}
		say(w, http.StatusOK, map[string]any{"available": true})
	case "POST /_matrix/client/v3/account/password":
		h.change(w, r, q)
	case "POST /_matrix/client/v3/logout/all":
		if !h.signedIn(r) {
			refuse(w, http.StatusUnauthorized, "M_UNKNOWN_TOKEN")
			return
		}
		clear(h.sessions)
		say(w, http.StatusOK, map[string]any{})
	default:
		refuse(w, http.StatusNotFound, "M_UNRECOGNIZED")
	}
}

func (h *homeserver) opens(q question) bool {
	return q.Type == "m.login.password" && q.Identifier.Type == "m.id.user" && q.Identifier.User == "admin" && q.Password == h.password
}

func (h *homeserver) signedIn(r *http.Request) bool {
	return h.sessions[r.Header.Get("Authorization")[len("Bearer "):]]
}

func (h *homeserver) change(w http.ResponseWriter, r *http.Request, q question) {
	const session = "a-session"
	switch {
	case !h.signedIn(r):
		refuse(w, http.StatusUnauthorized, "M_UNKNOWN_TOKEN")
	case q.Auth == nil:
		say(w, http.StatusUnauthorized, map[string]any{
			"session": session, "params": map[string]any{},
			"flows": []any{map[string]any{"stages": []string{"m.login.password"}}},
		})
	case q.Auth.Session != session || !h.opens(*q.Auth) || q.New == "":
		refuse(w, http.StatusForbidden, "M_FORBIDDEN")
	default:
		h.password = q.New
		if q.Logout != nil && *q.Logout {
			own := r.Header.Get("Authorization")[len("Bearer "):]
			h.sessions = map[string]bool{own: true}
		}
		say(w, http.StatusOK, map[string]any{})
	}
}
