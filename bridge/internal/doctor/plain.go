package doctor

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/url"
	"syscall"
)

// plainHTTP says in a few words why a request got no answer.
func plainHTTP(err error) string {
	var dnsErr *net.DNSError
	var urlErr *url.Error
	var opErr *net.OpError
	var recordErr tls.RecordHeaderError
	switch {
	case errors.Is(err, syscall.ECONNREFUSED):
		return "connection refused"
	case errors.Is(err, context.DeadlineExceeded):
		return "no answer in time"
	case errors.As(err, &dnsErr):
		return "no address is known for " + dnsErr.Name
	case errors.As(err, &recordErr):
		return "no TLS is spoken there"
	case errors.Is(err, syscall.ECONNRESET), errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return "the connection was closed"
	case errors.As(err, &opErr):
		return opErr.Op + ": " + opErr.Err.Error()
	case errors.As(err, &urlErr):
		return urlErr.Err.Error()
	default:
		return err.Error()
	}
}
