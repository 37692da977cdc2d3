package doctor

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"

	"ops-jrz1/bridge/internal/face"
)

// checkProxy asks the web server as the world does, but by its address: before the
// name leads here and before there is a real certificate, the way through it has to
// be right.
func (e *examination) checkProxy(ctx context.Context) (string, []Finding) {
	name := hostOnly(e.config.Homeserver.Domain)
	base := strings.TrimRight(e.Proxy.String(), "/")
	through := e.through(name)
	answer, body, err := get(ctx, through, base+"/_matrix/client/versions", name)
	if err != nil {
		return proxySilent.one(base+" does not answer", plainHTTP(err), "see why: systemctl status nginx; nginx -t")
	}
	var versions struct {
		Versions []string `json:"versions"`
	}
	if answer.StatusCode != http.StatusOK || json.Unmarshal(body, &versions) != nil || len(versions.Versions) == 0 {
		return proxyAstray.one(fmt.Sprintf("%s does not lead to the homeserver under the name %s", base, name), answer.Status,
			"let the web server pass /_matrix/ of that name to "+e.config.Homeserver.Address)
	}
	if open := openPaths(ctx, through, base, name); len(open) > 0 {
		return proxyOpen.one("the world reaches "+strings.Join(open, ", "), "", "let the web server answer 404 there")
	}
	return e.checkFaces(ctx, base, base+" leads to the homeserver under the name "+name)
}

// checkFaces asks, in the same way, for the pictures of Matrix people at the address at
// which Slack fetches them.
func (e *examination) checkFaces(ctx context.Context, base, good string) (string, []Finding) {
	address := e.config.AppService.PublicAddress
	if address == "" {
		return good, nil
	}
	public, err := url.Parse(address)
	if err != nil {
		return facesAstray.one("appservice.public_address is no address", "", "write it like https://"+hostOnly(e.config.Homeserver.Domain))
	}
	links := face.Links{Address: address, Key: e.config.Faces.SigningKey}
	name, path := public.Hostname(), strings.TrimRight(public.Path, "/")
	through := e.through(name)
	if open := openPaths(ctx, through, base+path, name); len(open) > 0 {
		return proxyOpen.one(fmt.Sprintf("the world reaches %s under the name %s", strings.Join(open, ", "), name), "", "let the web server answer 404 there")
	}
	answer, _, err := get(ctx, through, base+path+links.CheckPath(), name)
	cure := fmt.Sprintf("let the web server pass %s of that name to %s, or leave appservice.public_address empty", path+face.Path, e.config.AppService.Address)
	title := fmt.Sprintf("under the name %s the world does not reach the pictures of Matrix people", name)
	switch {
	case err != nil:
		return facesAstray.one(title, plainHTTP(err), cure)
	case answer.StatusCode != http.StatusNoContent:
		return facesAstray.one(title, answer.Status, cure)
	}
	return good + ", and to the pictures of Matrix people under " + name, nil
}

// private are paths of the bridge that must not be reachable from outside.
func private() []string {
	return []string{"/_matrix/app/v1/ping", "/_matrix/provision/v3/whoami", "/_matrix/mau/ready", "/health"}
}

// openPaths returns those private paths that answer as the bridge does: with
// anything but 404. A web server that fails on the way shows nothing.
func openPaths(ctx context.Context, client *http.Client, base, name string) []string {
	var open []string
	for _, path := range private() {
		answer, _, err := get(ctx, client, base+path, name)
		if err == nil && answer.StatusCode != http.StatusNotFound {
			open = append(open, path)
		}
	}
	return open
}

// through returns a client that asks for a name's TLS and takes any certificate.
func (e *examination) through(name string) *http.Client {
	return &http.Client{
		CheckRedirect: e.http.CheckRedirect,
		Transport: &http.Transport{
			TLSClientConfig: &tls.Config{
				ServerName: name,
				// The address is what is asked about here; the certificate is a check of
				// its own, and self-signed until the name leads here.
				InsecureSkipVerify: true,
			},
			DisableKeepAlives: true,
		},
	}
}

// hostOnly is a server name without its port.
func hostOnly(name string) string {
	if host, _, err := net.SplitHostPort(name); err == nil {
		return host
	}
	return name
}
