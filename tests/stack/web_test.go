//go:build stack

package stack_test

import (
	"context"
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"ops-jrz1/tests/stack/machine"
)

// get asks the web server from the world.
func (s *site) get(t *testing.T, url string) (*http.Response, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	require.NoError(t, err)
	// As it stands, whatever it looks like.
	_, rest, _ := strings.Cut(url, "://")
	req.URL.Opaque, req.URL.RawQuery = "//"+rest, ""
	resp, err := s.outside.Do(req)
	require.NoError(t, err)
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	return resp, string(body)
}

func testWeb(t *testing.T, s *site) {
	s.requireHomeserver(t)
	t.Run("forbidden", func(t *testing.T) { testForbiddenPaths(t, s) })
	t.Run("well-known", func(t *testing.T) { testWellKnown(t, s) })
	t.Run("names", func(t *testing.T) { testNames(t, s) })
	t.Run("ports", func(t *testing.T) { testPorts(t, s) })
	t.Run("uploads", func(t *testing.T) { testUploads(t, s) })
	t.Run("the homeserver sees who asks", func(t *testing.T) {
		s.get(t, "https://"+server+"/_matrix/client/versions?who-asks")
		s.awaitJournal(t, homeserver, "who-asks", machine.WorldAddress)
	})
}

// testForbiddenPaths: what nginx itself answers with 404 never reaches anything
// behind it. Two of them are shown to be there for who stands inside.
func testForbiddenPaths(t *testing.T, s *site) {
	for _, path := range []string{
		"/", "/health", "/metrics", "/debug/pprof/", "/_continuwuity/admin/rooms/list", "/_continuwuity/%61dmin/rooms/list",
		"/_continuwuity/oauth2/../admin/rooms/list",
		"/_conduwuit/server_version", "/_synapse/admin/v1/server_version", "/_synapse/client/pick_idp",
		"/_matrix/app/v1/ping", "/_matrix/app/v1/transactions/1", "/_matrix/app/v1/rooms/%23slack_general:clarun.xyz",
		"/_matrix/provision/v3/whoami", "/_matrix/provision/v3/login/flows", "/_matrix/mau/live", "/_matrix/mau/ready",
		"/_matrix/mau/publicmedia/a", "/_matrix/mau/debug/pprof/",
		// As other clients may write them.
		"//_matrix/app/v1/ping", "/_matrix//app/v1/ping", "/_matrix/%61pp/v1/ping", "/%5fmatrix/app/v1/ping",
		"/_matrix/client/../app/v1/ping", "/_matrix/client/../../_synapse/admin/v1/server_version",
		"/_matrix/client/%2e%2e/%2e%2e/_synapse/admin/v1/server_version",
		"/.well-known/matrix/support", "/.well-known/",
	} {
		t.Run(path, func(t *testing.T) {
			resp, body := s.get(t, "https://"+server+path)
			require.Equal(t, http.StatusNotFound, resp.StatusCode, body)
			require.Contains(t, body, "<center>nginx</center>", "something behind nginx has answered")
		})
	}
	t.Run("signing in by OAuth is the homeserver's", func(t *testing.T) {
		for _, path := range []string{"/_continuwuity/oauth2/authorize", "/_continuwuity/account/", "/_matrix/client/v1/auth_metadata"} {
			resp, body := s.get(t, "https://"+server+path)
			require.Equal(t, http.StatusNotFound, resp.StatusCode, body)
			require.NotContains(t, body, "<center>nginx</center>", "nginx has answered, and not the homeserver")
		}
	})
	t.Run("a path that is allowed is not nginx's to answer", func(t *testing.T) {
		resp, body := s.get(t, "https://"+server+"/_matrix/client/versions")
		require.Equal(t, http.StatusOK, resp.StatusCode)
		require.Contains(t, body, `"versions"`)
	})
	t.Run("inside, the bridge and the administration answer", func(t *testing.T) {
		for _, url := range []string{"http://127.0.0.1:29319/health", "http://127.0.0.1:8008/_synapse/admin/v1/server_version"} {
			s.await(t, url, func(ctx context.Context) (bool, error) {
				_, err := s.machine.Run(ctx, "python3", "-c", "import urllib.request; urllib.request.urlopen('"+url+"')")
				return err == nil, err
			})
		}
	})
}

