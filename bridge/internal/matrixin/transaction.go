package matrixin

import (
	"context"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"time"

	"go.mau.fi/util/exhttp"
	"go.uber.org/zap"
	"maunium.net/go/mautrix"

	"ops-jrz1/bridge/internal/failpoint"
)

// putTransaction answers the homeserver (Matrix Application Service API,
// "PUT /_matrix/app/v1/transactions/{txnId}"): 200 when everything is stored.
// After any other answer the homeserver sends the transaction again.
func (s *Server) putTransaction(w http.ResponseWriter, r *http.Request) {
	refuse := func(answer mautrix.RespError, status int, message string) {
		s.counts.refused.Add(1)
		answer.WithStatus(status).WithMessage("%s", message).Write(w)
	}
	if token, given := bearer(r); !given {
		refuse(mautrix.MMissingToken, http.StatusUnauthorized, "The homeserver's token is missing from the Authorization header")
		return
	} else if !s.isHomeserver(token) {
		s.log.Warn("Refused a transaction with a wrong token: is the registration file that the homeserver has read the current one?")
		refuse(mautrix.MForbidden, http.StatusForbidden, "The homeserver's token is wrong")
		return
	}
	if !s.awaitReady(r.Context()) {
		refuse(mautrix.MUnknown, http.StatusServiceUnavailable, "The bridge is "+s.state()+": send this transaction again")
		return
	}
	if s.isFull() {
		refuse(mautrix.MUnknown, http.StatusServiceUnavailable, "Too many events wait to be brought to Slack: send this transaction again")
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if tooLarge := (*http.MaxBytesError)(nil); errors.As(err, &tooLarge) {
		s.log.Error("Refused a transaction because of its size", zap.Int64("limit", tooLarge.Limit))
		refuse(mautrix.MTooLarge, http.StatusRequestEntityTooLarge, "The transaction is too large")
		return
	} else if err != nil {
		refuse(mautrix.MNotJSON, http.StatusBadRequest, "The body did not come in full")
		return
	}
	txn, err := parseTransaction(body)
	if syntax := (*json.SyntaxError)(nil); errors.As(err, &syntax) {
		refuse(mautrix.MNotJSON, http.StatusBadRequest, "The body is not JSON")
		return
	} else if err != nil {
		refuse(mautrix.MBadJSON, http.StatusBadRequest, "The body is not a transaction")
		return
	}
	if err := s.receive(r.Context(), r.PathValue("txnID"), txn); err != nil {
		refuse(mautrix.MUnknown, http.StatusServiceUnavailable, err.Error())
		return
	}
	failpoint.Hit(failpoint.Commit200)
	exhttp.WriteEmptyJSONResponse(w, http.StatusOK)
}

// bearer returns the token of the request. The access_token parameter of old
// homeservers is not looked at: addresses end up in logs.
func bearer(r *http.Request) (token string, given bool) {
	return strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
}

func (s *Server) isHomeserver(token string) bool {
	want := s.cfg.AS.Registration.ServerToken
	return want != "" && subtle.ConstantTimeCompare([]byte(token), []byte(want)) == 1
}

// isFull says whether as many events wait as may, and says in the log when that
// begins and ends.
func (s *Server) isFull() bool {
	waiting := s.cfg.Waiting()
	full := waiting >= s.cfg.MaxWaiting
	switch was := s.full.Swap(full); {
	case full && !was:
		s.log.Warn("Too many events from Matrix wait for Slack; transactions are refused until some are done", zap.Int("waiting", waiting))
	case was && !full:
		s.log.Info("Transactions are received again", zap.Int("waiting", waiting))
	}
	return full
}

// awaitReady holds a transaction that comes during the start. To refuse it at
// once would cost much more time: homeservers wait longer after each refusal
// (Synapse up to minutes; continuwuity until the next event for the bridge).
func (s *Server) awaitReady(ctx context.Context) bool {
	if isClosed(s.ready) || isClosed(s.draining) {
		return !isClosed(s.draining)
	}
	timer := time.NewTimer(s.cfg.StartWait)
	defer timer.Stop()
	select {
	case <-s.ready:
		return true
	case <-timer.C:
	case <-s.draining:
	case <-ctx.Done():
	}
	return false
}
