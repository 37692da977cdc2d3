// Package manners makes Synapse treat a bridge as continuwuity does, for tests on
// machines where continuwuity cannot run. It is a proxy in both directions: the bridge
// sends its requests through ToHomeserver, and Synapse pushes its transactions to
// ToBridge, which accepts them at once and delivers them by continuwuity's rule.
//
// What it imitates was seen on continuwuity 26.8 or read in its source, and is
// named where it is done. It must not be kinder to the bridge than continuwuity is.
package manners

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"sync"
	"time"
)

// RoomVersion is continuwuity's default version of new rooms; the homeserver behind the
// proxy has to be set to it.
const RoomVersion = "12"

// backoff is how long continuwuity waits after a failed transaction, times the
// number of failures (seen on 26.8; its setting is sender_retry_backoff_base).
const backoff = 10 * time.Second

// Config says what the proxy is between.
type Config struct {
	// Homeserver and Bridge are the addresses of Synapse's client API and of the
	// bridge's listener.
	Homeserver, Bridge string
	// ASToken is the bridge's token at the homeserver.
	ASToken string
	// BackoffScale multiplies Backoff; 1 is continuwuity's own pace.
	BackoffScale float64
}

// Server is continuwuity as the bridge and as Synapse see it.
type Server struct {
	// ToHomeserver is the homeserver's address for the bridge, ToBridge the
	// bridge's address for the homeserver's registration.
	ToHomeserver, ToBridge string

	delivery *delivery
	servers  []*http.Server
	served   []chan error
	stop     context.CancelFunc
	senders  *sync.WaitGroup
}

// Start listens on two loopback ports.
func Start(config Config) (*Server, error) {
	homeserver, err := url.Parse(config.Homeserver)
	if err != nil {
		return nil, fmt.Errorf("start continuwuity's manners: %w", err)
	}
	bridge, err := url.Parse(config.Bridge)
	if err != nil {
		return nil, fmt.Errorf("start continuwuity's manners: %w", err)
	}
	ctx, stop := context.WithCancel(context.Background())
	s := &Server{stop: stop, senders: &sync.WaitGroup{}}
	out := &sender{bridge: config.Bridge, client: &http.Client{Timeout: sendTimeout}}
	s.delivery = newDelivery(ctx, s.senders, time.Duration(float64(backoff)*config.BackoffScale), out.send)
	pings := &pings{}
	if s.ToBridge, err = s.listen(s.bridgeSide(bridge, out, pings)); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	pings.bridge = s.ToBridge
	if s.ToHomeserver, err = s.listen(homeserverSide(homeserver, config, pings)); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

func (s *Server) listen(handler http.Handler) (string, error) {
	listener, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		return "", fmt.Errorf("start continuwuity's manners: %w", err)
	}
	server, served := &http.Server{Handler: handler}, make(chan error, 1)
	s.servers, s.served = append(s.servers, server), append(s.served, served)
	go func() { served <- server.Serve(listener) }()
	return "http://" + listener.Addr().String(), nil
}

// bridgeSide is what the homeserver believes to be the bridge.
func (s *Server) bridgeSide(bridge *url.URL, out *sender, pings *pings) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("PUT /_matrix/app/v1/transactions/{txnID}", &transactions{delivery: s.delivery, sender: out, seen: map[string]bool{}})
	mux.Handle("POST /_matrix/app/v1/ping", &pingBridge{pings: pings, next: forward(bridge)})
	mux.Handle("/", forward(bridge))
	return mux
}

// homeserverSide is what the bridge believes to be the homeserver.
func homeserverSide(homeserver *url.URL, config Config, pings *pings) http.Handler {
	next := forward(homeserver)
	bridge := isBridge(config.ASToken)
	mux := http.NewServeMux()
	mux.Handle("/_matrix/client/v1/appservice/{id}/ping", &pingAnswer{pings: pings, next: next})
	mux.Handle("/_matrix/client/{version}/sync", &syncs{bridge: bridge, next: next})
	redactions := &redactions{bridge: bridge, homeserver: config.Homeserver, next: next}
	mux.Handle("PUT /_matrix/client/{version}/rooms/{room}/redact/{event}/{txnID}", redactions)
	mux.HandleFunc("GET /_matrix/federation/v1/version", version)
	mux.Handle("/", next)
	return mux
}

// version says that this is continuwuity (Matrix spec, Server-Server API: "Server implementation").
func version(w http.ResponseWriter, _ *http.Request) {
	answer(w, http.StatusOK, map[string]any{"server": map[string]any{"name": "continuwuity", "version": "26.8.0"}})
}

// Restart is what the bridge sees of a homeserver's restart: the homeserver forgets its
// failures, and sends again what the bridge had not acknowledged (startup_netburst in
// continuwuity's sender.rs).
func (s *Server) Restart() { s.delivery.restart() }

// Waiting is how many events the bridge has not acknowledged yet.
func (s *Server) Waiting() int { return s.delivery.waiting() }

// Close ends both listeners and every delivery.
func (s *Server) Close() error {
	s.stop()
	var errs []error
	for i, server := range s.servers {
		errs = append(errs, server.Close())
		if err := <-s.served[i]; !errors.Is(err, http.ErrServerClosed) {
			errs = append(errs, err)
		}
	}
	s.senders.Wait()
	return errors.Join(errs...)
}

// forward passes requests on as they are.
func forward(to *url.URL) http.Handler {
	return &httputil.ReverseProxy{
		Rewrite:      func(r *httputil.ProxyRequest) { r.SetURL(to) },
		ErrorLog:     log.New(io.Discard, "", 0), // Connections break here all the time.
		ErrorHandler: func(w http.ResponseWriter, _ *http.Request, _ error) { w.WriteHeader(http.StatusBadGateway) },
	}
}
