// Package emulator is a Slack workspace in one process: it puts the workspace, its
// Web API, its Socket Mode, its control API and its page behind one HTTP server.
// It must not be imported by anything but tests, benchmarks, the demo and
// cmd/slack-emulator.
package emulator

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	"go.uber.org/zap"

	"ops-jrz1/bridge/internal/emulator/clock"
	"ops-jrz1/bridge/internal/emulator/control"
	"ops-jrz1/bridge/internal/emulator/controlapi"
	"ops-jrz1/bridge/internal/emulator/page"
	"ops-jrz1/bridge/internal/emulator/seed"
	"ops-jrz1/bridge/internal/emulator/socket"
	"ops-jrz1/bridge/internal/emulator/web"
	"ops-jrz1/bridge/internal/emulator/workspace"
)

// Options make an emulator. The zero value is the default workspace on a free
// port of 127.0.0.1, at Slack's own speed and limits.
type Options struct {
	// Listen is the address to listen on, "127.0.0.1:0" if empty.
	Listen string
	// Seed is the workspace; nil is the default one.
	Seed *seed.File
	// Clock is emulated time; nil runs at the speed of the machine's.
	Clock *clock.Clock
	// RateScale multiplies the rate limits' budgets; nil is 1, 0 takes the limits
	// away.
	RateScale *float64
	// Latency is how long answers of the Web API take.
	Latency web.Latency
	// Log gets what happens, without tokens; nil drops it.
	Log *zap.Logger
	// TokensChanged is called after tokens were revoked or issued.
	TokensChanged func(*Emulator)
}

// Emulator is a running emulator.
type Emulator struct {
	Workspace *workspace.Workspace
	Hub       *socket.Hub
	Web       *web.Server
	Clock     *clock.Clock
	// Neighbours are the further workspaces of the seed. What apps reach is at the same
	// address for all of them.
	Neighbours []*Neighbour

	api      *controlapi.API
	listener net.Listener
	server   *http.Server
	ownClock bool
	served   chan error
	once     sync.Once
}

// Neighbour is a further workspace of an emulator.
type Neighbour struct {
	Workspace *workspace.Workspace
	Web       *web.Server

	api *controlapi.API
}

// ControlURL is where its control API is.
func (e *Emulator) ControlURL(n *Neighbour) string {
	return e.URL() + control.TeamPath(n.Workspace.Team().ID) + control.Root
}

// Start listens and serves until Close.
func Start(o Options) (*Emulator, error) {
	o, err := o.withDefaults()
	if err != nil {
		return nil, err
	}
	e := &Emulator{Clock: o.Clock, served: make(chan error, 1)}
	if e.Clock == nil {
		e.Clock, e.ownClock = clock.New(1), true
	}
	if e.Workspace, err = o.Seed.Build(e.Clock); err != nil {
		e.stopClock()
		return nil, err
	}
	pages, err := page.Handler()
	if err != nil {
		e.stopClock()
		return nil, err
	}
	if e.listener, err = net.Listen("tcp", o.Listen); err != nil {
		e.stopClock()
		return nil, fmt.Errorf("listen on %s: %w", o.Listen, err)
	}
	e.Workspace.SetOrigin(e.URL())
	e.Hub = socket.New(e.Clock, o.Log)
	e.Workspace.Receive(e.Hub.Deliver)
	e.Web = web.New(web.Options{Workspace: e.Workspace, Clock: e.Clock, Tickets: e.Hub, Log: o.Log, RateScale: *o.RateScale, TokensChanged: func() { o.TokensChanged(e) }})
	if err := e.Web.SetLatency(o.Latency); err != nil {
		return nil, errors.Join(fmt.Errorf("answers' latency: %w", err), e.listener.Close())
	}
	e.api = controlapi.New(controlapi.Parts{
		Workspace: e.Workspace, Hub: e.Hub, Web: e.Web, Clock: e.Clock, Log: o.Log, TokensChanged: func() { o.TokensChanged(e) },
	})
	if err := e.addNeighbours(o); err != nil {
		return nil, errors.Join(fmt.Errorf("answers' latency: %w", err), e.listener.Close())
	}
	e.server = &http.Server{Handler: e.handler(pages), ReadHeaderTimeout: 10 * time.Second, ErrorLog: zap.NewStdLog(o.Log)}
	go func() { e.served <- e.server.Serve(e.listener) }()
	return e, nil
}

