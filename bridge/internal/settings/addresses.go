package settings

import (
	"net/netip"
	"net/url"
	"strconv"
	"strings"
)

// isAddress judges an address of HTTP.
func isAddress(value string) fault {
	parsed, err := url.Parse(value)
	switch {
	case err != nil || parsed.Scheme != "http" && parsed.Scheme != "https" || parsed.Hostname() == "":
		return fault{"is no address", "write it like http://127.0.0.1:8008"}
	case parsed.User != nil:
		return fault{"holds a user or a password", "write the address without them"}
	case parsed.RawQuery != "" || parsed.Fragment != "":
		return fault{"holds more than an address", "write it without what follows the ? or the #"}
	case !isPort(parsed.Port()):
		return fault{"has a port that is no number up to 65535", "write it like http://127.0.0.1:8008"}
	default:
		return localhostFault(parsed.Hostname())
	}
}

// isListenAddress judges an address to listen on.
func isListenAddress(value string) fault {
	address, err := netip.ParseAddrPort(value)
	return require(err == nil && address.Port() > 0, "is no IP address with a port", "write it like 127.0.0.1:29320")
}

// isPort says whether a text is the number of a port, or no text at all.
func isPort(text string) bool {
	number, err := strconv.ParseUint(text, 10, 16)
	return text == "" || err == nil && number > 0
}

// isHost judges what the bridge listens on.
func isHost(value string) fault {
	if _, err := netip.ParseAddr(value); err == nil {
		return fault{}
	}
	if value == "" || strings.ContainsAny(value, ":/[] ") {
		return fault{"is no host", "write an IP address such as 127.0.0.1; the port has a key of its own"}
	}
	return localhostFault(value)
}

// localhostFault refuses the name of the own machine. It resolves to ::1 first on
// most systems, where neither the homeserver nor the bridge listens.
func localhostFault(host string) fault {
	host = strings.TrimSuffix(strings.ToLower(host), ".")
	if host == "localhost" || strings.HasSuffix(host, ".localhost") {
		return fault{"names the machine as " + host + ", which may be ::1", "write 127.0.0.1"}
	}
	return fault{}
}

// loopbackURL says whether an address leads to this machine by a literal IP.
func loopbackURL(value string) bool {
	parsed, err := url.Parse(value)
	if err != nil {
		return false
	}
	ip, err := netip.ParseAddr(parsed.Hostname())
	return err == nil && ip.IsLoopback()
}
