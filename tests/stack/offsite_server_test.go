//go:build stack

package stack_test

import (
	"context"
	"os"
	"testing"

	"github.com/stretchr/testify/require"
)

const (
	// otherServer is a name of the machine itself.
	otherServer = "backup.example.org"
	// otherFolder has the other server's keys and settings.
	otherFolder = "/opt/other-server"
	otherSSH    = "other-servers-ssh"
	otherREST   = "other-servers-rest"
)

// prepareOther makes the other server: its name, its user and two keys that it can have. It is
// the machine itself, on 127.0.0.1.
const prepareOther = `
cp /etc/hosts /run/hosts-before
echo '127.0.0.1 backup.example.org' >>/etc/hosts
useradd --create-home --password '*' --shell /usr/sbin/nologin copies
install -d -o copies -g copies -m 0700 /home/copies/.ssh
mkdir -p /opt/other-server /root/desk
ssh-keygen -q -t ed25519 -N '' -C root@other -f /opt/other-server/own-key
ssh-keygen -q -t ed25519 -N '' -C root@another -f /opt/other-server/another-key
`

const removeOther = `
systemctl stop other-servers-ssh other-servers-rest 2>/dev/null || true
cat /run/hosts-before >/etc/hosts
userdel --remove copies 2>/dev/null
rm -rf /run/hosts-before /opt/other-server /root/desk /root/look
`

// otherSSHConfig is of a server that lets people in with keys alone.
const otherSSHConfig = `ListenAddress 127.0.0.1:2222
PasswordAuthentication no
KbdInteractiveAuthentication no
AllowUsers copies
Subsystem sftp internal-sftp
`

// startOtherSSH starts the other server's sshd with one of its keys, and ends the one before.
func (s *site) startOtherSSH(t *testing.T, key string) {
	t.Helper()
	s.stopOther(t, otherSSH)
	require.NoError(t, os.WriteFile(s.machine.Path(otherFolder+"/sshd_config"), []byte(otherSSHConfig), 0o644))
	s.run(t, "systemd-run", "--quiet", "--collect", "--unit="+otherSSH, "--property=RuntimeDirectory=sshd", "--property=RuntimeDirectoryPreserve=yes",
		"/usr/sbin/sshd", "-D", "-e", "-f", otherFolder+"/sshd_config", "-h", otherFolder+"/"+key)
	s.awaitPort(t, "2222")
}

func (s *site) stopOther(t *testing.T, unit string) {
	t.Helper()
	s.run(t, "sh", "-c", "! systemctl is-active --quiet "+unit+" || systemctl stop "+unit)
}

// awaitPort waits until a port of 127.0.0.1 is open on the machine.
func (s *site) awaitPort(t *testing.T, port string) {
	t.Helper()
	s.await(t, "port "+port, func(ctx context.Context) (bool, error) {
		_, err := s.machine.Run(ctx, "bash", "-c", ": </dev/tcp/127.0.0.1/"+port)
		return err == nil, err
	})
}
