package connector

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/appservice"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"
)

// passed counts the requests that it is handed.
type passed int

func (p *passed) RoundTrip(*http.Request) (*http.Response, error) {
	*p++
	return &http.Response{StatusCode: http.StatusTeapot, Body: http.NoBody}, nil
}

// TestWhoIsLetIn has the framework bring several users into rooms of each kind.
func TestWhoIsLetIn(t *testing.T) {
	w := newWorld(t)
	aWorkspace(w)
	w.session()
	_, err := w.slack.startChat(t.Context(), w.user("@ann:test"), []string{"@alice"})
	require.NoError(t, err)
	direct, channel, filled := w.direct("D1"), w.room().MXID, w.roomOf("C2").MXID
	w.client.backfills.put("C2", backfillState{})
	const ann, owner, ghost = `{"user_id":"@ann:test"}`, `{"user_id":"@owner:test"}`, `{"user_id":"@slack_t1-u0alice:test"}`
	const asState, invited = "state/m.room.member/@owner:test", `{"membership":"invite"}`
	for name, tc := range map[string]struct {
		room       id.RoomID
		what, body string
		passes     bool
		answer     string
	}{
		"the holder of a direct conversation":  {room: direct, what: "invite", body: ann, passes: true},
		"the login's owner, who does not hold": {room: direct, what: "invite", body: owner, answer: "already in the room"},
		"the owner, by an event":               {room: direct, what: asState, body: invited, answer: "does not let"},
		"the owner, who is removed":            {room: direct, what: asState, body: `{"membership":"leave"}`, passes: true},
		"a ghost":                              {room: direct, what: "invite", body: ghost, passes: true},
		"the owner, into a channel's room":     {room: channel, what: "invite", body: owner, passes: true},
		"a person as themselves":               {room: channel, what: "join", body: `{}`, passes: true},
		"the owner, while it is filled":        {room: filled, what: "invite", body: owner, answer: "already in the room"},
		"the owner by an event, meanwhile":     {room: filled, what: asState, body: invited, answer: "does not let"},
		"a person as themselves, meanwhile":    {room: filled, what: "join", body: `{}`, answer: `"!nowhere"`},
		"the owner as themselves, meanwhile":   {room: filled, what: "join?user_id=@owner:test", body: `{}`, answer: `"!nowhere"`},
		"a ghost, meanwhile":                   {room: filled, what: "join?user_id=@slack_t1-u0alice:test", body: `{}`, passes: true},
		"no room of ours":                      {room: "!other:test", what: "invite", body: owner, passes: true},
		"what is no request":                   {room: direct, what: "invite", body: `[]`, passes: true},
		"another request":                      {room: filled, what: "send/m.room.message/1", body: owner, passes: true},
	} {
		t.Run(name, func(t *testing.T) {
			var through passed
			method := http.MethodPost
			if strings.HasPrefix(tc.what, "state") {
				method = http.MethodPut
			}
			address := "http://home/_matrix/client/v3/rooms/" + strings.ReplaceAll(tc.room.String(), "!", "%21") + "/" + tc.what
			request, err := http.NewRequestWithContext(t.Context(), method, address, strings.NewReader(tc.body))
			require.NoError(t, err)
			answer, err := w.slack.GuardRooms(&through).RoundTrip(request)
			require.NoError(t, err)
			text, err := io.ReadAll(answer.Body)
			require.NoError(t, err)
			require.NoError(t, answer.Body.Close())
			require.Equal(t, tc.passes, through == 1)
			require.Contains(t, string(text), tc.answer)
		})
	}
}

// TestWhoIsKeptOutComesInLater has the framework's own users bring a person into a room while
// it is filled, and again when it is: it has not noted that the person is in it.
func TestWhoIsKeptOutComesInLater(t *testing.T) {
	w := newWorld(t)
	room := w.room().MXID
	var asked []string
	service, err := appservice.CreateFull(appservice.CreateOpts{
		Registration:     &appservice.Registration{AppToken: "as", SenderLocalpart: "slackbot"},
		HomeserverDomain: "test", HomeserverURL: "http://home", StateStore: mautrix.NewMemoryStateStore().(appservice.StateStore),
	})
	require.NoError(t, err)
	service.HTTPClient.Transport = w.slack.GuardRooms(answers(func(req *http.Request) string {
		asked = append(asked, req.URL.Path[strings.LastIndex(req.URL.Path, "/")+1:])
		return fmt.Sprintf(`{"room_id":%q}`, room)
	}))
	for _, user := range []id.UserID{"@slackbot:test", owner} {
		require.NoError(t, service.StateStore.MarkRegistered(t.Context(), user))
	}
	require.NoError(t, service.StateStore.SetMembership(t.Context(), room, "@slackbot:test", event.MembershipJoin))
	for name, enter := range map[string]func() error{
		"invite": func() error { return service.BotIntent().EnsureInvited(t.Context(), room, owner) },
		"join":   func() error { return service.Intent(owner).EnsureJoined(t.Context(), room) },
	} {
		require.NoError(t, service.StateStore.SetMembership(t.Context(), room, owner, event.MembershipLeave))
		asked = nil
		w.client.backfills.put(general, backfillState{})
		require.NoError(t, enter())
		require.Empty(t, asked)
		w.client.backfills.put(general, backfillState{Filled: true})
		require.NoError(t, enter())
		require.Equal(t, []string{name}, asked)
	}
}

// answers is a homeserver.
type answers func(*http.Request) string

func (a answers) RoundTrip(req *http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: http.StatusOK, Body: io.NopCloser(strings.NewReader(a(req))), Request: req}, nil
}

// TestALoginThatIsRefusedKeepsNoOneOut has two logins, of which Slack refuses the one that
// fills the room.
func TestALoginThatIsRefusedKeepsNoOneOut(t *testing.T) {
	w := newWorld(t)
	portal := w.room()
	w.client.backfills.put(general, backfillState{})
	require.True(t, w.slack.isBeingFilled(portal))
	w.client.setDead("token_revoked")
	require.True(t, w.slack.isBeingFilled(portal), "no other login lets people in")
	w.loginOf("@second:test", "UBOT2")
	require.False(t, w.slack.isBeingFilled(portal))
}
