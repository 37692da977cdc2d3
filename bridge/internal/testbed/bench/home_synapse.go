package bench

import (
	"context"
	"crypto/rand"
	"fmt"
	"os"
	"sync"
	"time"

	"gopkg.in/yaml.v3"
	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"ops-jrz1/bridge/internal/testbed/homeserver"
)

// synapse is a Synapse with the owner's client, which reads as any client does.
type synapse struct {
	server homeserver.Homeserver
	owner  *mautrix.Client
	// ghost speaks for a person in Slack without the bridge.
	ghost *mautrix.Client
	seen  *arrivals
	stop  context.CancelFunc
	read  sync.WaitGroup

	mu    sync.Mutex
	names map[string]id.RoomID
	err   error
}

func newSynapse(ctx context.Context, config homeserver.Config, venv string, seen *arrivals) (home, error) {
	server, err := homeserver.Synapse(config, venv)
	if err != nil {
		return nil, err
	}
	s := &synapse{server: server, seen: seen, names: map[string]id.RoomID{}}
	if err := server.Start(ctx); err != nil {
		return s, err
	}
	if err := s.login(ctx, config.Registrations[0]); err != nil {
		return s, err
	}
	reading, stop := context.WithCancel(context.WithoutCancel(ctx))
	s.stop = stop
	s.read.Go(func() { s.follow(reading) })
	return s, nil
}

func (s *synapse) login(ctx context.Context, registration string) error {
	password := rand.Text()
	err := s.server.Register(ctx, homeserver.Account{Localpart: ownerID.Localpart(), Password: password})
	if err != nil {
		return err
	}
	if s.owner, err = mautrix.NewClient(s.server.URL(), "", ""); err != nil {
		return fmt.Errorf("log the owner in: %w", err)
	}
	_, err = s.owner.Login(ctx, &mautrix.ReqLogin{
		Type: mautrix.AuthTypePassword, Password: password, StoreCredentials: true,
		Identifier: mautrix.UserIdentifier{Type: mautrix.IdentifierTypeUser, User: ownerID.Localpart()},
	})
	if err != nil {
		return fmt.Errorf("log the owner in: %w", err)
	}
	text, err := os.ReadFile(registration)
	if err != nil {
		return fmt.Errorf("read the registration: %w", err)
	}
	var file struct {
		Token string `yaml:"as_token"`
	}
	if err := yaml.Unmarshal(text, &file); err != nil {
		return fmt.Errorf("read the registration: %w", err)
	}
	s.ghost, err = mautrix.NewClient(s.server.URL(), ghostID(), file.Token)
	if err != nil {
		return fmt.Errorf("speak for a ghost: %w", err)
	}
	s.ghost.SetAppServiceUserID = true
	return nil
}

// follow syncs until ctx ends.
func (s *synapse) follow(ctx context.Context) {
	since := ""
	for ctx.Err() == nil {
		got, err := s.owner.FullSyncRequest(ctx, mautrix.ReqSync{
			Timeout: int((30 * time.Second).Milliseconds()), Since: since, SetPresence: event.PresenceOffline,
			FilterID: `{"room":{"timeline":{"limit":100000}}}`,
		})
		s.mu.Lock()
		if s.err = err; err == nil {
			since = got.NextBatch
			s.take(got)
		}
		s.mu.Unlock()
		if err != nil && ctx.Err() == nil {
			time.Sleep(100 * time.Millisecond)
		}
	}
}

func (s *synapse) take(got *mautrix.RespSync) {
	for room, invited := range got.Rooms.Invite {
		for _, e := range invited.State.Events {
			if e.Type.Type == event.StateRoomName.Type {
				name, _ := e.Content.Raw["name"].(string)
				s.names[name] = room
			}
		}
	}
	for _, in := range got.Rooms.Join {
		for _, e := range in.Timeline.Events {
			if body, ok := e.Content.Raw["body"].(string); ok && e.Type.Type == event.EventMessage.Type && e.Sender != ownerID {
				s.seen.inMatrix(body)
			}
		}
	}
}

func (s *synapse) invited(_ context.Context, name string) (id.RoomID, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.names[name], s.err
}

func (s *synapse) join(ctx context.Context, room id.RoomID) error {
	if _, err := s.owner.JoinRoomByID(ctx, room); err != nil {
		return fmt.Errorf("join %s: %w", room, err)
	}
	return nil
}

func (s *synapse) say(ctx context.Context, room id.RoomID, text string) error {
	_, err := s.owner.SendText(ctx, room, text)
	return err
}

// raw sends as a ghost what the bridge would send.
func (s *synapse) raw(ctx context.Context, room id.RoomID, text string) error {
	_, err := s.ghost.SendText(ctx, room, text)
	return err
}

func (s *synapse) close() error {
	if s.stop != nil {
		s.stop()
		s.read.Wait()
	}
	if s.server.Process() == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	return s.server.Process().Stop(ctx)
}
