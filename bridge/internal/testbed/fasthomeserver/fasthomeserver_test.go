package fasthomeserver_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"gopkg.in/yaml.v3"
	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"ops-jrz1/bridge/internal/testbed/fasthomeserver"
	"ops-jrz1/bridge/internal/testbed/homeserver"
	"ops-jrz1/bridge/internal/testbed/ports"
)

const (
	bot   id.UserID = "@bot:fast.test"
	ghost id.UserID = "@ghost_ann:fast.test"
	owner id.UserID = "@owner:fast.test"
)

// appservice remembers what it receives; it refuses as often as it is told to.
type appservice struct {
	mu     sync.Mutex
	refuse int
	// tried are the numbers of all transactions, events the events of accepted ones.
	tried  []string
	events []fasthomeserver.Event
}

func (a *appservice) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	a.mu.Lock()
	defer a.mu.Unlock()
	number, transaction := strings.CutPrefix(r.URL.Path, "/_matrix/app/v1/transactions/")
	switch {
	case r.Header.Get("Authorization") != "Bearer hs-secret":
		w.WriteHeader(http.StatusForbidden)
	case transaction:
		a.tried = append(a.tried, number)
		if a.refuse > 0 {
			a.refuse--
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		var body struct {
			Events []fasthomeserver.Event `json:"events"`
		}
		if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		a.events = append(a.events, body.Events...)
	}
}

func (a *appservice) bodies() (all []string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, e := range a.events {
		if e.Type == event.EventMessage.Type {
			var content event.MessageEventContent
			if json.Unmarshal(e.Content, &content) == nil {
				all = append(all, content.Body)
			}
		}
	}
	return all
}

// start makes a homeserver with an appservice and returns clients of the bot and
// of the ghost, which is not registered.
func start(t *testing.T) (server *fasthomeserver.Server, service *appservice, botClient, ghostClient *mautrix.Client) {
	t.Helper()
	service = &appservice{}
	web := httptest.NewServer(service)
	t.Cleanup(web.Close)
	registration, err := yaml.Marshal(map[string]any{
		"id": "fast", "url": web.URL, "as_token": "as-secret", "hs_token": "hs-secret", "sender_localpart": "bot",
		"namespaces": map[string]any{"users": []any{map[string]any{"regex": `^@ghost_.*:fast\.test$`, "exclusive": true}}},
	})
	require.NoError(t, err)
	path := filepath.Join(t.TempDir(), "registration.yaml")
	require.NoError(t, os.WriteFile(path, registration, 0o600))
	port, err := ports.Reserve()
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, port.Release()) })
	server, err = fasthomeserver.New(homeserver.Config{ServerName: "fast.test", Port: port.Port, Registrations: []string{path}})
	require.NoError(t, err)
	require.NoError(t, server.Register(t.Context(), homeserver.Account{Localpart: "owner", Password: "a long password"}))
	require.NoError(t, server.Start(t.Context()))
	t.Cleanup(func() { require.NoError(t, server.Stop()) })
	return server, service, client(t, server, "", "as-secret"), client(t, server, ghost, "as-secret")
}

func client(t *testing.T, server *fasthomeserver.Server, user id.UserID, token string) *mautrix.Client {
	t.Helper()
	c, err := mautrix.NewClient(server.URL(), user, token)
	require.NoError(t, err)
	c.SetAppServiceUserID = user != ""
	c.DefaultHTTPRetries = 0
	return c
}

func register(t *testing.T, botClient *mautrix.Client, localpart string) {
	t.Helper()
	_, _, err := botClient.Register(t.Context(), &mautrix.ReqRegister[any]{
		Username: localpart, Type: mautrix.AuthTypeAppservice, InhibitLogin: true,
	})
	require.NoError(t, err)
}

