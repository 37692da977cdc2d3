//go:build stack

package stack_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"ops-jrz1/tests/stack/host"
)

// The host with another repository for its copies, and what each says when it fails.
const (
	sftp   = "tests/nix/golden/host-sftp.json"
	pinned = "tests/nix/golden/host-pinned.json"

	learnt       = "/var/lib/ops-backup/known_hosts"
	pins         = "/nix/store/ops-backup-known-hosts"
	notPushed    = "nothing went off the host: "
	anotherKey   = notPushed + `its server shows another SSH key than the known one: see docs/offsite.md, "The server shows another key"`
	unknownKey   = notPushed + "ops.backup.offsite.knownHosts does not have its server by this name and port: add the line that ssh-keyscan prints"
	notTaken     = notPushed + "its server does not take restic-ssh-key: put the line of its public key into authorized_keys there"
	unreadable   = notPushed + "ssh cannot read restic-ssh-key: put the whole private key into the secrets, as a block"
	notListening = notPushed + "restic does not reach the repository: ssh: connect to host backup.example.org port 2222: Connection refused"

	authorizedKeys = "/home/copies/.ssh/authorized_keys"
	theirs         = "/home/copies/ops-jrz1"
)

// requireOffsiteElsewhere pushes the copies to another server by the steps of docs/offsite.md:
// over SSH, then to a REST server.
func (s *site) requireOffsiteElsewhere(t *testing.T) {
	s.run(t, "bash", "-euc", prepareOther)
	defer s.run(t, "bash", "-euc", removeOther)
	s.bringSSHKey(t)
	t.Run("over SSH", func(t *testing.T) { s.requireLearntKey(t) })
	t.Run("over SSH, with a named key", func(t *testing.T) { s.requireNamedKey(t) })
	t.Run("to a REST server", func(t *testing.T) { s.requireREST(t) })
}

// bringSSHKey makes the key as the page says, and switches to the host that uses it.
func (s *site) bringSSHKey(t *testing.T) {
	t.Helper()
	public := s.follow(t, "2. A key to log in with")[1]
	const restricted = `restrict,command="internal-sftp" `
	require.Contains(t, s.offsitePage(t), restricted+"ssh-ed25519 ")
	s.run(t, "sh", "-euc", "printf '%s\n' \"$1\" >"+authorizedKeys+"; chown copies: "+authorizedKeys, "sh", restricted+public)
	key := s.run(t, "cat", "/root/desk/restic-ssh-key")
	for line := range strings.Lines(key) {
		// The first line of its body says how it is written, and is the same in all.
		if !strings.HasPrefix(line, "-----") && !strings.HasPrefix(line, "b3BlbnNzaC1rZXkt") {
			s.used = append(s.used, strings.TrimSpace(line))
		}
	}
	s.secrets["restic-ssh-key"] = key
	s.parts.Secrets = s.encrypt(t, s.secrets)
	changed, failed := s.install(t, s.make(t, sftp))
	require.NoError(t, failed)
	require.Equal(t, []string{installer}, changed, "a switch does not push")
}

