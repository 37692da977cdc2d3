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
			for _, file := range tc.files {
				s.run(t, "cp", "--preserve=all", file, file+".before")
			}
			reload := func() {
				if tc.reload != "" {
					s.run(t, "systemctl", "restart", tc.reload)
				}
			}
			defer func() {
				for _, file := range tc.files {
					s.run(t, "mv", file+".before", file)
				}
				reload()
			}()
			s.run(t, append([]string{"sed", "-i", "s/" + tc.from + "/[::1]" + port + "/g"}, tc.files...)...)
			reload()
			begun := time.Now()
			said := s.run(t, "sh", "-c", "ops-doctor || true")
			require.Less(t, time.Since(begun), 6*time.Second)
			require.Regexp(t, "(?m)^"+tc.line+"$", said)
			failed := regexp.MustCompile(`(?m)^FAILED.*$`).FindAllString(said, -1)
			failed = slices.DeleteFunc(failed, func(line string) bool { return strings.Contains(line, noForge) })
			require.Len(t, failed, 1, said)
		})
	}
}