func TestTokensAndNamespaces(t *testing.T) {
	server, _, botClient, ghostClient := start(t)
	_, err := client(t, server, "", "").Whoami(t.Context())
	require.ErrorIs(t, err, mautrix.MMissingToken)
	_, err = client(t, server, "", "another").Whoami(t.Context())
	require.ErrorIs(t, err, mautrix.MUnknownToken)
	who, err := botClient.Whoami(t.Context())
	require.NoError(t, err)
	require.Equal(t, bot, who.UserID)

	_, err = client(t, server, owner, "as-secret").Whoami(t.Context())
	require.ErrorContains(t, err, "cannot masquerade", "people are not the appservice's")
	_, err = ghostClient.Whoami(t.Context())
	require.ErrorContains(t, err, "has not registered this user")
	_, _, err = botClient.Register(t.Context(), &mautrix.ReqRegister[any]{Username: "stranger", Type: mautrix.AuthTypeAppservice})
	require.ErrorIs(t, err, mautrix.MExclusive)
	register(t, botClient, "ghost_ann")
	who, err = ghostClient.Whoami(t.Context())
	require.NoError(t, err)
	require.Equal(t, ghost, who.UserID)
	_, _, err = botClient.Register(t.Context(), &mautrix.ReqRegister[any]{Username: "ghost_ann", Type: mautrix.AuthTypeAppservice})
	require.ErrorIs(t, err, mautrix.MUserInUse)
}

func TestMembershipAndPower(t *testing.T) {
	server, _, botClient, ghostClient := start(t)
	register(t, botClient, "ghost_ann")
	room, err := botClient.CreateRoom(t.Context(), &mautrix.ReqCreateRoom{Name: "kept", Invite: []id.UserID{owner}})
	require.NoError(t, err)
	require.Equal(t, room.RoomID, server.RoomOf(owner, "kept"))
	require.Empty(t, server.RoomOf(ghost, "kept"), "it is not invited")

	_, err = ghostClient.SendText(t.Context(), room.RoomID, "not in it")
	require.ErrorIs(t, err, mautrix.MForbidden)
	_, err = ghostClient.JoinRoomByID(t.Context(), room.RoomID)
	require.ErrorIs(t, err, mautrix.MForbidden, "it is not invited")
	_, err = botClient.InviteUser(t.Context(), room.RoomID, &mautrix.ReqInviteUser{UserID: ghost})
	require.NoError(t, err)
	_, err = ghostClient.JoinRoomByID(t.Context(), room.RoomID)
	require.NoError(t, err)
	_, err = ghostClient.SendText(t.Context(), room.RoomID, "in it")
	require.NoError(t, err)
	_, err = ghostClient.SendStateEvent(t.Context(), room.RoomID, event.StateTopic, "", &event.TopicEventContent{Topic: "mine"})
	require.ErrorIs(t, err, mautrix.MForbidden, "state needs 50")
	_, err = ghostClient.KickUser(t.Context(), room.RoomID, &mautrix.ReqKickUser{UserID: bot})
	require.ErrorIs(t, err, mautrix.MForbidden)
	_, err = botClient.KickUser(t.Context(), room.RoomID, &mautrix.ReqKickUser{UserID: ghost})
	require.NoError(t, err)
	_, err = ghostClient.SendText(t.Context(), room.RoomID, "out of it")
	require.ErrorIs(t, err, mautrix.MForbidden)
	require.Equal(t, 1, server.Members(room.RoomID), "the owner is only invited")
}

func TestARepeatedSendIsOneEvent(t *testing.T) {
	server, _, botClient, _ := start(t)
	room, err := botClient.CreateRoom(t.Context(), &mautrix.ReqCreateRoom{})
	require.NoError(t, err)
	var seen int
	server.Watch(func(e fasthomeserver.Event) {
		if e.Type == event.EventMessage.Type {
			seen++
		}
	})
	content := &event.MessageEventContent{MsgType: event.MsgText, Body: "once"}
	first, err := botClient.SendMessageEvent(t.Context(), room.RoomID, event.EventMessage, content, mautrix.ReqSendEvent{TransactionID: "t1"})
	require.NoError(t, err)
	again, err := botClient.SendMessageEvent(t.Context(), room.RoomID, event.EventMessage, content, mautrix.ReqSendEvent{TransactionID: "t1"})
	require.NoError(t, err)
	require.Equal(t, first.EventID, again.EventID)
	require.Equal(t, 1, seen)
}

