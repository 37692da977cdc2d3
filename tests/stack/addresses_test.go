//go:build stack

package stack_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// noForge is what the doctor finds on a machine without Forgejo.
const noForge = "forgejo.service is not installed"

// testAddresses: what is written with ::1, where nothing listens, is named by the doctor with
// what belongs there, in five seconds.
func testAddresses(t *testing.T, s *site) {
	s.requireHomeserver(t)
	s.awaitState(t, bridge, "active")
	rendered := []string{state + "/config.yaml", state + "/registration.yaml"}
	for _, tc := range []struct {
		name, from string
		files      []string
		// reload is what reads the files.
		reload string
		line   string
	}{
		{
			name: "nginx's upstream", from: "127.0.0.1:8008", files: []string{"/etc/nginx/nixos.conf"}, reload: web,
			line: `FAILED   proxy +world → homeserver: https://127\.0\.0\.1 does not lead to the homeserver under the name clarun\.xyz \(502 Bad Gateway\); let the web server pass /_matrix/ of that name to http://127\.0\.0\.1:8008 \[proxy\.astray\]`,
		},
		{
			name: "the homeserver's URL", from: "127.0.0.1:8008", files: rendered,
			line: `FAILED   homeserver +bridge → homeserver: http://\[::1\]:8008 does not answer \(something listens at http://127\.0\.0\.1:8008\); write http://127\.0\.0\.1:8008 into homeserver\.address \[homeserver\.silent\]`,
		},
		{
			name: "the bridge's URL", from: "127.0.0.1:29319", files: rendered,
			line: `FAILED   bridge +homeserver → bridge: nothing answers at http://\[::1\]:29319 \(something listens at http://127\.0\.0\.1:29319\); write http://127\.0\.0\.1:29319 into appservice\.address .*\[bridge\.silent\]`,
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			port := tc.from[strings.Index(tc.from, ":"):]
			defer s.changed(t, "s/"+tc.from+"/[::1]"+port+"/g", tc.reload, tc.files...)()
			begun := time.Now()
			said := s.run(t, "sh", "-c", "ops-doctor || true")
			require.Less(t, time.Since(begun), 6*time.Second)
			require.Regexp(t, "(?m)^"+tc.line+"$", said)
			failed := regexp.MustCompile(`(?m)^FAILED.*$`).FindAllString(said, -1)
			failed = slices.DeleteFunc(failed, func(line string) bool { return strings.Contains(line, noForge) })
			require.Len(t, failed, 1, said)
		})
	}
	t.Run("nginx's limit for files", func(t *testing.T) {
		defer s.changed(t, "s/client_max_body_size .*;/client_max_body_size 1000;/", web, "/etc/nginx/nixos.conf")()
		said := s.run(t, "sh", "-c", "ops-doctor || true")
		require.Regexp(t, `(?m)^warned   proxy\.uploads +world → homeserver: the web server refuses files of \d+ bytes, which the homeserver takes \(HTTP 413\); .*client_max_body_size \d+; .*\[proxy\.uploads-smaller\]$`, said)
	})
	t.Run("the file by which clients find the homeserver", func(t *testing.T) {
		defer s.changed(t, "s,matrix/client,matrix/nothing,", web, "/etc/nginx/nixos.conf")()
		said := s.run(t, "sh", "-c", "ops-doctor || true")
		require.Regexp(t, `(?m)^warned   proxy\.well-known +world → homeserver: by https://clarun\.xyz/\.well-known/matrix/client clients do not find the homeserver \(404 Not Found\); .*\[proxy\.well-known\]$`, said)
		require.Equal(t, 1, strings.Count(said, "proxy.well-known]"), said)
	})
}

// changed edits files as sed does and restarts the web server, if it is what reads them,
// until undo.
func (s *site) changed(t *testing.T, edit, reload string, files ...string) (undo func()) {
	t.Helper()
	restart := func() {
		if reload != "" {
			// It is started more often than systemd would have it, and listens a little later.
			s.run(t, "systemctl", "reset-failed", reload)
			s.run(t, "systemctl", "restart", reload)
			s.run(t, "timeout", "30", "bash", "-c", "until (: >/dev/tcp/127.0.0.1/443) 2>/dev/null; do sleep 0.05; done")
		}
	}
	for _, file := range files {
		s.run(t, "cp", "--preserve=all", file, file+".before")
	}
	s.run(t, append([]string{"sed", "-i", edit}, files...)...)
	restart()
	return func() {
		for _, file := range files {
			s.run(t, "mv", file+".before", file)
		}
		restart()
	}
}
