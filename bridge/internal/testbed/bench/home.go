package bench

import (
	"context"
	"encoding/json"
	"fmt"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"ops-jrz1/bridge/internal/testbed/fasthomeserver"
	"ops-jrz1/bridge/internal/testbed/homeserver"
)

// home is a homeserver with the owner in it.
type home interface {
	// invited returns the room of a name that the owner is invited to or in, or "".
	invited(ctx context.Context, name string) (id.RoomID, error)
	join(ctx context.Context, room id.RoomID) error
	// say has the owner write.
	say(ctx context.Context, room id.RoomID, text string) error
	// close stops it, and returns an error if it got a request that it does not support.
	close() error
}

// fast is a homeserver that answers at once.
type fast struct{ *fasthomeserver.Server }

func newFast(ctx context.Context, config homeserver.Config, seen *arrivals) (home, error) {
	server, err := fasthomeserver.New(config)
	if err != nil {
		return nil, err
	}
	if err := server.Register(ctx, homeserver.Account{Localpart: ownerID.Localpart(), Password: "unused"}); err != nil {
		return nil, err
	}
	server.Watch(func(e fasthomeserver.Event) {
		if e.Type == "m.room.message" && e.Sender != ownerID {
			var content struct {
				Body string `json:"body"`
			}
			if json.Unmarshal(e.Content, &content) == nil {
				seen.inMatrix(content.Body)
			}
		}
	})
	return fast{server}, server.Start(ctx)
}

func (f fast) invited(_ context.Context, name string) (id.RoomID, error) {
	return f.RoomOf(ownerID, name), nil
}

func (f fast) join(_ context.Context, room id.RoomID) error { return f.JoinRoom(ownerID, room) }

func (f fast) say(_ context.Context, room id.RoomID, text string) error {
	_, err := f.Say(ownerID, room, "m.room.message", event.MessageEventContent{MsgType: event.MsgText, Body: text})
	return err
}

func (f fast) close() error {
	err := f.Stop()
	if unknown := f.Unknown(); len(unknown) > 0 && err == nil {
		err = fmt.Errorf("the bridge sent requests that the homeserver of the bench does not support: %q", unknown)
	}
	return err
}
