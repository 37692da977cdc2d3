package operator

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
	"time"

	"go.uber.org/zap"

	"ops-jrz1/bridge/internal/exit"
)

const (
	// readTime is how long a client may take to say what it wants.
	readTime = 5 * time.Second
	// writeTime bounds a whole request: a commit may have to wait for the database.
	writeTime = 2 * time.Minute
)

// Server answers operators on a Unix socket.
type Server struct {
	listener net.Listener
	http     *http.Server
}

// Listen makes the socket, for the user of this process and root alone. What an earlier
// process left at its path is removed; a folder that is not there is made. Errors are
// *exit.Error.
func Listen(path string) (*Server, error) {
	if err := prepare(path); err != nil {
		return nil, err
	}
	listener, err := net.Listen("unix", path)
	if err == nil {
		err = os.Chmod(path, 0o600)
	}
	if err != nil {
		return nil, exit.New(exit.CannotWrite, "%s: %w; make the folder writable for this user, or set another path", key, err)
	}
	return &Server{listener: listener, http: &http.Server{ReadHeaderTimeout: readTime, ReadTimeout: readTime, WriteTimeout: writeTime}}, nil
}

// prepare makes room for the socket.
func prepare(path string) error {
	if err := checkPath(path); err != nil {
		return err
	}
	if err := os.Mkdir(filepath.Dir(path), 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return exit.New(exit.CannotWrite, "%s: %w; make the folder, or set another path", key, err)
	}
	if err := checkFolder(path); err != nil {
		return asExit(err)
	}
	info, err := os.Lstat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return asExit(err)
	case !isSocket(info):
		return notASocket(path)
	}
	if conn, err := net.Dial("unix", path); err == nil {
		_ = conn.Close() // it was only a question
		return exit.New(exit.Unavailable, "%s: another bridge answers at %s; set another path for one of the two", key, path)
	} else if !errors.Is(err, syscall.ECONNREFUSED) {
		return asExit(err)
	}
	if err := os.Remove(path); err != nil {
		return asExit(err)
	}
	return nil
}

// asExit gives an error of the system's its line.
func asExit(err error) error {
	var coded *exit.Error
	if errors.As(err, &coded) {
		return err
	}
	return exit.New(exit.CannotWrite, "%s: %w; make the folder this user's own, or set another path", key, err)
}

// Verbs are what a bridge does for operators.
type Verbs struct {
	Inbox  Inbox
	Status Asked
	// Erase erases a person of either side, and returns the line that says so.
	Erase func(ctx context.Context, person string) (string, error)
	// SelfTest posts in Slack and waits for the post so long; see [SelfTest].
	SelfTest func(ctx context.Context, patience time.Duration) SelfTest
}

// Serve answers until Close. log says what operators changed.
func (s *Server) Serve(verbs Verbs, log *zap.Logger) error {
	s.http.Handler = routes(verbs, log)
	if err := s.http.Serve(s.listener); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serve operators: %w", err)
	}
	return nil
}

// Close ends the server and removes the socket. Requests that are being answered are
// waited for until ctx ends.
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

func routes(verbs Verbs, log *zap.Logger) http.Handler {
	box := verbs.Inbox
	mux := http.NewServeMux()
	mux.HandleFunc("GET /v1/status", func(w http.ResponseWriter, r *http.Request) {
		now, err := verbs.Status(r.Context())
		answer(w, now, err)
	})
	mux.HandleFunc("POST /v1/selftest", func(w http.ResponseWriter, r *http.Request) {
		answer(w, verbs.SelfTest(r.Context(), patienceOf(r)), nil)
	})
	mux.HandleFunc("POST /v1/erase", func(w http.ResponseWriter, r *http.Request) {
		line, err := verbs.Erase(r.Context(), r.URL.Query().Get("person"))
		if err == nil {
			log.Warn("An operator erased a person")
		}
		answer(w, line, err)
	})
	mux.HandleFunc("GET /v1/inbox", func(w http.ResponseWriter, r *http.Request) {
		rows, err := box.List(r.Context())
		answer(w, rows, err)
	})
	mux.HandleFunc("GET /v1/inbox/{id}", withID(func(r *http.Request, id int64) (any, error) {
		return box.Show(r.Context(), id, r.URL.Query().Get("content") == "true")
	}))
	mux.HandleFunc("POST /v1/inbox/{id}/retry", withID(func(r *http.Request, id int64) (any, error) {
		rows, err := box.Retry(r.Context(), id)
		if err == nil {
			log.Info("An operator retried rows", zap.Int64("row", id), zap.Int("rows", rows))
		}
		return rows, err
	}))
	mux.HandleFunc("DELETE /v1/inbox/{id}", withID(func(r *http.Request, id int64) (any, error) {
		dropped, err := box.Drop(r.Context(), id)
		if err == nil {
			log.Warn("An operator dropped rows", zap.Int64("row", id), zap.Int64s("rows", dropped))
		}
		return dropped, err
	}))
	return mux
}

func withID(do func(r *http.Request, id int64) (any, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		id, err := strconv.ParseInt(r.PathValue("id"), 10, 64)
		if err != nil {
			answer(w, nil, exit.New(exit.Usage, "%q is no row's id", r.PathValue("id")))
			return
		}
		value, err := do(r, id)
		answer(w, value, err)
	}
}

// failure is the answer to what failed: the line for the operator and the exit code.
type failure struct {
	Line string    `json:"error"`
	Code exit.Code `json:"code"`
}

func answer(w http.ResponseWriter, value any, err error) {
	w.Header().Set("Content-Type", "application/json")
	if err != nil {
		w.WriteHeader(http.StatusUnprocessableEntity)
		value = failure{Line: err.Error(), Code: exit.Of(err)}
	}
	// A client that went away gets no answer.
	_ = json.NewEncoder(w).Encode(value)
}
