//go:build stack

package stack_test

import (
	"crypto/rand"
	"crypto/sha1" // One of the forms of a password that rest-server reads.
	"encoding/base64"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const (
	rest = "tests/nix/golden/host-rest.json"

	refused   = notPushed + "its server does not take the user and the password of restic-environment"
	untrusted = notPushed + `restic does not reach the repository: Head "https://ops-jrz1:***@backup.example.org:8000/ops-jrz1/config": tls: failed to verify certificate: x509: certificate signed by unknown authority`
)

// awkward are characters that a shell or systemd reads in a value without quotes.
const awkward = " $HOME `id` \"#\\"

// requireREST pushes to restic's own REST server, over TLS, with what the secret has.
func (s *site) requireREST(t *testing.T) {
	password := rand.Text() + awkward
	s.secrets["restic-environment"] = environment(password)
	s.parts.Secrets = s.encrypt(t, s.secrets)
	s.used = append(s.used, password)
	changed, failed := s.install(t, s.make(t, rest))
	require.NoError(t, failed)
	require.Equal(t, []string{installer}, changed, "a switch does not push")
	s.startOtherREST(t, password)

	t.Run("the variables reach the unit", func(t *testing.T) {
		s.run(t, "systemctl", "start", offsite)
		require.FileExists(t, s.machine.Path("/home/copies/ops-jrz1/config"))
	})
	t.Run("and the command", func(t *testing.T) { require.Len(t, s.snapshots(t), 1) })
	t.Run("no command line shows the password", func(t *testing.T) {
		shown := s.run(t, "bash", "-euo", "pipefail", "-c", strings.ReplaceAll(pushed, "/proc/[0-9]*/environ", ""))
		require.Contains(t, shown, "--files-from=/run/restic-backups-offsite/includes", "the command was seen")
		require.False(t, strings.Contains(shown, password))
	})
	t.Run("another password is refused and named", func(t *testing.T) {
		s.withSecret(t, "restic-environment", environment("another"), func() { s.requireNotPushed(t, refused) })
	})
	t.Run("what was lost comes back out of it", func(t *testing.T) { s.requireLostComesBack(t) })
	t.Run("a certificate that is not trusted is named", func(t *testing.T) {
		s.run(t, "sh", "-euc", "cp -a /etc/ssl/certs/ca-certificates.crt /run/authorities; : >/etc/ssl/certs/ca-certificates.crt")
		// The unit would try for half an hour: what it says at the end, in two seconds.
		said := s.run(t, "bash", "-euc", `cd /; set -a; . /run/secrets/restic-environment
			RESTIC_REPOSITORY=rest:https://backup.example.org:8000/ops-jrz1/ RESTIC_PASSWORD_FILE=/run/secrets/restic-password
			SERVICE_RESULT=exit-code OPS_BACKUP_SECONDS=2 /nix/store/ops-backup-failed/bin/ops-backup-failed 2>&1`)
		s.run(t, "sh", "-euc", "cat /run/authorities >/etc/ssl/certs/ca-certificates.crt; rm /run/authorities")
		require.Equal(t, untrusted+"\n", said)
	})
}

// environment is the secret as docs/offsite.md shows it.
func environment(password string) string {
	return "RESTIC_REST_USERNAME='ops-jrz1'\nRESTIC_REST_PASSWORD='" + password + "'\n"
}

// startOtherREST starts restic's REST server on the other server, with one user.
func (s *site) startOtherREST(t *testing.T, password string) {
	t.Helper()
	certificate, key, err := s.authority.Certify(otherServer)
	require.NoError(t, err)
	program, err := os.ReadFile(s.tool("offsite/rest-server"))
	require.NoError(t, err, "run scripts/setup-stack.sh")
	for name, content := range map[string][]byte{
		"certificate.pem": certificate, "key.pem": key, "rest-server": program, "htpasswd": htpasswd("ops-jrz1", password),
	} {
		require.NoError(t, os.WriteFile(s.machine.Path(otherFolder+"/"+name), content, 0o700))
	}
	s.run(t, "sh", "-euc", "rm -rf "+theirs+"; chown -R copies: "+otherFolder)
	s.run(t, "systemd-run", "--quiet", "--collect", "--unit="+otherREST, "--uid=copies", otherFolder+"/rest-server",
		"--path", "/home/copies", "--listen", "127.0.0.1:8000", "--private-repos", "--htpasswd-file", otherFolder+"/htpasswd",
		"--tls", "--tls-cert", otherFolder+"/certificate.pem", "--tls-key", otherFolder+"/key.pem")
	s.awaitPort(t, "8000")
}

// htpasswd is a file with one user, as htpasswd -s writes it.
func htpasswd(user, password string) []byte {
	sum := sha1.Sum([]byte(password))
	return []byte(user + ":{SHA}" + base64.StdEncoding.EncodeToString(sum[:]) + "\n")
}
