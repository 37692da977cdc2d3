package main

import (
	"encoding/json"
	"net/http"
	"strings"
)

// homeserver answers what a bridge asks at its start, as Synapse does with a registration.
type homeserver struct {
	// The registration: the tokens, the bot, the id and where the bridge is.
	asToken, hsToken, bot, id, url string
	// stripped takes the token out of requests, as some web servers do.
	stripped bool
}

func (h *homeserver) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	token := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
	if h.stripped {
		token = ""
	}
	switch {
	case token != "" && token != h.asToken: // Synapse refuses it also where none is needed
		answer(w, http.StatusUnauthorized, map[string]any{"errcode": "M_UNKNOWN_TOKEN", "error": "Unrecognised access token."})
	case r.URL.Path == "/_matrix/client/versions":
		answer(w, http.StatusOK, map[string]any{"versions": []string{"v1.1", "v1.4", "v1.7", "v1.11"}})
	case token == "":
		answer(w, http.StatusUnauthorized, map[string]any{"errcode": "M_MISSING_TOKEN", "error": "Missing access token"})
	case r.URL.Path == "/_matrix/client/v3/account/whoami":
		answer(w, http.StatusOK, map[string]any{"user_id": h.bot})
	case strings.HasSuffix(r.URL.Path, "/ping"):
		h.ping(w, r)
	default:
		answer(w, http.StatusNotFound, map[string]any{"errcode": "M_UNRECOGNIZED", "error": "Unrecognized request"})
	}
}

// ping asks the bridge (Matrix specification: Application Service API, "Pinging").
func (h *homeserver) ping(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path != "/_matrix/client/v1/appservice/"+h.id+"/ping" {
		answer(w, http.StatusForbidden, map[string]any{"errcode": "M_FORBIDDEN", "error": "Mismatching application service ID in path"})
		return
	}
	if h.url == "" {
		answer(w, http.StatusBadRequest, map[string]any{"errcode": "M_URL_NOT_SET", "error": "The application service does not have a URL set"})
		return
	}
	request, err := http.NewRequestWithContext(r.Context(), http.MethodPost, h.url+"/_matrix/app/v1/ping", r.Body)
	if err != nil {
		answer(w, http.StatusInternalServerError, map[string]any{"errcode": "M_UNKNOWN", "error": err.Error()})
		return
	}
	request.Header.Set("Authorization", "Bearer "+h.hsToken)
	request.Close = true
	response, err := http.DefaultClient.Do(request)
	switch {
	case err != nil:
		answer(w, http.StatusBadGateway, map[string]any{"errcode": "M_CONNECTION_FAILED", "error": "Connection refused"})
		return
	case response.StatusCode != http.StatusOK:
		answer(w, http.StatusBadGateway, map[string]any{"errcode": "M_BAD_STATUS", "error": "refused", "status": response.StatusCode})
	default:
		answer(w, http.StatusOK, map[string]any{"duration_ms": 1})
	}
	_ = response.Body.Close()
}

func answer(w http.ResponseWriter, status int, body map[string]any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // a bridge that went away misses nothing
}
