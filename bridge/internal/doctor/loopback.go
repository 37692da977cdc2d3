package doctor

import (
	"context"
	"net"
	"net/url"
)

// otherLoopback is an address with this machine's other loopback in it, 127.0.0.1 for ::1 or
// the other way, if something listens there. Programs listen on one of them, and what was
// written by a name of the machine may mean the other.
func otherLoopback(ctx context.Context, address string) (other string, listens bool) {
	u, err := url.Parse(address)
	if err != nil {
		return "", false
	}
	host := "127.0.0.1"
	switch ip := net.ParseIP(u.Hostname()); {
	case ip.Equal(net.IPv6loopback):
	case ip.Equal(net.IPv4(127, 0, 0, 1)):
		host = net.IPv6loopback.String()
	default:
		return "", false
	}
	u.Host = net.JoinHostPort(host, portOr(u.Port(), "80"))
	connection, err := (&net.Dialer{}).DialContext(ctx, "tcp", u.Host)
	if err != nil {
		return "", false
	}
	_ = connection.Close()
	return u.String(), true
}
