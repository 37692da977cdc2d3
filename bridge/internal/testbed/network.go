package testbed

import (
	"net/http"
	"strings"

	"maunium.net/go/mautrix/id"

	"ops-jrz1/bridge/internal/testbed/proxy"
)

// InRoom matches requests about one room: its messages, its state, its members
// (Matrix spec: "Client-Server API", the paths under /rooms and /join).
func InRoom(room id.RoomID) proxy.Match {
	return func(r *http.Request) bool { return strings.Contains(r.URL.Path, "/"+room.String()) }
}

// CreatesRoom matches requests for a new room (Matrix spec: "createRoom").
func CreatesRoom(r *http.Request) bool { return strings.HasSuffix(r.URL.Path, "/createRoom") }

// Calls matches calls of a method of Slack's Web API.
func Calls(method string) proxy.Match {
	return func(r *http.Request) bool { return r.URL.Path == "/api/"+method }
}

// Delivers matches the homeserver's deliveries of events to the bridge (Matrix
// spec: "Application Service API", transactions).
func Delivers(r *http.Request) bool {
	return strings.HasPrefix(r.URL.Path, "/_matrix/app/v1/transactions/")
}

// AwaitHit waits until a fault has hit a request.
func (b *Bed) AwaitHit(fault *proxy.Fault) {
	b.t.Helper()
	b.Await("the fault to hit a request", func() bool { return fault.Hits() > 0 })
}
