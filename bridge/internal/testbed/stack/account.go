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
	account := &Account{Password: rand.Text()}
	err := s.Homeserver.Register(ctx, homeserver.Account{Localpart: localpart, Password: account.Password})
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
