package deploy_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestOnlyTheCommitIsSent: what lies in the checkout without being committed stays here.
func TestOnlyTheCommitIsSent(t *testing.T) {
	h := newHost(t)
	const marker = "SECRET-THAT-STAYS-HERE"
	h.write("checkout/ignored/keys.txt", marker)
	h.write("checkout/.git/info/exclude", "/plain.yaml\n")
	h.write("checkout/plain.yaml", marker)
	got := h.deploy()
	require.Equal(t, 0, got.code)
	require.NotContains(t, got.said, marker)
	for _, folder := range []string{h.root, h.standin} {
		for path, content := range snapshot(t, folder) {
			require.NotContains(t, content, marker, path)
		}
	}

	h.write("checkout/hosts/vps/default.nix", "{ }\n# not committed\n")
	got = h.deploy()
	require.Equal(t, 65, got.code)
	require.Contains(t, got.said, " M hosts/vps/default.nix")
	require.Contains(t, got.said, "--ref HEAD")
	require.Equal(t, 0, h.deploy("--ref", "HEAD").code)
	require.Equal(t, "{ }\n", h.read("root/var/lib/ops-deploy/current/hosts/vps/default.nix"))
}

// TestCommitsThatStayHere: a commit with a secret in it is not sent, and the secret is
// not shown.
func TestCommitsThatStayHere(t *testing.T) {
	key := "AGE-SECRET-" + "KEY-1" + strings.Repeat("Q", 58)
	token := "xoxb-" + "123456789012-123456789012-" + strings.Repeat("a", 24)
	for name, tc := range map[string]struct {
		path, text, said string
	}{
		"a file of keys":          {"secrets/keys.txt", "nothing", "secrets/keys.txt"},
		"an environment":          {"deploy/.env", "A=b", "deploy/.env"},
		"a private SSH key":       {"hosts/vps/id_ed25519", "x", "hosts/vps/id_ed25519"},
		"an age key":              {"docs/how.md", "first\n" + key, "docs/how.md"},
		"a PEM key":               {"hosts/vps/tls", "-----BEGIN EC PRIVATE" + " KEY-----\nAAAA", "hosts/vps/tls"},
		"a Slack token":           {"hosts/vps/default.nix", "# " + token, "hosts/vps/default.nix"},
		"secrets in clear":        {"secrets/secrets.yaml", "slack-bot-token: hunter2hunter2\nsops:\n    age: []\n", "secrets/secrets.yaml holds in clear: slack-bot-token"},
		"nested in clear":         {"secrets/secrets.yaml", "forge:\n    admin:\n        - hunter2hunter2\n    mail: hunter2hunter2 # ENC[\nother: ENC[AES256_GCM,data:abcd]\nsops:\n    age: []\n", "secrets/secrets.yaml holds in clear: admin, mail\n"},
		"a list in clear":         {"secrets/secrets.yaml", "tokens:\n    - ENC[AES256_GCM,data:abcd]\n    - hunter2hunter2\nsops:\n    age: []\n", "holds in clear: tokens\n"},
		"text in clear":           {"secrets/secrets.yaml", "key file: |\n    hunter2hunter2\nsops:\n    age: []\n", "holds in clear: key file\n"},
		"a token by its old name": {"secrets/secrets.yaml", "slack-oauth-token: ENC[AES256_GCM,data:abcd]\nsops:\n    age: []\n", "EDITOR=\"sed -i.old -e '/^slack-bot-token:/d' -e 's/^slack-oauth-token:/slack-bot-token:/'\" sops secrets/secrets.yaml"},
		"no one who may log in":   {"hosts/vps/authorized_keys", "# no one\n", "hosts/vps/authorized_keys is not in the commit"},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHost(t)
			h.write("checkout/"+tc.path, tc.text)
			h.commit("Oops")
			got := h.deploy()
			require.Equal(t, 65, got.code)
			require.Contains(t, got.said, tc.said)
			for _, hidden := range []string{key, token, "hunter2hunter2", "AAAA"} {
				require.NotContains(t, got.said, hidden)
			}
			require.False(t, h.exists("root/var/lib/ops-deploy"), "nothing was sent")
		})
	}
}