func testWellKnown(t *testing.T, s *site) {
	for file, want := range map[string]string{
		"client": `{"m.homeserver":{"base_url":"https://clarun.xyz"}}`,
		"server": `{"m.server":"clarun.xyz:443"}`,
	} {
		t.Run(file, func(t *testing.T) {
			resp, body := s.get(t, "https://"+server+"/.well-known/matrix/"+file)
			require.Equal(t, http.StatusOK, resp.StatusCode)
			require.JSONEq(t, want, body)
			require.Equal(t, []string{"*"}, resp.Header.Values("Access-Control-Allow-Origin"))
			require.Equal(t, "application/json", resp.Header.Get("Content-Type"))
		})
	}
}

func testNames(t *testing.T, s *site) {
	t.Run("plain HTTP leads to TLS", func(t *testing.T) {
		resp, _ := s.get(t, "http://"+server+"/_matrix/client/versions")
		require.Equal(t, http.StatusMovedPermanently, resp.StatusCode)
		require.Equal(t, "https://"+server+"/_matrix/client/versions", resp.Header.Get("Location"))
	})
	t.Run("an unknown name is shown no certificate", func(t *testing.T) {
		conn, err := s.machine.World.Dial(t.Context(), "tcp", machine.MachineAddress+":443")
		require.NoError(t, err)
		defer conn.Close()
		err = tls.Client(conn, &tls.Config{ServerName: "unknown.test", RootCAs: s.authority.Pool(), MinVersion: tls.VersionTLS12}).HandshakeContext(t.Context())
		require.ErrorContains(t, err, "unrecognized name")
	})
	t.Run("and gets no answer over plain HTTP", func(t *testing.T) {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://unknown.test/", nil)
		require.NoError(t, err)
		_, err = s.outside.Do(req)
		require.ErrorIs(t, err, io.EOF)
	})
	t.Run("the forge has its name and a place behind it", func(t *testing.T) {
		resp, _ := s.get(t, "https://"+forge+"/")
		require.Equal(t, http.StatusBadGateway, resp.StatusCode, "Forgejo does not run here")
	})
}

// testUploads: nginx lets through what the homeserver takes, and no more.
func testUploads(t *testing.T, s *site) {
	settings := s.host.Record.Services.Continuwuity.Settings["global"]
	limit := int64(settings["max_request_size"].(float64))
	token := s.admin(t).Token()
	for size, want := range map[int64]int{limit: http.StatusOK, limit + 1: http.StatusRequestEntityTooLarge} {
		t.Run(strconv.FormatInt(size, 10)+" bytes", func(t *testing.T) {
			url := "https://" + server + "/_matrix/media/v3/upload"
			req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, io.LimitReader(zeros{}, size))
			require.NoError(t, err)
			req.ContentLength = size
			req.Header.Set("Authorization", "Bearer "+token)
			req.Header.Set("Content-Type", "application/octet-stream")
			resp, err := s.outside.Do(req)
			require.NoError(t, err)
			defer resp.Body.Close()
			body, err := io.ReadAll(resp.Body)
			require.NoError(t, err)
			require.Equal(t, want, resp.StatusCode, "%s", body)
			if want != http.StatusOK {
				require.Contains(t, string(body), "<center>nginx", "nginx's own answer, not the homeserver's")
			}
		})
	}
}

// zeros is a file without an end.
type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}

// testPorts: the world reaches the web server and nothing else.
func testPorts(t *testing.T, s *site) {
	t.Run("what listens", func(t *testing.T) {
		var listening []string
		for line := range strings.Lines(s.run(t, "ss", "--tcp", "--listening", "--numeric", "--no-header")) {
			listening = append(listening, strings.Fields(line)[3])
		}
		require.ElementsMatch(t, []string{
			"0.0.0.0:80", "[::]:80", "0.0.0.0:443", "[::]:443", "127.0.0.1:8008", "127.0.0.1:29319", "127.0.0.1:29320",
		}, listening)
	})
	for _, port := range []string{"8008", "29319", "29320", "5432"} {
		t.Run(port+" is closed", func(t *testing.T) {
			_, err := s.machine.World.Dial(t.Context(), "tcp", net.JoinHostPort(machine.MachineAddress, port))
			require.ErrorContains(t, err, "refused")
		})
	}
}
