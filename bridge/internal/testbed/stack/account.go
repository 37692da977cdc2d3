package stack

import (
	"context"
	"crypto/rand"
	"fmt"

	"maunium.net/go/mautrix"

	"ops-jrz1/bridge/internal/testbed/homeserver"
)

// Account is a Matrix person with a client that is logged in.
type Account struct {
	Client   *mautrix.Client
	Password string
}

// Register makes an account on the homeserver and logs in with it.
func (s *Stack) Register(ctx context.Context, localpart string) (*Account, error) {
	return s.register(ctx, homeserver.Account{Localpart: localpart})
}

// RegisterAdmin is Register for an administrator of the homeserver, which Synapse can
// have any number of.
func (s *Stack) RegisterAdmin(ctx context.Context, localpart string) (*Account, error) {
	return s.register(ctx, homeserver.Account{Localpart: localpart, Admin: true})
}

func (s *Stack) register(ctx context.Context, of homeserver.Account) (*Account, error) {
	account, localpart := &Account{Password: rand.Text()}, of.Localpart
	of.Password = account.Password
	err := s.Homeserver.Register(ctx, of)
	if err != nil {
		return nil, err
	}
	if account.Client, err = mautrix.NewClient(s.Homeserver.URL(), "", ""); err != nil {
		return nil, fmt.Errorf("log in as %s: %w", localpart, err)
	}
	_, err = account.Client.Login(ctx, &mautrix.ReqLogin{
		Type: mautrix.AuthTypePassword, Password: account.Password, StoreCredentials: true,
		Identifier: mautrix.UserIdentifier{Type: mautrix.IdentifierTypeUser, User: localpart},
	})
	if err != nil {
		return nil, fmt.Errorf("log in as %s: %w", localpart, err)
	}
	return account, nil
}
