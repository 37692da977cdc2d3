//go:build stack

package stack_test

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"gopkg.in/yaml.v3"

	"ops-jrz1/tests/stack/authority"
	"ops-jrz1/tests/stack/host"
	"ops-jrz1/tests/stack/machine"
	"ops-jrz1/tests/stack/matrix"
	"ops-jrz1/tests/stack/slack"
)

// The evaluated host and the names that it has.
const (
	record  = "tests/nix/golden/host.json"
	renamed = "tests/nix/golden/host-renamed.json"
	sqlite  = "tests/nix/golden/host-sqlite.json"

	server = "clarun.xyz"
	forge  = "git.clarun.xyz"
)

// patience is how long anything may take that a test waits for, the machine's start
// too. It takes seconds, but not where much else runs.
const patience = 3 * time.Minute

// site is the machine with everything around it, for all tests.
type site struct {
	root, folder string
	machine      *machine.Machine
	slack        *slack.Slack
	authority    *authority.Authority
	// outside is an HTTP client in the world.
	outside *http.Client

	// host is what is installed, made of parts.
	host  *host.Host
	parts host.Parts
	// recipient is the machine's own key, secrets are encrypted for it.
	recipient string
	// secrets are the values that are in force, by name.
	secrets map[string]string
	// used are all values that any secret has had.
	used []string
}

// placeholders are what secrets/create.sh writes. The token has characters that TOML and
// shells give a meaning.
func placeholders() map[string]string {
	return map[string]string{
		"matrix-registration-token": `0123456789"abcdef'\$-registration`,
		"acme-email":                "REPLACE_WITH_AN_ADDRESS",
		"slack-bot-token":           "REPLACE_WITH_THE_BOT_TOKEN",
		"slack-app-token":           "REPLACE_WITH_THE_APP_LEVEL_TOKEN",
	}
}

// newSite builds the programs, starts Slack and boots the evaluated host. All is
// ended with the test.
func newSite(t *testing.T) *site {
	t.Helper()
	root, err := filepath.Abs("../..")
	require.NoError(t, err)
	folder, err := os.MkdirTemp("", "stack-")
	require.NoError(t, err)
	s := &site{root: root, folder: folder, secrets: placeholders()}
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("the logs are kept: %s", folder)
			return
		}
		require.NoError(t, os.RemoveAll(folder))
	})
	s.build(t)
	s.startSlack(t)
	s.makeHost(t)
	s.boot(t)
	return s
}

// build compiles the programs under test.
func (s *site) build(t *testing.T) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", "build", "-tags", "goolm", "-o", s.folder+"/bin/", "./bridge/cmd/slack-bridge", "./bridge/cmd/slack-emulator")
	cmd.Dir = s.root
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s", out)
}

func (s *site) startSlack(t *testing.T) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	var err error
	s.slack, err = slack.Start(ctx, s.folder+"/bin/slack-emulator", s.folder)
	if s.slack != nil {
		t.Cleanup(func() { require.NoError(t, s.slack.Close()) })
	}
	require.NoError(t, err)
}

// makeHost makes the files of the evaluated host, with the machine's own key and
// secrets encrypted for it.
func (s *site) makeHost(t *testing.T) {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), s.tool("bin/host-key"), s.hostKey()).Output()
	require.NoError(t, err)
	s.recipient = strings.TrimSpace(string(out))

	install := s.tool("bin/install-secrets")
	if os.Getenv("SOPS_NIX") != "" {
		install = s.tool("sops-nix/sops-install-secrets")
	}
	t.Logf("secrets are installed by %s", install)
	s.parts = host.Parts{Root: s.root, Tree: s.tool("tree"), Secrets: s.encrypt(t, s.secrets)}
	s.parts.Bridge, err = os.ReadFile(s.folder + "/bin/slack-bridge")
	require.NoError(t, err)
	s.parts.InstallSecrets, err = os.ReadFile(install)
	require.NoError(t, err, "run scripts/setup-stack.sh")
	s.host = s.make(t, record)
}

func (s *site) make(t *testing.T, path string) *host.Host {
	t.Helper()
	r, err := host.Read(filepath.Join(s.root, path))
	require.NoError(t, err)
	return s.makeOf(t, r)
}