// requireLearntKey has the first connection learn the other server's key.
func (s *site) requireLearntKey(t *testing.T) {
	s.startOtherSSH(t, "own-key")
	t.Run("the first time learns the key, makes the repository and shows no secret", func(t *testing.T) {
		shown := s.run(t, "bash", "-euo", "pipefail", "-c", pushed)
		require.Contains(t, shown, "UserKnownHostsFile="+learnt, "ssh was seen")
		for _, secret := range append(s.used[len(s.used)-3:], s.secrets["restic-password"]) {
			require.False(t, strings.Contains(shown, secret), "a command line or an environment shows a secret")
		}
		require.Len(t, s.snapshots(t), 1)
		require.FileExists(t, s.machine.Path(theirs+"/config"))
		require.Equal(t, s.fingerprint(t, otherFolder+"/own-key.pub"), s.fingerprint(t, learnt))
	})
	t.Run("another key is refused, and named as the page says", func(t *testing.T) {
		s.startOtherSSH(t, "another-key")
		s.requireNotPushed(t, anotherKey)
		require.Equal(t, []string{anotherKey}, s.follow(t, "If nothing goes off the host"))
	})
	t.Run("and learnt as the page says", func(t *testing.T) {
		s.follow(t, "The server shows another key")
		require.Len(t, s.snapshots(t), 2)
		require.Equal(t, s.fingerprint(t, otherFolder+"/another-key.pub"), s.fingerprint(t, learnt))
	})
	t.Run("a key that is not taken is named", func(t *testing.T) {
		s.startOtherSSH(t, "another-key")
		s.run(t, "mv", authorizedKeys, authorizedKeys+".away")
		s.requireNotPushed(t, notTaken)
		s.run(t, "mv", authorizedKeys+".away", authorizedKeys)
	})
	t.Run("a key that is cut off is named", func(t *testing.T) {
		// A server that runs on shuts out who has failed three times.
		s.startOtherSSH(t, "another-key")
		begin, _, _ := strings.Cut(s.secrets["restic-ssh-key"], "\n")
		s.withSecret(t, "restic-ssh-key", begin+"\nb3BlbnNzaC1rZXkt\n", func() { s.requireNotPushed(t, unreadable) })
	})
	t.Run("a server that does not listen is named", func(t *testing.T) {
		s.stopOther(t, otherSSH)
		s.requireNotPushed(t, notListening)
	})
}

// requireNamedKey has the host take the other server's key alone, which the page has the
// operator find out and compare.
func (s *site) requireNamedKey(t *testing.T) {
	s.run(t, "rm", "-r", learnt, theirs)
	s.startOtherSSH(t, "own-key")
	printed := s.follow(t, "3. The other server's own key")
	require.Len(t, printed, 3)
	require.Equal(t, strings.Fields(printed[1])[1], strings.Fields(printed[2])[1], "the two fingerprints that are to be compared")
	s.installPinned(t, printed[0])

	t.Run("the copies go there, and no key is learnt", func(t *testing.T) {
		s.follow(t, "5. The first time")
		require.FileExists(t, s.machine.Path("/root/look"+s.newestCopy(t)))
		require.NoFileExists(t, s.machine.Path(learnt))
	})
	t.Run("another key is refused and named", func(t *testing.T) {
		s.startOtherSSH(t, "another-key")
		s.requireNotPushed(t, anotherKey)
	})
	t.Run("a key under another name is not taken, which is named", func(t *testing.T) {
		s.startOtherSSH(t, "own-key")
		s.installPinned(t, strings.Replace(printed[0], otherServer, "mirror.example.org", 1))
		s.requireNotPushed(t, unknownKey)
		s.installPinned(t, printed[0])
	})
	t.Run("what was lost comes back out of it", func(t *testing.T) { s.requireLostComesBack(t) })
}

// installPinned installs the host with a line in ops.backup.offsite.knownHosts, which was
// evaluated with one that no server has.
func (s *site) installPinned(t *testing.T, line string) {
	t.Helper()
	next := s.make(t, pinned)
	require.Contains(t, string(next.Files[pins].Content), "["+otherServer+"]:2222 ssh-ed25519 ")
	next.Files[pins] = host.File{Content: []byte(line + "\n"), Mode: 0o644}
	_, failed := s.install(t, next)
	require.NoError(t, failed)
}

// fingerprint is that of the one key in a file.
func (s *site) fingerprint(t *testing.T, file string) string {
	t.Helper()
	lines := strings.Split(strings.TrimSpace(s.run(t, "ssh-keygen", "-lf", file)), "\n")
	require.Len(t, lines, 1)
	return strings.Fields(lines[0])[1]
}

// withSecret gives a secret on the machine another value for a while.
func (s *site) withSecret(t *testing.T, name, value string, run func()) {
	t.Helper()
	s.run(t, "sh", "-euc", `cp -a "/run/secrets/$1" /run/kept; printf %s "$2" >"/run/secrets/$1"`, "sh", name, value)
	defer s.run(t, "sh", "-euc", `cat /run/kept >"/run/secrets/$1"; rm /run/kept`, "sh", name)
	run()
}