// TestWhatSopsLeavesInClear is no secret: values that hold nothing, nested ones, and what
// a person has named so. The file is of the real program's making, with short values.
func TestWhatSopsLeavesInClear(t *testing.T) {
	h := newHost(t)
	text, err := os.ReadFile("testdata/sops.yaml")
	require.NoError(t, err)
	_, meta, found := strings.Cut(h.read("checkout/secrets/secrets.yaml"), "\nsops:")
	require.True(t, found)
	h.write("checkout/secrets/secrets.yaml", string(text)+"sops:"+meta)
	h.commit("Nested")
	require.Equal(t, 0, h.deploy("--dry-run").code)
}

// TestThisRepositoryMayLeave: none of the project's own files has to stay here.
func TestThisRepositoryMayLeave(t *testing.T) {
	h := newHost(t)
	files := h.command("git", "-C", repository(t), "ls-files", "-z", "--cached", "--others", "--exclude-standard")
	for name := range strings.SplitSeq(strings.TrimRight(files, "\x00"), "\x00") {
		text, err := os.ReadFile(filepath.Join(repository(t), name))
		if os.IsNotExist(err) {
			continue // deleted, and not committed
		}
		require.NoError(t, err)
		h.write("checkout/"+name, string(text))
	}
	h.write("checkout/hosts/vps/authorized_keys", "ssh-ed25519 AAAAoperator\n")
	// The first one for whom the project's secrets are encrypted.
	h.write("standin/recipient", "age1vuxcwvdvzl2u7w6kudqvnnf45czrnhwv9aevjq9hyjjpa409jvkqhkz32q\n")
	h.commit("The project")
	got := h.deploy("--dry-run", "--host", "vps")
	require.Equal(t, 0, got.code)
}

func TestCommandLine(t *testing.T) {
	h := newHost(t)
	for name, tc := range map[string]struct {
		args []string
		said string
	}{
		"an unknown option":      {[]string{"--force"}, "deploy [OPTIONS] root@HOST"},
		"two hosts":              {[]string{"other"}, "deploy [OPTIONS] root@HOST"},
		"an option of another":   {[]string{"check", "--dry-run"}, "deploy check takes no --dry-run; it takes --ssh-config"},
		"and with a value":       {[]string{"adopt", "--host", "vps"}, "deploy adopt takes no --host"},
		"no such folder":         {[]string{"--host", "mars"}, "hosts/mars/default.nix is not there"},
		"a name that is a path":  {[]string{"--host", "../vps"}, "is not there"},
		"no number":              {[]string{"--health", "soon"}, "--health wants a number of seconds"},
		"no time for the health": {[]string{"--health", "300", "--dead-man", "300"}, "is not below --dead-man"},
	} {
		t.Run(name, func(t *testing.T) {
			got := h.deploy(tc.args...)
			require.Equal(t, 64, got.code)
			require.Contains(t, got.said, tc.said)
		})
	}
	got := h.deploy("--ref", "nothing")
	require.Equal(t, 65, got.code)
	require.Contains(t, got.said, "there is no commit nothing")
	h.write("checkout/hosts/mars/default.nix", "{ }\n")
	got = h.deploy()
	require.Equal(t, 64, got.code)
	require.Contains(t, got.said, "--host NAME, one of mars vps")
	// What asks the host alone needs neither a name nor a checkout.
	require.NoError(t, os.RemoveAll(filepath.Join(h.root, "var/lib/postgresql")))
	h.outside = true
	for _, args := range [][]string{{"check"}, {"rollback"}, {"adopt", "--dry-run"}} {
		require.Equal(t, 0, h.deploy(args...).code, args)
	}
	require.Equal(t, 64, h.deploy().code)
}
