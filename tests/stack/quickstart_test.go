//go:build stack

package stack_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"gopkg.in/yaml.v3"

	"ops-jrz1/tests/stack/machine"
	"ops-jrz1/tests/stack/transcript"
)

// operator is who follows the quickstart: a folder with a home, keys and a checkout, on a
// machine in the world.
type operator struct {
	site     *site
	folder   string
	checkout string
	// brought says that the machine has the secrets of the checkout.
	brought bool
}

// testQuickstart types every block of the quickstart that no † excuses, in order, and
// holds what is printed against what the document shows.
func testQuickstart(t *testing.T, s *site) {
	s.needTokens(t)
	text, err := os.ReadFile(filepath.Join(s.root, "docs/quickstart.md"))
	require.NoError(t, err)
	// The names and addresses that the machine has.
	blocks, err := transcript.Parse(strings.NewReplacer("your.server", server, "203.0.113.5", machine.MachineAddress).Replace(string(text)))
	require.NoError(t, err)
	o := newOperator(t, s)
	defer o.takeBack(t)
	ran := 0
	for _, block := range blocks {
		if block.Mark != nil {
			continue
		}
		if strings.HasPrefix(block.Heading, "7.") && !o.brought {
			o.bringSecrets(t)
		}
		for _, step := range block.Steps {
			ok := t.Run(fmt.Sprintf("line %d: %s", block.Line, step.Command), func(t *testing.T) {
				require.NoError(t, step.Compare(o.types(t, step)))
			})
			require.True(t, ok, "the steps after it rest on it")
			ran++
		}
	}
	require.Greater(t, ran, 15)
}

// newOperator makes the operator's machine, and of the server what a provider's image is.
func newOperator(t *testing.T, s *site) *operator {
	t.Helper()
	o := &operator{site: s, folder: filepath.Join(s.folder, "operator"), checkout: filepath.Join(s.folder, "operator/ops-jrz1")}
	require.NoError(t, os.MkdirAll(filepath.Join(o.folder, "home"), 0o700))
	require.NoError(t, os.MkdirAll(filepath.Join(o.folder, "tmp"), 0o700))
	o.here(t, "ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "ann@desk", "-f", filepath.Join(o.folder, "key"))
	o.here(t, "go", "-C", filepath.Join(s.root, "tests/stack/secrets"), "build", "-o", o.folder+"/tools/",
		"filippo.io/age/cmd/age-keygen", "github.com/Mic92/ssh-to-age/cmd/ssh-to-age", "github.com/getsops/sops/v3/cmd/sops")
	o.write(t, "hosts", "127.0.0.1 localhost\n"+machine.MachineAddress+" "+server+" "+forge+"\n")
	o.write(t, "ca.pem", string(s.authority.PEM()))
	o.write(t, "ssh_config", fmt.Sprintf("Host *\n  IdentityFile %[1]s/key\n  IdentitiesOnly yes\n  UserKnownHostsFile %[1]s/known_hosts\n  StrictHostKeyChecking accept-new\n  LogLevel ERROR\n", o.folder))
	o.write(t, "said", "")
	tokens, err := s.slack.Tokens()
	require.NoError(t, err)
	o.write(t, "bot-token", tokens.Bot)
	o.write(t, "app-token", tokens.App)

	// What a clone has: what is committed here, or will be.
	require.NoError(t, os.Mkdir(o.checkout, 0o755))
	o.here(t, "bash", "-euo", "pipefail", "-c", `cd "$0"; git ls-files -z --cached --others --exclude-standard --deduplicate |
		while IFS= read -r -d '' file; do [ ! -e "$file" ] || printf '%s\0' "$file"; done |
		tar --null --files-from=- -c | tar -x -C "$1"`, s.root, o.checkout)
	o.run(t, "git init -q --initial-branch=main && git add -A && git commit -q -m 'The project'")
	o.prepareServer(t)
	return o
}

func (o *operator) write(t *testing.T, name, text string) {
	t.Helper()
	require.NoError(t, os.WriteFile(filepath.Join(o.folder, name), []byte(text), 0o600))
}

func (o *operator) here(t *testing.T, args ...string) {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), args[0], args[1:]...).CombinedOutput()
	require.NoError(t, err, "%v: %s", args, out)
}

