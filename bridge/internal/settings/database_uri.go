package settings

import (
	"errors"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"github.com/lib/pq"
)

// A database's address is taken apart here before a driver sees it: drivers quote
// what they do not understand, and that may be a part of the password.

// unencoded is the fault of an address in which a sign means something else than
// it should.
func unencoded(where string) fault {
	return fault{
		"has a sign in its " + where + " that means something else there",
		"percent-encode it: %2F for /, %3F for ?, %23 for #, %40 for @, %25 for %",
	}
}

// postgresFault judges an address of PostgreSQL in either of its forms.
func postgresFault(uri string) fault {
	found := fault{}
	if isPostgresURL(uri) {
		found = urlFault(uri)
	} else if _, ok := keywords(uri); !ok {
		found = fault{"has a setting that does not end where it should", "write it as key=value, with quotes around a value in which there are spaces: password='…'"}
	}
	if found.what != "" {
		return found
	}
	return driverFault(uri)
}

func isPostgresURL(uri string) bool {
	return strings.HasPrefix(uri, "postgres://") || strings.HasPrefix(uri, "postgresql://")
}

// parts are those of an address in the form of a URL, as they are written.
type parts struct{ user, host, path, query string }

// partsOf takes a URL apart. A "#" is left where it is: it has no place in the
// address of a database.
func partsOf(uri string) parts {
	_, rest, _ := strings.Cut(uri, "://")
	rest, query, _ := strings.Cut(rest, "?")
	authority, path, _ := strings.Cut(rest, "/")
	p := parts{host: authority, path: path, query: query}
	if at := strings.LastIndexByte(authority, '@'); at >= 0 {
		p.user, p.host = authority[:at], authority[at+1:]
	}
	return p
}

// userSigns are those that a user and a password may contain besides letters and
// digits (RFC 3986, 3.2.1; more than one "@" is taken as well).
const userSigns = "-._~!$&'()*+,;=:@%"

// urlFault judges an address that may have a user and a password.
func urlFault(uri string) fault {
	p := partsOf(uri)
	switch {
	case strings.Contains(uri, "#"),
		strings.ContainsFunc(uri, unicode.IsControl),
		strings.Contains(p.path, "@"),
		strings.ContainsFunc(p.user, func(r rune) bool { return !isPlain(r) && !strings.ContainsRune(userSigns, r) }),
		!decodes(p.user):
		return unencoded("user or its password")
	case !decodes(p.path):
		return unencoded("path")
	case !settingsDecode(p.query):
		return unencoded("settings behind the ?")
	}
	return hostPortFault(p.host)
}

// ProxyFault says what is wrong with the address of a proxy as the environment names
// it, and the cure; nothing for one that can be read.
func ProxyFault(address string) (what, cure string) {
	if address != "" && !strings.Contains(address, "://") {
		address = "http://" + address
	}
	found := urlFault(address)
	return found.what, found.cure
}

func isPlain(r rune) bool {
	return r < unicode.MaxASCII && (unicode.IsLetter(r) || unicode.IsDigit(r))
}

// decodes says whether every percent sign in a text begins an escape.
func decodes(text string) bool {
	_, err := url.PathUnescape(text)
	return err == nil
}

// settingsDecode says whether a query is a list of settings.
func settingsDecode(query string) bool {
	for _, setting := range strings.Split(query, "&") {
		if setting != "" && !strings.Contains(setting, "=") {
			return false
		}
	}
	_, err := url.ParseQuery(query)
	return err == nil
}

func hostPortFault(host string) fault {
	name, port := host, ""
	if end := strings.LastIndexByte(host, ']'); strings.HasPrefix(host, "[") && end > 0 {
		name, port = host[1:end], strings.TrimPrefix(host[end+1:], ":")
	} else if before, after, found := strings.Cut(host, ":"); found {
		name, port = before, after
	}
	if strings.ContainsFunc(name, func(r rune) bool { return !isPlain(r) && !strings.ContainsRune("-._:%", r) }) || !decodes(name) {
		return fault{"has an invalid host", "write an IP address or a name; the user and the password stand before an @"}
	}
	if !isPort(port) {
		return fault{"has a port that is no number up to 65535", "write it like 127.0.0.1:5432, and percent-encode the password before the @"}
	}
	return fault{}
}

