package web

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"ops-jrz1/bridge/internal/emulator/workspace"
)

// respond writes an answer with Slack's headers. Errors are HTTP 200, but for
// rate limits, which are 429 with Retry-After.
func (s *Server) respond(w http.ResponseWriter, c *Call, answer Result, err error, entry *CallRecord) {
	status := http.StatusOK
	if entry.Limited {
		status = http.StatusTooManyRequests
		w.Header().Set("Retry-After", strconv.Itoa(entry.RetryAfter))
	}
	s.headers(w, c)
	w.WriteHeader(status)
	_, _ = w.Write(encode(body(c, answer, err)))
}

func (s *Server) headers(w http.ResponseWriter, c *Call) {
	h := w.Header()
	h.Set("Content-Type", "application/json; charset=utf-8")
	h.Set("X-Slack-Req-Id", requestID())
	h.Set("X-Accepted-Oauth-Scopes", strings.Join(acceptedScopes(c.Method), ","))
	h.Set("Cache-Control", "private, no-cache, no-store, must-revalidate")
	if c.Token.Value != "" {
		h.Set("X-Oauth-Scopes", strings.Join(c.Token.Scopes, ","))
	}
}

// acceptedScopes are the scopes of which any admits to a method.
func acceptedScopes(m Method) []string {
	for _, special := range []map[string]string{appLevel, configuration} {
		if scope := special[m.Name]; scope != "" {
			return []string{scope}
		}
	}
	return m.ScopeList()
}

func requestID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails (crypto/rand)
	return hex.EncodeToString(b[:])
}

// body is the answer's JSON object.
func body(c *Call, answer Result, err error) Result {
	out := Result{"ok": err == nil}
	for k, v := range answer {
		out[k] = v
	}
	meta, _ := out["response_metadata"].(Result)
	if err != nil {
		out["error"] = workspace.CodeOf(err)
		var refusal *workspace.Error
		if errors.As(err, &refusal) {
			if len(refusal.Messages) > 0 {
				meta = with(meta, "messages", refusal.Messages)
			}
			if refusal.Code == "missing_scope" {
				out["needed"], out["provided"] = refusal.Needed, strings.Join(c.Token.Scopes, ",")
			}
		}
	}
	if len(c.Warnings) > 0 {
		slices.Sort(c.Warnings)
		out["warning"] = strings.Join(c.Warnings, ",")
		meta = with(meta, "warnings", c.Warnings)
	}
	if meta != nil {
		out["response_metadata"] = meta
	}
	return out
}

func with(meta Result, key string, value any) Result {
	if meta == nil {
		meta = Result{}
	}
	meta[key] = value
	return meta
}