// prepareServer makes what a deployment meets on the machine, and opens the way in.
func (o *operator) prepareServer(t *testing.T) {
	t.Helper()
	s := o.site
	require.NoError(t, os.CopyFS(s.machine.Path("/opt/stand-ins"), os.DirFS(filepath.Join(s.root, "tests/deploy/standins"))))
	s.copyTo(t, "/opt/prepare", filepath.Join(s.root, "tests/stack/operator/server/prepare"))
	require.NoError(t, os.WriteFile(s.machine.Path("/opt/ops-doctor"), o.doctor(t), 0o755))
	key, err := os.ReadFile(filepath.Join(o.folder, "key.pub"))
	require.NoError(t, err)
	prepare := s.machine.Enter("/opt/prepare", strings.TrimSpace(string(key)), s.recipient, "/opt/stand-ins")
	cmd := exec.CommandContext(t.Context(), prepare[0], prepare[1:]...)
	cmd.Env = []string{"PATH=/usr/sbin:/usr/bin:/sbin:/bin"}
	cmd.Stdin = strings.NewReader(o.facts(t))
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s", out)
	require.NoError(t, os.WriteFile(s.machine.Path("/opt/sshd_config"), []byte(`HostKey /etc/ssh/ssh_host_ed25519_key
AuthorizedKeysFile /srv/vps/root/.ssh/authorized_keys
StrictModes no
PasswordAuthentication no
PermitRootLogin prohibit-password
SetEnv PATH=/opt/server:/usr/sbin:/usr/bin:/sbin:/bin OPS_DEPLOY_ROOT=/srv/vps
`), 0o644))
	s.run(t, "systemd-run", "--quiet", "--unit=operators-sshd", "--property=RuntimeDirectory=sshd", "/usr/sbin/sshd", "-D", "-e", "-f", "/opt/sshd_config")
	s.await(t, "the server's sshd", func(ctx context.Context) (bool, error) {
		conn, err := s.machine.World.Dial(ctx, "tcp", machine.MachineAddress+":22")
		if err != nil {
			return false, err
		}
		return true, conn.Close()
	})
}

func (s *site) copyTo(t *testing.T, path, from string) {
	t.Helper()
	text, err := os.ReadFile(from)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(s.machine.Path(path), text, 0o755))
}

// facts are what the evaluated host expects, but for the keys, which are the operator's.
func (o *operator) facts(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(o.site.root, record))
	require.NoError(t, err)
	var recorded struct {
		Deploy struct{ Expects []string }
	}
	require.NoError(t, json.Unmarshal(text, &recorded))
	facts := slices.DeleteFunc(recorded.Deploy.Expects, func(fact string) bool { return fact == "" || strings.HasPrefix(fact, "ssh-key ") })
	require.Greater(t, len(facts), 8)
	return strings.Join(facts, "\n") + "\n"
}

// doctor is ops-doctor, with the units that the machine has.
func (o *operator) doctor(t *testing.T) []byte {
	t.Helper()
	script, err := os.ReadFile(filepath.Join(o.site.root, "modules/ops/doctor.sh"))
	require.NoError(t, err)
	arguments := []string{"slack_bridge", "--config", state + "/config.yaml", "--proxy", "https://127.0.0.1", "--public", server, "--public", forge}
	for _, unit := range []string{registration, bridge, installer, homeserver, "postgresql.service", web} {
		arguments = append(arguments, "--unit", unit)
	}
	return []byte("#!/bin/bash\nset -euo pipefail\nexport PATH=/nix/store/slack-bridge/bin:/usr/sbin:/usr/bin:/sbin:/bin\nset -- " +
		strings.Join(arguments, " ") + " \"$@\"\n" + strings.TrimPrefix(string(script), "#!/usr/bin/env bash\n"))
}