func (s *site) makeOf(t *testing.T, r *host.Record) *host.Host {
	t.Helper()
	made, err := host.Make(r, s.parts)
	require.NoError(t, err)
	return made
}

func (s *site) tool(name string) string { return filepath.Join(s.root, ".cache/stack", name) }

func (s *site) hostKey() string { return filepath.Join(s.folder, "ssh_host_ed25519_key") }

// encrypt writes the secrets file as the operator's sops would.
func (s *site) encrypt(t *testing.T, values map[string]string) []byte {
	t.Helper()
	plain, err := yaml.Marshal(values)
	require.NoError(t, err)
	for _, value := range values {
		s.used = append(s.used, value)
	}
	cmd := exec.CommandContext(t.Context(), s.tool("bin/sops"), "--disable-version-check", "--config", "/dev/null", "encrypt",
		"--age", s.recipient, "--filename-override", "secrets.yaml", "/dev/stdin")
	cmd.Stdin = strings.NewReader(string(plain))
	var stderr strings.Builder
	cmd.Stderr = &stderr
	encrypted, err := cmd.Output()
	require.NoError(t, err, stderr.String())
	return encrypted
}

// boot starts the machine and waits until everything on it has been started.
func (s *site) boot(t *testing.T) {
	t.Helper()
	var err error
	s.authority, err = authority.New()
	require.NoError(t, err)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	config := machine.Config{Tree: s.tool("tree"), Boot: filepath.Join(s.root, "tests/stack/machine/boot.sh"), Folder: s.folder}
	s.machine, err = machine.New(ctx, config, func(root string) error {
		if err := s.surroundings(root); err != nil {
			return err
		}
		return s.host.Files.Write(root)
	})
	t.Cleanup(func() { require.NoError(t, s.machine.Close()) })
	require.NoError(t, err, s.machine.Console())

	listener, err := s.machine.World.Listen(ctx, machine.WorldAddress+":443")
	require.NoError(t, err)
	tls, err := s.authority.TLS(slack.Name)
	require.NoError(t, err)
	require.NoError(t, s.slack.Serve(listener, tls))
	s.outside = matrix.Browser(s.machine.World.Dial, machine.MachineAddress, s.authority.Pool())

	if err := s.machine.Booted(ctx); err != nil {
		t.Fatalf("%v\n%s", err, s.lastLines(t))
	}
	t.Logf("the machine is up; to look around: %s", strings.Join(s.machine.Enter("bash"), " "))
}

// surroundings are the files that a machine has from elsewhere than its modules:
// keys, certificates, names.
func (s *site) surroundings(root string) error {
	files := host.Files{}
	standIn, err := os.ReadFile(filepath.Join(s.root, "tests/stack/standin/continuwuity.py"))
	if err != nil {
		return err
	}
	key, err := os.ReadFile(s.hostKey())
	if err != nil {
		return err
	}
	files["/opt/stand-in/continuwuity"] = host.File{Content: standIn, Mode: 0o755}
	files["/etc/ssh/ssh_host_ed25519_key"] = host.File{Content: key, Mode: 0o600}
	files["/etc/hosts"] = host.File{Content: []byte("127.0.0.1 localhost machine\n" + machine.WorldAddress + " " + slack.Name + "\n"), Mode: 0o644}
	files["/etc/ssl/certs/ca-certificates.crt"] = host.File{Content: s.authority.PEM(), Mode: 0o644}
	files["/etc/machine-id"] = host.File{Content: []byte(strings.Repeat("0123456789abcdef", 2) + "\n"), Mode: 0o444}
	owners := ""
	for _, name := range []string{server, forge} {
		certificate, key, err := s.authority.Certify(name)
		if err != nil {
			return err
		}
		folder := "/var/lib/acme/" + name
		files[folder+"/fullchain.pem"] = host.File{Content: certificate, Mode: 0o644}
		files[folder+"/key.pem"] = host.File{Content: key, Mode: 0o600}
		owners += fmt.Sprintf("z %s/key.pem 0640 root nginx\n", folder)
	}
	files["/etc/tmpfiles.d/acme.conf"] = host.File{Content: []byte(owners), Mode: 0o644}
	return files.Write(root)
}
