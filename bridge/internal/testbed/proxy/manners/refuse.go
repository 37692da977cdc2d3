package manners

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
)

// isBridge returns a function that tells the bridge's own requests from those that it
// makes with people's tokens.
func isBridge(asToken string) func(*http.Request) bool {
	return func(r *http.Request) bool {
		return r.Header.Get("Authorization") == "Bearer "+asToken || r.URL.Query().Get("access_token") == asToken
	}
}

// syncs refuses an appservice that names no device (read).
type syncs struct {
	bridge func(*http.Request) bool
	next   http.Handler
}

// ServeHTTP implements http.Handler.
func (s *syncs) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	if s.bridge(r) && query.Get("device_id") == "" && query.Get("org.matrix.msc3202.device_id") == "" {
		answer(w, http.StatusForbidden, matrixError("M_FORBIDDEN", "An appservice needs a device to sync."))
		return
	}
	s.next.ServeHTTP(w, r)
}

// redactions refuses what the power levels of a room of version 12 do not allow.
// continuwuity writes those whom a person invites into a trusted private chat
// neither among its creators nor into its power levels, so a bot cannot redact what
// a person wrote in a chat that the person made (seen). Synapse makes them creators.
type redactions struct {
	bridge     func(*http.Request) bool
	homeserver string
	next       http.Handler
}

// ServeHTTP implements http.Handler.
func (d *redactions) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !d.bridge(r) {
		d.next.ServeHTTP(w, r)
		return
	}
	allowed, err := d.allowed(r)
	switch {
	case err != nil:
		answer(w, http.StatusInternalServerError, matrixError("M_UNKNOWN", err.Error()))
	case !allowed:
		answer(w, http.StatusForbidden, matrixError("M_FORBIDDEN", "User is not allowed to redact this event."))
	default:
		d.next.ServeHTTP(w, r)
	}
}

// allowed asks the homeserver, as the one who redacts, for what decides.
func (d *redactions) allowed(r *http.Request) (bool, error) {
	room := "/rooms/" + url.PathEscape(r.PathValue("room"))
	var who struct {
		UserID string `json:"user_id"`
	}
	var target struct {
		Sender string `json:"sender"`
	}
	var create struct {
		Sender  string `json:"sender"`
		Content struct {
			Version string `json:"room_version"`
		} `json:"content"`
	}
	var levels struct {
		Users   map[string]int `json:"users"`
		Default int            `json:"users_default"`
		Redact  *int           `json:"redact"`
	}
	for path, into := range map[string]any{
		"/account/whoami": &who,
		room + "/event/" + url.PathEscape(r.PathValue("event")): &target,
		room + "/state/m.room.create/?format=event":             &create,
		room + "/state/m.room.power_levels/":                    &levels,
	} {
		if err := d.ask(r, path, into); err != nil {
			return false, err
		}
	}
	if create.Content.Version != RoomVersion || target.Sender == who.UserID || create.Sender == who.UserID {
		return true, nil
	}
	level, ok := levels.Users[who.UserID]
	if !ok {
		level = levels.Default
	}
	needed := 50 // Matrix spec, m.room.power_levels
	if levels.Redact != nil {
		needed = *levels.Redact
	}
	return level >= needed, nil
}

// ask reads from the homeserver with the credentials of a request.
func (d *redactions) ask(r *http.Request, path string, into any) error {
	address, err := url.Parse(d.homeserver + "/_matrix/client/v3" + path)
	if err != nil {
		return fmt.Errorf("ask the homeserver: %w", err)
	}
	query := address.Query()
	for _, name := range []string{"user_id", "access_token"} {
		if value := r.URL.Query().Get(name); value != "" {
			query.Set(name, value)
		}
	}
	address.RawQuery = query.Encode()
	req, err := http.NewRequestWithContext(r.Context(), http.MethodGet, address.String(), nil)
	if err != nil {
		return fmt.Errorf("ask the homeserver: %w", err)
	}
	req.Header.Set("Authorization", r.Header.Get("Authorization"))
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return fmt.Errorf("ask the homeserver: %w", err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		before, _, _ := strings.Cut(path, "?")
		return fmt.Errorf("ask the homeserver for %s: it answered %d", before, resp.StatusCode)
	}
	return json.NewDecoder(resp.Body).Decode(into)
}

func matrixError(code, message string) map[string]any {
	return map[string]any{"errcode": code, "error": message}
}

func answer(w http.ResponseWriter, status int, body any) {
	text, err := json.Marshal(body)
	if err != nil {
		panic(err) // This package makes the bodies; they can be encoded.
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(text)
}
