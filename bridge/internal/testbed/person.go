package testbed

import (
	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/id"

	"ops-jrz1/bridge/internal/testbed/stack"
	"ops-jrz1/bridge/internal/testbed/timeline"
)

// Person has a Matrix account and a plain client. The verbs to act
// are in say.go, those to look in see.go.
type Person struct {
	UserID id.UserID
	// Client is for what the verbs do not cover.
	Client *mautrix.Client

	bed      *Bed
	password string
	timeline *timeline.Timeline
}

// ServerName is the part after the colon of every Matrix id.
const ServerName = stack.ServerName

// OwnerID is the Matrix person whom the declared login belongs to.
const OwnerID id.UserID = "@owner:" + ServerName

// BotID is the bridge's own user.
const BotID id.UserID = "@slackbot:" + ServerName

// MustRegister makes an account and logs in with it.
func (b *Bed) MustRegister(localpart string) *Person {
	b.t.Helper()
	account, err := b.stack.Register(b.ctx, localpart)
	b.must(err)
	b.secrets = append(b.secrets, account.Client.AccessToken)
	p := &Person{
		bed: b, UserID: account.Client.UserID, Client: account.Client, password: account.Password,
		timeline: timeline.Follow(account.Client),
	}
	b.people = append(b.people, p)
	return p
}