// types runs what a person types, here or on the server, and returns what it prints.
func (o *operator) types(t *testing.T, step transcript.Step) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*patience)
	defer cancel()
	if step.Root {
		// As on NixOS, where the system's programs are in the path.
		out, err := o.site.machine.Run(ctx, "bash", "-c", `for programs in /nix/store/*/bin; do PATH+=:$programs; done; eval "$0"`, step.Command)
		require.NoError(t, err, out)
		return out
	}
	return o.run(t, step.Command)
}

// run runs a line in the checkout, in the world.
func (o *operator) run(t *testing.T, line string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*patience)
	defer cancel()
	cmd := o.site.machine.World.Command(ctx, "unshare", "--mount", "bash", "-euc",
		`mount --make-rprivate / && mount --bind "$0" /etc/hosts && exec bash -o pipefail -c "$1"`, filepath.Join(o.folder, "hosts"), line)
	cmd.Dir = o.checkout
	cmd.Env = []string{
		"OPERATOR=" + o.folder, "HOME=" + o.folder + "/home", "TMPDIR=" + o.folder + "/tmp", "CURL_CA_BUNDLE=" + o.folder + "/ca.pem",
		"EDITOR=" + o.site.root + "/tests/stack/operator/bin/editor", "SOPS_DISABLE_VERSION_CHECK=1",
		"PATH=" + strings.Join([]string{o.site.root + "/tests/stack/operator/bin", o.folder + "/tools", o.site.folder + "/bin", "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin"}, ":"),
		"GIT_CONFIG_GLOBAL=/dev/null", "GIT_AUTHOR_NAME=Ann", "GIT_AUTHOR_EMAIL=ann@desk.test", "GIT_COMMITTER_NAME=Ann", "GIT_COMMITTER_EMAIL=ann@desk.test",
	}
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s\n%s", line, out)
	said, err := os.OpenFile(filepath.Join(o.folder, "said"), os.O_APPEND|os.O_WRONLY, 0)
	require.NoError(t, err)
	defer said.Close()
	_, err = said.Write(out)
	require.NoError(t, err)
	// The server's root folder is one of the machine's.
	return strings.ReplaceAll(string(out), "/srv/vps/", "/")
}

// bringSecrets gives the machine the secrets of the checkout, as a switch of a real NixOS
// would bring them with the rest.
func (o *operator) bringSecrets(t *testing.T) {
	t.Helper()
	s := o.site
	encrypted, err := os.ReadFile(filepath.Join(o.checkout, "secrets/secrets.yaml"))
	require.NoError(t, err)
	values := map[string]string{}
	require.NoError(t, yaml.Unmarshal([]byte(o.run(t, "sops decrypt secrets/secrets.yaml")), &values))
	for _, value := range values {
		if strings.TrimSpace(value) != "" {
			s.used = append(s.used, value)
		}
	}
	o.switchSecrets(t, encrypted)
	o.brought = true
}

// switchSecrets gives the machine other secrets, of which the homeserver's is one.
func (o *operator) switchSecrets(t *testing.T, encrypted []byte) {
	t.Helper()
	s := o.site
	before := s.mainPID(t, homeserver)
	s.parts.Secrets = encrypted
	_, failed := s.install(t, s.make(t, record))
	require.NoError(t, failed)
	s.await(t, "the homeserver's restart", func(context.Context) (bool, error) {
		now := s.show(t, homeserver, "MainPID")["MainPID"]
		return now != before && now != "0", nil
	})
	for _, unit := range []string{installer, registration, homeserver, bridge} {
		s.awaitState(t, unit, "active")
	}
	s.awaitHomeserver(t)
}

// takeBack, while the test still runs, closes the way in and gives the machine its own secrets again.
func (o *operator) takeBack(t *testing.T) {
	s := o.site
	s.run(t, "systemctl", "stop", "operators-sshd")
	s.run(t, "rm", "-rf", "/srv/vps", "/srv/standin", "/opt/server", "/opt/stand-ins", "/opt/prepare", "/opt/ops-doctor", "/opt/sshd_config")
	if o.brought {
		o.switchSecrets(t, s.encrypt(t, s.secrets))
	}
}