// addNeighbours gives the further workspaces of the seed their sides. Sockets are one hub's
// for all: it knows apps alone.
func (e *Emulator) addNeighbours(o Options) error {
	changed := func() { o.TokensChanged(e) }
	for _, ws := range e.Workspace.Neighbours() {
		ws.Receive(e.Hub.Deliver)
		n := &Neighbour{Workspace: ws}
		n.Web = e.Web.Beside(web.Options{Workspace: ws, Clock: e.Clock, Tickets: e.Hub, Log: o.Log, RateScale: *o.RateScale, TokensChanged: changed})
		if err := n.Web.SetLatency(o.Latency); err != nil {
			return err
		}
		n.api = controlapi.New(controlapi.Parts{
			Workspace: ws, Hub: e.Hub, Web: n.Web, Clock: e.Clock, Log: o.Log, TokensChanged: changed,
		})
		e.Neighbours = append(e.Neighbours, n)
	}
	return nil
}

// neighbour is the control API of the further workspace that a path names.
func (e *Emulator) neighbour(path string) http.Handler {
	for _, n := range e.Neighbours {
		if at := control.TeamPath(n.Workspace.Team().ID); strings.HasPrefix(path, at+control.Root+"/") {
			return http.StripPrefix(at, n.api)
		}
	}
	return http.NotFoundHandler()
}

func (o Options) withDefaults() (Options, error) {
	if o.Listen == "" {
		o.Listen = "127.0.0.1:0"
	}
	if o.RateScale == nil {
		one := 1.0
		o.RateScale = &one
	}
	if o.Log == nil {
		o.Log = zap.NewNop()
	}
	if o.TokensChanged == nil {
		o.TokensChanged = func(*Emulator) {}
	}
	if o.Seed == nil {
		f, err := seed.Parse(seed.Default(), ".")
		if err != nil {
			return o, err
		}
		o.Seed = f
	}
	return o, nil
}

func (e *Emulator) stopClock() {
	if e.ownClock {
		e.Clock.Close()
	}
}

// handler routes the one origin on which everything lives. Answers are dated by the clock
// of which timestamps are made, as Slack's are.
func (e *Emulator) handler(pages http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Date", e.Clock.Wall().UTC().Format(http.TimeFormat))
		switch path := r.URL.Path; {
		case strings.HasPrefix(path, "/api/"):
			e.Web.ServeHTTP(w, r)
		case web.IsFile(path):
			e.Web.ServeFile(w, r)
		case web.IsResponse(path):
			e.Web.ServeResponse(w, r)
		case strings.HasPrefix(path, "/link"):
			e.Hub.ServeHTTP(w, r)
		case strings.HasPrefix(path, control.Root+"/"):
			e.api.ServeHTTP(w, r)
		case strings.HasPrefix(path, control.TeamPath("")):
			e.neighbour(path).ServeHTTP(w, r)
		default:
			pages.ServeHTTP(w, r)
		}
	})
}

// URL is the base URL, such as http://127.0.0.1:1234.
func (e *Emulator) URL() string { return "http://" + e.listener.Addr().String() }

// APIURL is what SDKs take in place of https://slack.com/api/.
func (e *Emulator) APIURL() string { return e.URL() + "/api/" }

// Served reports why serving ended, if it ended by itself.
func (e *Emulator) Served() <-chan error { return e.served }

// Close ends sockets, streams and the server.
func (e *Emulator) Close(ctx context.Context) error {
	var err error
	e.once.Do(func() {
		e.api.Close()
		for _, n := range e.Neighbours {
			n.api.Close()
		}
		e.Hub.Close()
		if err = e.server.Shutdown(ctx); err != nil {
			err = errors.Join(err, e.server.Close())
		}
		e.stopClock()
	})
	return err
}
