package settings

import (
	"math"
	"path"
	"strconv"
	"strings"
	"time"

	"maunium.net/go/mautrix/id"
)

// fault is what is wrong with a value, and the cure. The zero value means no fault.
type fault struct{ what, cure string }

// The checks of single values. The table says which key has which.

func require(good bool, what, cure string) fault {
	if good {
		return fault{}
	}
	return fault{what, cure}
}

func optional(check func(string) fault) func(string) fault {
	return func(value string) fault {
		if value == "" {
			return fault{}
		}
		return check(value)
	}
}

func oneOf(allowed ...string) func(string) fault {
	return func(value string) fault {
		for _, each := range allowed {
			if value == each {
				return fault{}
			}
		}
		return fault{"has a value that is not known", "write " + strings.Join(allowed, " or ")}
	}
}

func atLeast(low int64) func(string) fault { return between(low, math.MaxInt64) }

func between(low, high int64) func(string) fault {
	cure := "write a number of at least " + strconv.FormatInt(low, 10)
	if high < math.MaxInt32 {
		cure = "write a number from " + strconv.FormatInt(low, 10) + " to " + strconv.FormatInt(high, 10)
	}
	return func(value string) fault {
		number, err := strconv.ParseInt(value, 0, 64)
		return require(err == nil && number >= low && number <= high, "is outside of what is possible", cure)
	}
}

func isTimeScale(value string) fault {
	scale, err := strconv.ParseFloat(value, 64)
	return require(err == nil && scale > 0 && scale <= 1, "is outside of what is possible", "write a number above 0, at most 1")
}

func isDuration(value string) fault {
	duration, err := time.ParseDuration(value)
	return require(err == nil && duration >= 0, "is no length of time", "write it like 60s, 10m or 1h30m")
}

func isServerName(value string) fault {
	return require(id.ValidateServerName(value), "is no server name", "write the part of your users' ids behind the colon")
}

// isPuppetServer is isServerName for the servers of other people.
func isPuppetServer(value string) fault {
	return require(id.ValidateServerName(value), "is no server name", "write the part of the users' ids behind the colon")
}

func isUserID(value string) fault {
	return require(validUserID(value), "is no Matrix id", `write it whole, such as "@you:your.server"`)
}

func validUserID(value string) bool {
	_, _, err := id.UserID(value).ParseAndValidateRelaxed()
	return err == nil
}

// isUserOrServer judges a key of bridge.permissions.
func isUserOrServer(name string) fault {
	good := name == "*" || validUserID(name) || !strings.HasPrefix(name, "@") && id.ValidateServerName(name)
	return require(good, "names no one", `write a Matrix id such as "@you:your.server", a server's name, or "*"`)
}

func isPattern(value string) fault {
	_, err := path.Match(value, "")
	return require(err == nil && value != "", "is no pattern", "write a name or an id, with *, ? or [a-z] for what may differ")
}

func isChannelName(value string) fault {
	return require(value != "" && !strings.ContainsAny(value, " *?["), "is no channel", "write one channel's name or id")
}

func isChannelNameOrEmpty(value string) fault {
	if value == "" {
		return fault{}
	}
	return isChannelName(value)
}

func isRoom(value string) fault {
	_, server, found := strings.Cut(value, ":")
	isID := strings.HasPrefix(value, "!") && len(value) > 1
	isAlias := strings.HasPrefix(value, "#") && found && id.ValidateServerName(server)
	return require((isID || isAlias) && !strings.ContainsAny(value, " \t\r\n"), "is no room", `write the room's id, such as "!abc:your.server", or its address, such as "#plans:your.server"`)
}

func isOneWord(value string) fault {
	return require(value != "" && !strings.ContainsAny(value, " \t\r\n"), "must be one word", "write it like !slack")
}

func isID(value string) fault {
	other := func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && !strings.ContainsRune("._-", r)
	}
	return require(value != "" && !strings.ContainsFunc(value, other), "is no id", "write letters, digits, and ._- only")
}

func isLocalpart(value string) fault {
	return require(id.ValidateUserLocalpart(value) == nil, "is no localpart of a Matrix id", "write lower-case letters, digits, and ._=/+- only")
}

func isAvatar(value string) fault {
	_, err := id.ParseContentURI(value)
	return require(value == "" || value == "remove" || err == nil, "is no Matrix media address", "write mxc://server/id, remove, or nothing")
}

func isSocketPath(value string) fault {
	return require(!strings.ContainsRune(value, 0) && !strings.HasSuffix(value, "/"),
		"is no path of a file", "write the path of the socket, not of its folder, or nothing")
}

func isVerificationLevel(value string) fault {
	return oneOf("unverified", "cross-signed-untrusted", "cross-signed-tofu", "cross-signed-verified", "verified")(value)
}

// minSecret is the length of the shortest secret that is taken.
const minSecret = 16

func isToken(value string) fault {
	unprintable := func(r rune) bool { return r <= ' ' || r > '~' }
	return require(isGeneratePlaceholder(value) || len(value) >= minSecret && !strings.ContainsFunc(value, unprintable),
		"must be at least 16 characters without spaces", "write `generate` and run `slack-bridge config render`")
}

func isSharedSecret(value string) fault {
	return require(isGeneratePlaceholder(value) || value == "disable" || len(value) >= minSecret,
		"must be at least 16 characters, or disable", "write `generate` and run `slack-bridge config render`")
}
