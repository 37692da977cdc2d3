// Package health is the listener for operators' programs and browsers: whether the process
// goes on, whether messages cross, the metrics, and a page for people. It answers questions
// and changes nothing.
//
// It asks for no token, so what it shows names no person and holds no message, and a page of
// the web must not be able to read it: it answers only those who ask for it by its address.
package health

import (
	"context"
	"errors"
	"fmt"
	"html/template"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"time"

	"go.uber.org/zap"

	"ops-jrz1/bridge/internal/metrics"
	"ops-jrz1/bridge/internal/operator"
)

const (
	// readTime is how long a request may take to arrive, writeTime the whole of it.
	readTime  = 5 * time.Second
	writeTime = 30 * time.Second
)

// Config is what a Server answers with.
type Config struct {
	// Status says how the bridge is.
	Status operator.Asked
	// Alive returns why a loop of the process stands still, nil while all go on.
	Alive func() error
	// Metrics serves them to Prometheus.
	Metrics http.Handler
	// Rooms returns the conversations in which something was said last.
	Rooms func(context.Context) ([]operator.RoomStatus, error)
	// Latencies returns how long things took.
	Latencies func() []metrics.Latency
	Log       *zap.Logger
}

// Server is the listener. Its life: Listen, Serve, Close.
type Server struct {
	listener net.Listener
	http     *http.Server
	// host is what the address was given as.
	host string
}

// Listen takes an address, as IP and port.
func Listen(address string) (*Server, error) {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return nil, fmt.Errorf("operator.address: %w", err)
	}
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return nil, fmt.Errorf("operator.address: %w; stop what has the port, or set another one", err)
	}
	return &Server{listener: listener, host: host, http: &http.Server{ReadHeaderTimeout: readTime, ReadTimeout: readTime, WriteTimeout: writeTime}}, nil
}

// Addr is the address that Listen took.
func (s *Server) Addr() net.Addr { return s.listener.Addr() }

// Serve answers until Close.
func (s *Server) Serve(cfg Config) error {
	s.http.ErrorLog = zap.NewStdLog(cfg.Log)
	s.http.Handler = s.guarded(routes(cfg))
	if err := s.http.Serve(s.listener); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serve on %s: %w", s.listener.Addr(), err)
	}
	return nil
}

// Close ends the server. Requests that are being answered are waited for until ctx ends.
func (s *Server) Close(ctx context.Context) error {
	err := s.http.Shutdown(ctx)
	if err != nil {
		err = errors.Join(err, s.http.Close())
	}
	if closing := s.listener.Close(); !errors.Is(closing, net.ErrClosed) {
		err = errors.Join(err, closing) // it was not served yet
	}
	return err
}

// guarded refuses requests under a name: a page of the web can have a name of its own lead
// to this address (DNS rebinding), and would be allowed to read the answer.
func (s *Server) guarded(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		header := w.Header()
		header.Set("X-Content-Type-Options", "nosniff")
		header.Set("Referrer-Policy", "no-referrer")
		header.Set("Cache-Control", "no-store")
		header.Set("Cross-Origin-Resource-Policy", "same-origin")
		header.Set("Content-Security-Policy", policy)
		if !s.known(r.Host) {
			http.Error(w, "ask for this by its IP address", http.StatusMisdirectedRequest)
			return
		}
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			header.Set("Allow", "GET, HEAD")
			http.Error(w, "this is only to be read", http.StatusMethodNotAllowed)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// known says whether a Host header is an IP address, or the host of operator.address.
func (s *Server) known(header string) bool {
	host := header
	if name, _, err := net.SplitHostPort(header); err == nil {
		host = name
	}
	_, err := netip.ParseAddr(strings.Trim(host, "[]"))
	return err == nil || host == s.host
}

func routes(cfg Config) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/healthz", func(w http.ResponseWriter, _ *http.Request) {
		if err := cfg.Alive(); err != nil {
			say(w, http.StatusServiceUnavailable, err.Error())
			return
		}
		say(w, http.StatusOK, "ok")
	})
	mux.HandleFunc("/readyz", func(w http.ResponseWriter, r *http.Request) {
		status, err := cfg.Status(r.Context())
		if err != nil {
			say(w, http.StatusServiceUnavailable, err.Error())
			return
		}
		if troubles := status.Troubles(); len(troubles) > 0 {
			say(w, http.StatusServiceUnavailable, troubles...)
			return
		}
		say(w, http.StatusOK, "ready")
	})
	mux.Handle("/metrics", cfg.Metrics)
	mux.HandleFunc("/{$}", cfg.page(template.Must(template.New("page").Parse(pageSource))))
	mux.HandleFunc("/style.css", style)
	return mux
}

// policy allows nothing that the answers do not have.
const policy = "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// say answers with lines of text.
func say(w http.ResponseWriter, code int, lines ...string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(code)
	for _, line := range lines {
		fmt.Fprintln(w, operator.Plain(line))
	}
}
