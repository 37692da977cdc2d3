// Package controlapi serves the control API, `/emulator/v1`, that package control
// is the client of: people's actions, what happened, faults, the clock, and the
// stream of events for the page. It must not answer with tokens.
package controlapi

import (
	"encoding/json"
	"errors"
	"mime"
	"net/http"

	"go.uber.org/zap"

	"ops-jrz1/bridge/internal/emulator/clock"
	"ops-jrz1/bridge/internal/emulator/control"
	"ops-jrz1/bridge/internal/emulator/socket"
	"ops-jrz1/bridge/internal/emulator/web"
	"ops-jrz1/bridge/internal/emulator/workspace"
)

// maxBody is the largest body of a verb; files come in base64.
const maxBody = 64 << 20

// Parts are what the control API works on.
type Parts struct {
	Workspace *workspace.Workspace
	Hub       *socket.Hub
	Web       *web.Server
	Clock     *clock.Clock
	Log       *zap.Logger
	// TokensChanged is called after tokens were revoked or issued.
	TokensChanged func()
}

// API is the handler of everything under control.Root.
type API struct {
	Parts
	mux    *http.ServeMux
	stream *stream
	routes []string
}

// New returns the API of an emulator's parts.
func New(p Parts) *API {
	a := &API{Parts: p, mux: http.NewServeMux(), stream: newStream()}
	p.Workspace.Observe(func(e workspace.Event) { a.stream.publish("slack", e) })
	p.Hub.Watch(func(kind string, body map[string]any) { a.stream.publish(kind, body) })
	p.Web.WatchCalls(func(r web.CallRecord) { a.stream.publish("call", r) })
	a.actRoutes()
	a.channelRoutes()
	a.readRoutes()
	a.fileRoutes()
	a.faultRoutes()
	a.appRoutes()
	a.mux.HandleFunc("GET "+control.Root+"/events", a.stream.serve)
	return a
}

// ServeHTTP implements http.Handler.
func (a *API) ServeHTTP(w http.ResponseWriter, r *http.Request) { a.mux.ServeHTTP(w, r) }

// Routes are the paths under control.Root, for the check of the reference page.
func (a *API) Routes() []string { return a.routes }

// Close ends the event streams.
func (a *API) Close() { a.stream.close() }

// verb registers a POST verb: its body is an In, its answer what run returns.
func verb[In any](a *API, path string, run func(In) (any, error)) {
	a.routes = append(a.routes, path)
	a.mux.HandleFunc("POST "+control.Root+path, func(w http.ResponseWriter, r *http.Request) {
		kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
		if err != nil || kind != "application/json" {
			a.refuse(w, http.StatusUnsupportedMediaType, &control.Error{Code: "json_only", Message: "send application/json"})
			return
		}
		var in In
		dec := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxBody))
		dec.DisallowUnknownFields()
		if err := dec.Decode(&in); err != nil {
			a.refuse(w, http.StatusBadRequest, &control.Error{Code: "bad_request", Message: err.Error()})
			return
		}
		out, err := run(in)
		a.answer(w, out, err)
	})
}

// view registers a GET resource.
func view(a *API, path string, run func(*http.Request) (any, error)) {
	a.routes = append(a.routes, path)
	a.mux.HandleFunc("GET "+control.Root+path, func(w http.ResponseWriter, r *http.Request) {
		out, err := run(r)
		a.answer(w, out, err)
	})
}

func (a *API) answer(w http.ResponseWriter, out any, err error) {
	if err != nil {
		var refusal *workspace.Error
		code := &control.Error{Code: "fault_failed", Message: err.Error()}
		if errors.As(err, &refusal) {
			code.Code = refusal.Code
		}
		a.refuse(w, http.StatusConflict, code)
		return
	}
	if out == nil {
		out = struct{}{}
	}
	w.Header().Set("Content-Type", "application/json")
	if err := json.NewEncoder(w).Encode(out); err != nil {
		a.Log.Error("Failed to write an answer of the control API", zap.Error(err))
	}
}

func (a *API) refuse(w http.ResponseWriter, status int, e *control.Error) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	if err := json.NewEncoder(w).Encode(e); err != nil {
		a.Log.Error("Failed to write an answer of the control API", zap.Error(err))
	}
}

// person returns the actor of a user's id or name.
func (a *API) person(ref string) (workspace.Actor, error) {
	u, err := a.Workspace.FindUser(ref)
	return workspace.Person(u.ID), err
}

// users turns names of people and of apps (for their bots) into user ids.
func (a *API) users(refs []string) ([]string, error) { return usersOf(a.Workspace, refs) }

func usersOf(ws *workspace.Workspace, refs []string) ([]string, error) {
	var out []string
	for _, ref := range refs {
		if u, err := ws.FindUser(ref); err == nil {
			out = append(out, u.ID)
			continue
		}
		app, err := ws.FindApp(ref)
		if err != nil || ref == "" {
			return nil, workspace.Fail("user_not_found", ref)
		}
		out = append(out, app.BotUser)
	}
	return out, nil
}

// at returns who acts and where.
func (a *API) at(user, channel string) (workspace.Actor, string, error) {
	who, err := a.person(user)
	if err != nil {
		return who, "", err
	}
	ch, err := a.Workspace.FindConversation(channel)
	return who, ch.ID, err
}
