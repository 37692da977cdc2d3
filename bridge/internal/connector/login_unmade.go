package connector

import (
	"slices"
	"sync"

	"maunium.net/go/mautrix/bridgev2"
	"maunium.net/go/mautrix/id"

	"ops-jrz1/bridge/internal/settings"
)

// Unmade is a login of network.logins that could not be made yet.
type Unmade struct {
	// BotTokenFile tells it from the others.
	BotTokenFile string
	Owner        id.UserID
	// Why says why it does not work, and what to do; it is empty while that is not known.
	Why string
}

// unmade are why declared logins could not be made, by their bot token files.
type unmade struct {
	mu  sync.Mutex
	why map[string]string
}

// begin notes that a login is still to be made.
func (u *unmade) begin(file string) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.why == nil {
		u.why = map[string]string{}
	}
	u.why[file] = ""
}

// because notes why a login cannot be made, if it is still to be.
func (u *unmade) because(file, why string) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if _, waits := u.why[file]; waits {
		u.why[file] = why
	}
}

// end notes that a login is made, or logged out.
func (u *unmade) end(file string) {
	u.mu.Lock()
	defer u.mu.Unlock()
	delete(u.why, file)
}

func (u *unmade) of(file string) (why string, waits bool) {
	u.mu.Lock()
	defer u.mu.Unlock()
	why, waits = u.why[file]
	return why, waits
}

// Unmade returns the declared logins that could not be made. Of one that was made earlier, for the
// same owner, its own status says what is wrong.
func (c *Connector) Unmade() (list []Unmade) {
	for _, declared := range c.options.Network.Logins {
		if why, waits := c.unmade.of(declared.BotTokenFile); waits && !c.isMade(declared) {
			list = append(list, Unmade{declared.BotTokenFile, declared.Owner, why})
		}
	}
	return list
}

// DeclaredOwner returns the owner of the entry of network.logins with this bot token file, or ""
// if there is no such entry.
func (c *Connector) DeclaredOwner(botTokenFile string) id.UserID {
	for _, declared := range c.options.Network.Logins {
		if declared.BotTokenFile == botTokenFile {
			return declared.Owner
		}
	}
	return ""
}

// isMade says whether the owner of an entry has its login.
func (c *Connector) isMade(declared settings.Login) bool {
	return slices.ContainsFunc(c.bridge.GetAllCachedUserLogins(), func(login *bridgev2.UserLogin) bool {
		meta, ok := login.Metadata.(*LoginMetadata)
		return ok && meta.DeclaredBy == declared.BotTokenFile && login.UserMXID == declared.Owner
	})
}