var wrongSetting = regexp.MustCompile(`^pq: wrong value for "(\w+)"`)

// driverFault says which setting the driver refuses. What depends on the machine, its
// environment, its users and its files, is left to the start.
func driverFault(uri string) fault {
	_, err := pq.NewConfig(uri)
	if err == nil || errors.Is(err, pq.ErrCouldNotDetectUsername) {
		return fault{}
	}
	text := err.Error()
	if match := wrongSetting.FindStringSubmatch(text); match != nil {
		return fault{"has a value of " + match[1] + " that is not known", "see the driver's settings in the documentation of lib/pq"}
	}
	if strings.Contains(text, "$") || keywordOf(uri, "service") != "" {
		return fault{}
	}
	return fault{"has settings that the driver refuses", "remove all but host, port, user, password, dbname and sslmode"}
}

// keyword is one setting of an address in the form key=value; raw is its value as
// it is written.
type keyword struct{ key, value, raw string }

// keywords reads an address in the form key=value (PostgreSQL docs: "Connection
// Strings", keyword/value).
func keywords(uri string) (out []keyword, ok bool) {
	for rest := strings.TrimSpace(uri); rest != ""; rest = strings.TrimSpace(rest) {
		name, after, found := strings.Cut(rest, "=")
		name = strings.TrimSpace(name)
		if !found || name == "" || strings.ContainsFunc(name, unicode.IsSpace) {
			return nil, false
		}
		after = strings.TrimLeftFunc(after, unicode.IsSpace)
		value, size, err := keywordValue(after)
		if err != nil {
			return nil, false
		}
		out = append(out, keyword{name, value, strings.Trim(after[:size], "'")})
		rest = after[size:]
	}
	return out, true
}

// keywordOf is one setting of an address in the form key=value, or "".
func keywordOf(uri, key string) string {
	settings, _ := keywords(uri)
	for _, each := range settings {
		if each.key == key {
			return each.value
		}
	}
	return ""
}

var errUnfinished = errors.New("a value does not end")

// keywordValue reads the value that text begins with, and says how long it is.
func keywordValue(text string) (value string, size int, err error) {
	quoted := strings.HasPrefix(text, "'")
	var b strings.Builder
	escaped := false
	for i, r := range text {
		switch {
		case escaped:
			b.WriteRune(r)
			escaped = false
		case r == '\\':
			escaped = true
		case quoted && r == '\'' && i > 0:
			return b.String(), i + 1, nil
		case quoted && i == 0:
		case !quoted && unicode.IsSpace(r):
			return b.String(), i, nil
		default:
			b.WriteRune(r)
		}
	}
	if quoted || escaped {
		return "", 0, errUnfinished
	}
	return b.String(), len(text), nil
}

// DatabaseSecrets returns what must not be shown of a database's address: its
// passwords, as they are written and as they are meant.
func DatabaseSecrets(uri string) []string {
	var out []string
	add := func(forms ...string) {
		for _, form := range forms {
			if form != "" && !slices.Contains(out, form) {
				out = append(out, form)
			}
		}
	}
	if !isPostgresURL(uri) {
		settings, _ := keywords(uri)
		for _, each := range settings {
			if each.key == "password" || each.key == "sslpassword" {
				add(each.value, each.raw)
			}
		}
		return out
	}
	p := partsOf(uri)
	if _, password, set := strings.Cut(p.user, ":"); set {
		meant, _ := url.PathUnescape(password)
		add(password, meant)
	}
	for setting := range strings.SplitSeq(p.query, "&") {
		if key, value, _ := strings.Cut(setting, "="); key == "password" || key == "sslpassword" {
			meant, _ := url.QueryUnescape(value)
			add(value, meant)
		}
	}
	return out
}
