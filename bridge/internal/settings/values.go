package settings

import (
	"math"
	"path"
	"strconv"
	"strings"
	"time"

	"gopkg.in/yaml.v3"
	"maunium.net/go/mautrix/id"

	"ops-jrz1/bridge/internal/logging"
)

// fault is what is wrong with a value, and the cure. The zero value means no fault.
type fault struct{ what, cure string }

// checkValue judges a scalar of the right kind by itself and notes what is wrong.
func (a *assembly) checkValue(file string, s *schema, given *yaml.Node, path string) bool {
	found := valueFault(s.path, given.Value)
	if found.what == "" {
		return true
	}
	a.problem(file, given, path, found.what, found.cure)
	return false
}

// checkKey judges a key of an open map.
func (a *assembly) checkKey(file string, key *yaml.Node, path string) bool {
	found := keyFault(path, key.Value)
	if found.what == "" {
		return true
	}
	a.problem(file, key, join(path, key.Value), found.what, found.cure)
	return false
}

func keyFault(path, key string) fault {
	switch path {
	case "bridge.permissions":
		if key == "*" || validUserID(key) || !strings.HasPrefix(key, "@") && id.ValidateServerName(key) {
			return fault{}
		}
		return fault{"names nobody", `write a Matrix id such as "@you:your.server", a server's name, or "*"`}
	case "double_puppet.servers", "double_puppet.secrets":
		if id.ValidateServerName(key) {
			return fault{}
		}
		return fault{"is no server name", "write the part of the users' ids behind the colon"}
	}
	return fault{}
}

// valueFault knows the rules of single values by their key in the example.
func valueFault(key, value string) fault {
	switch key {
	case "homeserver.address", "appservice.address", "double_puppet.servers[]", "network.slack_api_url":
		return addressFault(value)
	case "appservice.public_address":
		return optional(addressFault, value)
	case "appservice.hostname":
		return hostFault(value)
	case "homeserver.domain":
		return check(id.ValidateServerName(value), "is no server name", "write the part of your users' ids behind the colon")
	case "homeserver.software":
		return oneOf(value, "standard")
	case "homeserver.startup_wait":
		return durationFault(value)
	case "database.conn_max_idle_time", "database.conn_max_lifetime":
		return optional(durationFault, value)
	case "database.type":
		return oneOf(value, "sqlite3-fk-wal", "postgres")
	case "bridge.bridge_status_notices":
		return oneOf(value, "none", "errors", "all")
	case "encryption.verification_levels.receive", "encryption.verification_levels.send", "encryption.verification_levels.share":
		return oneOf(value, "unverified", "cross-signed-untrusted", "cross-signed-tofu", "cross-signed-verified", "verified")
	case "logging.level":
		return oneOf(value, logging.Levels()...)
	case "logging.format":
		return oneOf(value, logging.Formats()...)
	default:
		return numberOrNameFault(key, value)
	}
}

func numberOrNameFault(key, value string) fault {
	switch key {
	case "appservice.port":
		return between(value, 1, math.MaxUint16)
	case "database.max_open_conns", "encryption.rotation.milliseconds", "encryption.rotation.messages":
		return between(value, 1, math.MaxInt64)
	case "network.conversation_count":
		return between(value, -1, math.MaxInt32)
	case "public_media.hash_length":
		return between(value, 16, 32)
	case "database.max_idle_conns", "homeserver.retry_limit", "matrix.upload_file_threshold", "public_media.expiry",
		"backfill.max_initial_messages", "backfill.max_catchup_messages", "backfill.unread_hours_threshold",
		"backfill.threads.max_initial_messages":
		return between(value, 0, math.MaxInt64)
	case "network.slack_time_scale":
		scale, err := strconv.ParseFloat(value, 64)
		return check(err == nil && scale > 0 && scale <= 1, "is outside of what is possible", "write a number above 0, at most 1")
	default:
		return nameFault(key, value)
	}
}

func nameFault(key, value string) fault {
	switch key {
	case "network.invite[]", "network.logins[].owner":
		return check(validUserID(value), "is no Matrix id", `write it whole, such as "@you:your.server"`)
	case "network.channels.include[]", "network.channels.exclude[]":
		_, err := path.Match(value, "")
		return check(err == nil && value != "", "is no pattern", "write a name or an id, with *, ? or [a-z] for what may differ")
	case "network.displayname_template", "network.channel_name_template", "network.team_name_template",
		"bridge.relay.displayname_format", "appservice.username_template":
		return templateFault(key, value)
	case "bridge.command_prefix":
		return check(value != "" && !strings.ContainsAny(value, " \t\r\n"), "must be one word", "write it like !slack")
	case "appservice.id":
		return check(validID(value), "is no id", "write letters, digits, and ._- only")
	case "appservice.bot.username":
		return check(id.ValidateUserLocalpart(value) == nil, "is no localpart of a Matrix id", "write lower-case letters, digits, and ._=/+- only")
	case "appservice.bot.avatar":
		_, err := id.ParseContentURI(value)
		return check(value == "" || value == "remove" || err == nil && value != "", "is no Matrix media address", "write mxc://server/id, remove, or nothing")
	case "operator.socket":
		return check(!strings.ContainsRune(value, 0) && !strings.HasSuffix(value, "/"), "is no path of a file", "write the path of the socket, not of its folder, or nothing")
	case "public_media.path_prefix":
		return check(strings.HasPrefix(value, "/"), "is no path", "begin it with /")
	case "appservice.as_token", "appservice.hs_token":
		return check(isGeneratePlaceholder(value) || len(value) >= 16 && printable(value),
			"must be at least 16 characters without spaces", "write `generate` and run `slack-bridge config render`")
	case "provisioning.shared_secret":
		return check(isGeneratePlaceholder(value) || value == "disable" || len(value) >= 16,
			"must be at least 16 characters, or disable", "write `generate` and run `slack-bridge config render`")
	}
	return fault{}
}

func check(good bool, what, cure string) fault {
	if good {
		return fault{}
	}
	return fault{what, cure}
}

func optional(rule func(string) fault, value string) fault {
	if value == "" {
		return fault{}
	}
	return rule(value)
}

func oneOf(value string, allowed ...string) fault {
	for _, each := range allowed {
		if value == each {
			return fault{}
		}
	}
	return fault{"has a value that is not known", "write " + strings.Join(allowed, " or ")}
}

func between(value string, low, high int64) fault {
	number, err := strconv.ParseInt(value, 0, 64)
	cure := "write a number of at least " + strconv.FormatInt(low, 10)
	if high < math.MaxInt32 {
		cure = "write a number from " + strconv.FormatInt(low, 10) + " to " + strconv.FormatInt(high, 10)
	}
	return check(err == nil && number >= low && number <= high, "is outside of what is possible", cure)
}

func durationFault(value string) fault {
	duration, err := time.ParseDuration(value)
	return check(err == nil && duration >= 0, "is no length of time", "write it like 60s, 10m or 1h30m")
}

func validUserID(value string) bool {
	_, _, err := id.UserID(value).ParseAndValidateRelaxed()
	return err == nil
}

func validID(value string) bool {
	for _, r := range value {
		if (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && !strings.ContainsRune("._-", r) {
			return false
		}
	}
	return value != ""
}

func printable(value string) bool {
	for _, r := range value {
		if r <= ' ' || r > '~' {
			return false
		}
	}
	return true
}
