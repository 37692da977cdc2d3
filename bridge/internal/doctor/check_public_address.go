package doctor

import (
	"bufio"
	"context"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
)

// uploadPath is where clients upload (Matrix specification: Client-Server API, POST
// /_matrix/media/v3/upload).
const uploadPath = "/_matrix/media/v3/upload"

// wellKnown is a file by which others find the homeserver.
type wellKnown struct {
	path, who string
	// host is the name that the file's content has.
	host func(content []byte) (name string, ok bool)
}

// wellKnowns are the files that the Matrix specification has (Client-Server API, GET
// /.well-known/matrix/client; Server-Server API, GET /.well-known/matrix/server).
func wellKnowns() []wellKnown {
	return []wellKnown{
		{"/.well-known/matrix/client", "clients", func(content []byte) (string, bool) {
			var file struct {
				Homeserver struct {
					URL string `json:"base_url"`
				} `json:"m.homeserver"`
			}
			if json.Unmarshal(content, &file) != nil {
				return "", false
			}
			u, err := url.Parse(file.Homeserver.URL)
			if err != nil || u.Scheme != "https" {
				return "", false
			}
			return u.Hostname(), u.Hostname() != ""
		}},
		{"/.well-known/matrix/server", "other servers", func(content []byte) (string, bool) {
			var file struct {
				Address string `json:"m.server"`
			}
			if json.Unmarshal(content, &file) != nil {
				return "", false
			}
			return hostOnly(file.Address), file.Address != ""
		}},
	}
}

// checkWellKnown asks for these files, and whether the web server leads on from what they
// say.
func (e *examination) checkWellKnown(ctx context.Context) (string, []Finding) {
	name := hostOnly(e.config.Homeserver.Domain)
	var found []Finding
	for _, file := range wellKnowns() {
		if wrong := e.wrongWith(ctx, file, name); wrong != "" {
			found = append(found, wellKnownAstray.found(fmt.Sprintf("by https://%s%s %s do not find the homeserver", name, file.path, file.who), wrong,
				"let the web server answer there with the homeserver's public address, as modules/ops/web/matrix.nix does"))
		}
	}
	return "clients and other servers find the homeserver by " + name, found
}

// wrongWith says what is wrong with a file under a name, "" if nothing is.
func (e *examination) wrongWith(ctx context.Context, file wellKnown, name string) string {
	base := strings.TrimRight(e.Proxy.String(), "/")
	answer, content, err := get(ctx, e.through(name), base+file.path, name)
	switch {
	case err != nil:
		return plainHTTP(err)
	case answer.StatusCode != http.StatusOK:
		return answer.Status
	}
	host, ok := file.host(content)
	switch {
	case !ok:
		return "it names no address"
	case host != name && !e.leadsToHomeserver(ctx, host):
		return "it names " + host + ", and under that name the web server does not lead to the homeserver"
	}
	return ""
}

// leadsToHomeserver says whether the web server leads to a homeserver under a name.
func (e *examination) leadsToHomeserver(ctx context.Context, name string) bool {
	answer, _, err := get(ctx, e.through(name), strings.TrimRight(e.Proxy.String(), "/")+"/_matrix/client/versions", name)
	return err == nil && answer.StatusCode == http.StatusOK
}

// checkUploads asks the web server whether it takes a file as large as the homeserver does.
// Only the head of the request is sent: nothing is uploaded.
func (e *examination) checkUploads(ctx context.Context) (string, []Finding) {
	client, err := e.client()
	if err != nil {
		return uploadsUnknown.one("homeserver.address is no address", plain(err), "write one like http://127.0.0.1:8008")
	}
	limits, err := client.GetMediaConfig(ctx)
	if err != nil {
		return uploadsUnknown.one("the homeserver does not say how large files may be", plain(err), "see the homeserver's log")
	}
	if limits.UploadSize <= 0 {
		return "the homeserver names no limit", nil
	}
	status, err := e.announceUpload(ctx, limits.UploadSize)
	size := fmt.Sprintf("%d bytes", limits.UploadSize)
	switch {
	case err != nil:
		return uploadsUnknown.one("the web server does not say whether it takes files of "+size, plainHTTP(err), "see why: systemctl status nginx; nginx -t")
	case status == http.StatusRequestEntityTooLarge:
		return uploadsSmaller.one("the web server refuses files of "+size+", which the homeserver takes", fmt.Sprintf("HTTP %d", status),
			fmt.Sprintf("let it take as much, in nginx: client_max_body_size %d; on NixOS ops.homeserver.maxUploadBytes is for both", limits.UploadSize))
	}
	return "the web server takes files of " + size + ", as the homeserver does", nil
}

// announceUpload sends the head of an upload of some bytes, and returns the status with which
// the web server answers before there is a body. One that wants the body first says nothing:
// half of the time is for that.
func (e *examination) announceUpload(ctx context.Context, size int64) (status int, err error) {
	ctx, cancel := context.WithTimeout(ctx, e.Timeout/2)
	defer cancel()
	name := hostOnly(e.config.Homeserver.Domain)
	conn, err := e.dialProxy(ctx, name)
	if err != nil {
		return 0, err
	}
	defer conn.Close()
	if deadline, ok := ctx.Deadline(); ok {
		if err := conn.SetDeadline(deadline); err != nil {
			return 0, err
		}
	}
	_, err = fmt.Fprintf(conn, "POST %s HTTP/1.1\r\nHost: %s\r\nContent-Type: application/octet-stream\r\nContent-Length: %d\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n",
		strings.TrimRight(e.Proxy.Path, "/")+uploadPath, name, size)
	if err != nil {
		return 0, err
	}
	answer, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		return 0, err
	}
	return answer.StatusCode, answer.Body.Close()
}

// dialProxy opens a connection to the web server, as for a name.
func (e *examination) dialProxy(ctx context.Context, name string) (net.Conn, error) {
	if e.Proxy.Scheme != "https" {
		return new(net.Dialer).DialContext(ctx, "tcp", net.JoinHostPort(e.Proxy.Hostname(), portOr(e.Proxy.Port(), "80")))
	}
	dialer := tls.Dialer{Config: &tls.Config{
		ServerName: name,
		// As in through: the certificate is a check of its own.
		InsecureSkipVerify: true,
	}}
	return dialer.DialContext(ctx, "tcp", net.JoinHostPort(e.Proxy.Hostname(), portOr(e.Proxy.Port(), "443")))
}
