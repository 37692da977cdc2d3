package app

import (
	"io"
	"net/http"
	"strings"
)

// pingOnce answers the framework's own appservice ping, since ours has just
// succeeded. After a ping Synapse hands over at once what it has kept for the
// bridge, and until that is taken it fails a second ping; but it is taken only
// when the framework has started, so that each would wait for the other.
type pingOnce struct{ next http.RoundTripper }

// RoundTrip implements http.RoundTripper.
func (p pingOnce) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.Method != http.MethodPost || !isPing(req.URL.Path) {
		return p.next.RoundTrip(req)
	}
	if req.Body != nil {
		if err := req.Body.Close(); err != nil {
			return nil, err
		}
	}
	return &http.Response{
		Status: "200 OK", StatusCode: http.StatusOK,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header:  http.Header{"Content-Type": {"application/json"}},
		Body:    io.NopCloser(strings.NewReader(`{"duration_ms":0}`)),
		Request: req,
	}, nil
}

// isPing says whether path is …/appservice/{id}/ping (Matrix specification,
// Application Service API: "Pinging").
func isPing(path string) bool {
	parts := strings.Split(path, "/")
	return len(parts) >= 3 && parts[len(parts)-1] == "ping" && parts[len(parts)-3] == "appservice"
}
