// Package matrix is people with Matrix clients who reach a homeserver from the
// world, as everybody does: by its name, over TLS.
package matrix

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"net/http"
	"time"

	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"ops-jrz1/tests/stack/await"
)

// Dial connects to an address from the world.
type Dial func(ctx context.Context, network, address string) (net.Conn, error)

// Browser is an HTTP client that finds every name at one address, trusts roots
// alone and follows no redirect.
func Browser(dial Dial, address string, roots *x509.CertPool) *http.Client {
	return &http.Client{
		Timeout: time.Minute,
		Transport: &http.Transport{
			DialContext: func(ctx context.Context, network, name string) (net.Conn, error) {
				_, port, err := net.SplitHostPort(name)
				if err != nil {
					return nil, err
				}
				return dial(ctx, network, net.JoinHostPort(address, port))
			},
			TLSClientConfig:   &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12},
			ForceAttemptHTTP2: true,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// Person is a user who is logged in.
type Person struct{ client *mautrix.Client }

// Login logs a user in by password.
func Login(ctx context.Context, browser *http.Client, server, name, password string) (*Person, error) {
	client, err := newClient(browser, server)
	if err != nil {
		return nil, err
	}
	_, err = client.Login(ctx, &mautrix.ReqLogin{
		Type: mautrix.AuthTypePassword, Password: password, StoreCredentials: true,
		Identifier: mautrix.UserIdentifier{Type: mautrix.IdentifierTypeUser, User: name},
	})
	if err != nil {
		return nil, fmt.Errorf("log in as %s: %w", name, err)
	}
	return &Person{client}, nil
}

func newClient(browser *http.Client, server string) (*mautrix.Client, error) {
	client, err := mautrix.NewClient("https://"+server, "", "")
	if err != nil {
		return nil, fmt.Errorf("make a client of %s: %w", server, err)
	}
	client.Client = browser
	return client, nil
}

// ID is the person's Matrix id.
func (p *Person) ID() id.UserID { return p.client.UserID }

// Token is the person's access token.
func (p *Person) Token() string { return p.client.AccessToken }

// AwaitInvite waits for an invitation to a room of this name, and joins.
func (p *Person) AwaitInvite(ctx context.Context, name string) (id.RoomID, error) {
	var room id.RoomID
	since := ""
	err := await.Until(ctx, fmt.Sprintf("an invitation to %q", name), func(ctx context.Context) (bool, error) {
		seen, err := p.client.SyncRequest(ctx, 1000, since, "", false, event.PresenceOffline)
		if err != nil {
			return false, err
		}
		since = seen.NextBatch
		for invited, state := range seen.Rooms.Invite {
			for _, evt := range state.State.Events {
				if evt.Type.Type == event.StateRoomName.Type && evt.Content.Raw["name"] == name {
					room = invited
				}
			}
		}
		return room != "", nil
	})
	if err != nil {
		return "", err
	}
	_, err = p.client.JoinRoomByID(ctx, room)
	return room, err
}

// Joined is the room of this name that the person is in, or empty.
func (p *Person) Joined(ctx context.Context, name string) (id.RoomID, error) {
	rooms, err := p.client.JoinedRooms(ctx)
	if err != nil {
		return "", fmt.Errorf("list the rooms of %s: %w", p.client.UserID, err)
	}
	for _, room := range rooms.JoinedRooms {
		var content event.RoomNameEventContent
		if err := p.client.StateEvent(ctx, room, event.StateRoomName, "", &content); err == nil && content.Name == name {
			return room, nil
		}
	}
	return "", nil
}

// Leave leaves a room.
func (p *Person) Leave(ctx context.Context, room id.RoomID) error {
	_, err := p.client.LeaveRoom(ctx, room)
	return err
}

// Send writes a text.
func (p *Person) Send(ctx context.Context, room id.RoomID, text string) error {
	_, err := p.client.SendText(ctx, room, text)
	return err
}

// SetFace gives the person a picture, a PNG, and waits until a room shows it.
func (p *Person) SetFace(ctx context.Context, room id.RoomID, picture []byte) error {
	uploaded, err := p.client.UploadBytes(ctx, picture, "image/png")
	if err != nil {
		return err
	}
	if err := p.client.SetAvatarURL(ctx, uploaded.ContentURI); err != nil {
		return err
	}
	return await.Until(ctx, "the picture of "+p.client.UserID.String(), func(ctx context.Context) (bool, error) {
		var member event.MemberEventContent
		err := p.client.StateEvent(ctx, room, event.StateMember, p.client.UserID.String(), &member)
		return member.AvatarURL == uploaded.ContentURI.CUString(), err
	})
}

// AwaitText waits for a message with exactly this text, and returns who wrote it.
func (p *Person) AwaitText(ctx context.Context, room id.RoomID, text string) (id.UserID, error) {
	var sender id.UserID
	err := await.Until(ctx, fmt.Sprintf("the message %q", text), func(ctx context.Context) (bool, error) {
		page, err := p.client.Messages(ctx, room, "", "", mautrix.DirectionBackward, nil, 50)
		if err != nil {
			return false, err
		}
		for _, evt := range page.Chunk {
			if evt.Type.Type == event.EventMessage.Type && evt.Content.Raw["body"] == text {
				sender = evt.Sender
			}
		}
		return sender != "", nil
	})
	return sender, err
}
