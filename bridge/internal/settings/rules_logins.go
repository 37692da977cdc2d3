package settings

import (
	"errors"

	"ops-jrz1/bridge/internal/secret"
	"ops-jrz1/bridge/internal/yamltree"
)

// checkLogins judges what is said about the declared logins.
func (a *assembly) checkLogins(c *Config) {
	files := map[string]string{} // by path, the key that names it
	for i, login := range c.Network.Logins {
		at := yamltree.Element("network.logins", i)
		a.checkOwner(c, at, login)
		for _, each := range []struct{ key, file string }{
			{yamltree.Join(at, "bot_token_file"), login.BotTokenFile},
			{yamltree.Join(at, "app_token_file"), login.AppTokenFile},
		} {
			a.checkTokenFile(each.key, each.file, files)
		}
	}
}

func (a *assembly) checkOwner(c *Config, at string, login Login) {
	switch {
	case login.Owner == "":
		a.complain(yamltree.Join(at, "owner"), "is missing", "write the Matrix id of the person whom the login belongs to")
	case !c.Bridge.Permissions.Get(login.Owner).Login:
		a.complain(yamltree.Join(at, "owner"), string(login.Owner)+" is not allowed to log in",
			`give them the level user or admin in bridge.permissions`)
	}
}

// checkTokenFile notes a missing key, and a file that is named twice.
func (a *assembly) checkTokenFile(key, file string, seen map[string]string) {
	if file == "" {
		a.complain(key, "is missing", "write the path of a file that holds the token")
		return
	}
	if before, twice := seen[file]; twice {
		a.complain(key, "is the file of "+before+" as well", "give each token a file of its own, each login its tokens")
		return
	}
	seen[file] = key
}

// checkTokens looks into the files of the declared logins, and notes unreadable
// ones, tokens of the wrong kind and a token that another login has as well.
// Missing and empty files are no mistakes: the bridge starts and says what it waits
// for.
func (a *assembly) checkTokens(c *Config) {
	seen := map[string]string{} // by token, the key of its file
	for i, login := range c.Network.Logins {
		a.checkTokensOf(yamltree.Element("network.logins", i), login, seen)
	}
}

func (a *assembly) checkTokensOf(at string, login Login, seen map[string]string) {
	for _, each := range []struct{ key, file, prefix, kind string }{
		{yamltree.Join(at, "bot_token_file"), login.BotTokenFile, botPrefix, "bot token"},
		{yamltree.Join(at, "app_token_file"), login.AppTokenFile, appPrefix, "app-level token"},
	} {
		if each.file == "" {
			continue
		}
		token, err := readToken(each.file, each.prefix, each.kind)
		if err != nil {
			a.complain(each.key, err.Error(), tokenCure(err, each.prefix))
			continue
		}
		if before, twice := seen[token.Reveal()]; twice && !token.Empty() {
			a.complain(each.key, each.file+" holds the token of "+before+" as well", "remove one of the two logins")
		}
		seen[token.Reveal()] = each.key
	}
}

// tokenCure is what to do about an error of readToken.
func tokenCure(err error, prefix string) string {
	var wrong *wrongTokenError
	if errors.As(err, &wrong) {
		return tokenSource(prefix)
	}
	return "make it a file that the bridge's user can read"
}

// wrongTokenError says that a file holds something else than the token that belongs
// there.
type wrongTokenError struct{ text string }

func (e *wrongTokenError) Error() string { return secret.Redact(e.text) }
