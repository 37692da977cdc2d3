package matrixin

import (
	"io"
	"net/http"
	"sync"
	"time"
)

// withinTime ends requests whose body comes too slowly. http.Server.ReadTimeout
// cannot be used for it: when it runs out while a handler works on a body that
// was read long ago, it cancels the request, and provisioning has requests that
// wait for minutes.
func withinTime(next http.Handler, limit time.Duration) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Body != nil && r.Body != http.NoBody {
			conn := http.NewResponseController(w)
			if conn.SetReadDeadline(time.Now().Add(limit)) == nil {
				r.Body = &timedBody{ReadCloser: r.Body, atEnd: sync.OnceFunc(func() { _ = conn.SetReadDeadline(time.Time{}) })}
			}
		}
		next.ServeHTTP(w, r)
	})
}

// timedBody calls atEnd when the body was read to its end.
type timedBody struct {
	io.ReadCloser
	atEnd func()
}

// Read implements io.Reader.
func (b *timedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if err == io.EOF {
		b.atEnd()
	}
	return n, err
}