// TestTransactions sends messages to a bridged room, while the appservice refuses and
// while the homeserver is stopped.
func TestTransactions(t *testing.T) {
	server, service, botClient, _ := start(t)
	room, err := botClient.CreateRoom(t.Context(), &mautrix.ReqCreateRoom{Invite: []id.UserID{owner}})
	require.NoError(t, err)
	require.NoError(t, server.JoinRoom(owner, room.RoomID))
	say := func(text string) {
		_, err := server.Say(owner, room.RoomID, event.EventMessage.Type, &event.MessageEventContent{MsgType: event.MsgText, Body: text})
		require.NoError(t, err)
	}
	arrived := func(want ...string) {
		t.Helper()
		require.Eventually(t, func() bool { return len(service.bodies()) >= len(want) }, time.Minute, time.Millisecond)
		require.Equal(t, want, service.bodies())
		// What the homeserver has not seen accepted comes again.
		require.Eventually(t, func() bool { return server.Waiting() == 0 }, time.Minute, time.Millisecond)
	}
	say("one")
	arrived("one")

	service.mu.Lock()
	service.refuse, service.tried = 1, nil
	service.mu.Unlock()
	say("two")
	arrived("one", "two")
	service.mu.Lock()
	require.Len(t, service.tried, 2)
	require.Equal(t, service.tried[0], service.tried[1], "it comes again under its number")
	service.mu.Unlock()

	require.NoError(t, server.Stop())
	say("three")
	require.NoError(t, server.Start(t.Context()))
	arrived("one", "two", "three")
}

func TestPing(t *testing.T) {
	_, _, botClient, _ := start(t)
	_, err := botClient.AppservicePing(t.Context(), "fast", "txn")
	require.NoError(t, err)
	_, err = botClient.AppservicePing(t.Context(), "another", "txn")
	require.ErrorIs(t, err, mautrix.MForbidden)
}

func TestMessages(t *testing.T) {
	_, _, botClient, _ := start(t)
	room, err := botClient.CreateRoom(t.Context(), &mautrix.ReqCreateRoom{})
	require.NoError(t, err)
	for _, text := range []string{"one", "two", "three"} {
		_, err := botClient.SendText(t.Context(), room.RoomID, text)
		require.NoError(t, err)
	}
	newest, err := botClient.Messages(t.Context(), room.RoomID, "", "", mautrix.DirectionBackward, nil, 2)
	require.NoError(t, err)
	require.Equal(t, []string{"three", "two"}, texts(t, newest.Chunk))
	forward, err := botClient.Messages(t.Context(), room.RoomID, newest.End, "", mautrix.DirectionForward, nil, 10)
	require.NoError(t, err)
	require.Equal(t, []string{"two", "three"}, texts(t, forward.Chunk))
	require.Empty(t, forward.End, "there is no more")
}

func texts(t *testing.T, events []*event.Event) (all []string) {
	t.Helper()
	for _, e := range events {
		require.NoError(t, e.Content.ParseRaw(e.Type))
		all = append(all, e.Content.AsMessage().Body)
	}
	return all
}

func TestWhatIsNotKnownIsAnErrorAndNamed(t *testing.T) {
	server, _, botClient, _ := start(t)
	_, err := botClient.SyncRequest(t.Context(), 0, "", "", false, event.PresenceOffline)
	require.ErrorIs(t, err, mautrix.MUnrecognized)
	require.Equal(t, []string{"GET /_matrix/client/v3/sync"}, server.Unknown())
}

func TestLogin(t *testing.T) {
	server, _, _, _ := start(t)
	c := client(t, server, "", "")
	request := &mautrix.ReqLogin{
		Type: mautrix.AuthTypePassword, Password: "wrong", StoreCredentials: true,
		Identifier: mautrix.UserIdentifier{Type: mautrix.IdentifierTypeUser, User: "owner"},
	}
	_, err := c.Login(t.Context(), request)
	require.ErrorIs(t, err, mautrix.MForbidden)
	request.Password = "a long password"
	_, err = c.Login(t.Context(), request)
	require.NoError(t, err)
	who, err := c.Whoami(t.Context())
	require.NoError(t, err)
	require.Equal(t, owner, who.UserID)
}
