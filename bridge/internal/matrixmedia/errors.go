package matrixmedia

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
)

// Kind says what it means that a file cannot be read.
type Kind int

const (
	// Broken: the homeserver did not answer, or not to the end. It may work later.
	Broken Kind = iota + 1
	// Absent: the homeserver answers, and does not get the file from the server that has it.
	// It may work later, or never.
	Absent
	// Vanished: the file is not there, or not any more.
	Vanished
	// Forbidden: the homeserver does not give it to the bridge.
	Forbidden
	// TooLarge: the homeserver does not pass on files this large.
	TooLarge
	// Damaged: it is encrypted, and is not what was encrypted.
	Damaged
)

// Error is why a file cannot be read. Its text begins with what is wrong with the file.
type Error struct {
	Kind Kind
	// Status and Code are the homeserver's, 0 and "" if it did not answer.
	Status int
	Code   string
	err    error
}

// Error implements error.
func (e *Error) Error() string {
	text := map[Kind]string{
		Broken:    "the homeserver did not give all of it",
		Absent:    "the homeserver did not get it from the server that has it",
		Vanished:  "it is not on the homeserver",
		Forbidden: "the homeserver does not give it to the bridge",
		TooLarge:  "the homeserver does not pass on files this large",
		Damaged:   "it cannot be decrypted",
	}[e.Kind]
	switch {
	case e.err != nil:
		return text + ": " + e.err.Error()
	case e.Status != 0:
		return fmt.Sprintf("%s (HTTP %d %s)", text, e.Status, e.Code)
	}
	return text
}

// Unwrap returns what lies below.
func (e *Error) Unwrap() error { return e.err }

// Goes says whether err is of this package and may be gone with another try.
func Goes(err error) bool { return KindOf(err) == Broken || KindOf(err) == Absent }

// KindOf returns the kind of an error of this package, wrapped or not, and 0 for others.
func KindOf(err error) Kind {
	var e *Error
	if errors.As(err, &e) {
		return e.Kind
	}
	return 0
}

// maxRefusal is more than an error of Matrix takes.
const maxRefusal = 64 << 10

// refusal is what an answer means that is not the file (Matrix specification, Client-Server
// API: GET /media/download; Synapse answers 502 with M_TOO_LARGE for another server's file).
func refusal(resp *http.Response) *Error {
	body, _ := io.ReadAll(io.LimitReader(resp.Body, maxRefusal))
	var said struct {
		Code string `json:"errcode"`
	}
	ofMatrix := json.Unmarshal(body, &said) == nil && said.Code != ""
	e := &Error{Kind: Broken, Status: resp.StatusCode, Code: said.Code}
	switch {
	case said.Code == "M_TOO_LARGE", resp.StatusCode == http.StatusRequestEntityTooLarge:
		e.Kind = TooLarge
	case !ofMatrix || said.Code == "M_UNRECOGNIZED", resp.StatusCode == http.StatusTooManyRequests, resp.StatusCode == http.StatusUnauthorized:
		// A proxy, the limits, or a token that the homeserver does not know yet.
	case resp.StatusCode == http.StatusNotFound, resp.StatusCode == http.StatusGone:
		e.Kind = Vanished
	case resp.StatusCode == http.StatusForbidden:
		e.Kind = Forbidden
	case resp.StatusCode == http.StatusBadGateway, resp.StatusCode == http.StatusGatewayTimeout:
		e.Kind = Absent
	}
	return e
}
