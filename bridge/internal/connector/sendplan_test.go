package connector

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"path"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"maunium.net/go/mautrix"
)

// pathsSeen answers every request and notes its path.
func pathsSeen(t *testing.T) (base string, seen *[]string) {
	t.Helper()
	seen = &[]string{}
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		*seen = append(*seen, r.URL.EscapedPath())
	}))
	t.Cleanup(server.Close)
	return server.URL, seen
}

func put(t *testing.T, address string, plan *sendPlan) {
	t.Helper()
	ctx := t.Context()
	if plan != nil {
		ctx = withSendPlan(ctx, plan)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPut, address, nil)
	require.NoError(t, err)
	resp, err := StableTransactions(nil).RoundTrip(req)
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
}

func TestStableTransactions(t *testing.T) {
	base, seen := pathsSeen(t)
	room := base + "/_matrix/client/v3/rooms/" + url.PathEscape("!r:example.org")

	send := func(plan *sendPlan) {
		put(t, room+"/send/m.room.message/random1", plan)
		put(t, room+"/send/m.room.message/random2", plan)
		put(t, room+"/redact/$e/random3", plan)
	}
	names := []string{"send ", "send text-1", "redact "}
	send(newSendPlan("message T1-C1-1.000001", names...))
	send(newSendPlan("message T1-C1-1.000001", names...))
	require.Equal(t, (*seen)[:3], (*seen)[3:], "the same event handled again")
	require.NotEqual(t, (*seen)[0], (*seen)[1], "two parts of one message")
	for _, path := range *seen {
		require.NotContains(t, path, "random")
		require.Contains(t, path, "/rooms/%21r:example.org/", "the room is left as it was escaped")
	}

	send(newSendPlan("message T1-C1-1.000002", names...))
	require.NotEqual(t, (*seen)[0], (*seen)[6], "another message")

	put(t, base+"/_matrix/client/v3/rooms/!next:example.org/send/m.room.message/random1", newSendPlan("message T1-C1-1.000001", names...))
	require.NotEqual(t, path.Base((*seen)[0]), path.Base((*seen)[9]), "another room")
}

func TestStableTransactionsSendOnlyWhatIsMissing(t *testing.T) {
	base, seen := pathsSeen(t)
	address := base + "/_matrix/client/v3/rooms/!r/send/m.room.message/"
	whole := newSendPlan("m", "send ", "send text-1")
	put(t, address+"a", whole)
	put(t, address+"b", whole)
	rest := newSendPlan("m")
	rest.expect([]string{"send text-1"})
	put(t, address+"c", rest)
	require.Equal(t, (*seen)[1], (*seen)[2])
}

func TestStableTransactionsKnowTheClientsOwnRetries(t *testing.T) {
	base, seen := pathsSeen(t)
	address := base + "/_matrix/client/v3/rooms/!r/send/m.room.message/"
	plan := newSendPlan("m", "send ", "send text-1")
	for _, random := range []string{"a", "a", "b"} {
		put(t, address+random, plan)
	}
	require.Equal(t, (*seen)[0], (*seen)[1])
	require.NotEqual(t, (*seen)[1], (*seen)[2])
}

func TestStableTransactionsLeaveTheRest(t *testing.T) {
	base, seen := pathsSeen(t)
	plan := newSendPlan("m", "send ")
	for _, path := range []string{
		"/_matrix/client/v3/rooms/!r/state/m.room.member/@u:example.org",
		"/_matrix/client/v3/profile/@u:example.org/displayname",
	} {
		put(t, base+path, plan)
	}
	put(t, base+"/_matrix/client/v3/rooms/!r/send/m.room.message/random", nil)
	put(t, base+"/_matrix/client/v3/rooms/!r/send/m.room.message/planned", plan)
	put(t, base+"/_matrix/client/v3/rooms/!r/send/m.room.message/beyond", plan)
	require.Equal(t, "/_matrix/client/v3/rooms/!r/state/m.room.member/@u:example.org", (*seen)[0])
	require.Equal(t, "/_matrix/client/v3/profile/@u:example.org/displayname", (*seen)[1])
	require.Equal(t, "/_matrix/client/v3/rooms/!r/send/m.room.message/random", (*seen)[2])
	require.NotContains(t, (*seen)[3], "planned")
	require.Equal(t, "/_matrix/client/v3/rooms/!r/send/m.room.message/beyond", (*seen)[4])
}

// TestSendsAreNotRepeatedByTheClient has a homeserver that accepts a message and is killed
// before it answers.
func TestSendsAreNotRepeatedByTheClient(t *testing.T) {
	for name, planned := range map[string]bool{"a message": true, "anything else": false} {
		t.Run(name, func(t *testing.T) {
			requests := 0
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				if requests++; requests == 1 {
					w.WriteHeader(http.StatusBadGateway)
					return
				}
				_, _ = w.Write([]byte(`{"event_id":"$e"}`))
			}))
			defer server.Close()
			client, err := mautrix.NewClient(server.URL, "@bot:example.com", "token")
			require.NoError(t, err)
			client.DefaultHTTPRetries, client.DefaultHTTPBackoff = 4, time.Millisecond
			ctx := t.Context()
			if planned {
				ctx = withSendPlan(ctx, newSendPlan("m", "send "))
			}
			_, err = client.SendText(ctx, "!room:example.com", "hello")
			require.Equal(t, planned, err != nil)
			require.Equal(t, map[bool]int{true: 1, false: 2}[planned], requests)
		})
	}
}
