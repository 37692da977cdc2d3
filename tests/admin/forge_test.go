package admin_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// forgejo replaces Forgejo's program: it makes an account by the flags that the real
// one knows, and wants to be told where its state and its configuration are.
const forgejo = `#!/usr/bin/env bash
set -euo pipefail
fail() { echo "Command error: $*" >&2; exit 1; }
[ "$FORGEJO_WORK_DIR" = "$STATE" ] && [ "$PWD" = "$STATE" ] || fail "wrong work path"
[ "$1" = --config ] && [ -r "$2" ] || fail "no configuration"
[ "$3 $4 $5" = 'admin user create' ] || fail "No help topic for '$3'"
shift 5
random='' name='' email='' admin='' change=true
while [ $# -gt 0 ]; do
  case $1 in
    --admin) admin=true ;;
    --username) name=$2 && shift ;;
    --email) email=$2 && shift ;;
    --random-password) random=true ;;
    --must-change-password) change=true ;;
    *) fail "flag provided but not defined: $1" ;;
  esac
  shift
done
[ -n "$name" ] || fail "One of --name or --username flags must be set"
[ -n "$random" ] || fail "must set either password or random-password flag"
[[ $email == *@* ]] || fail "e-mail invalid [email: $email]"
[ ! -e "$STATE/$name" ] || { echo "generated random password is 'unused'"; fail "CreateUser: user already exists [name: $name]"; }
echo "$email $admin $change" >"$STATE/$name"
echo "generated random password is 'abcdefgh'"
echo "New user '$name' has been successfully created!"
`

// forge is a host with Forgejo's state.
type forge struct {
	t                  *testing.T
	state, configFile  string
	program, stand, by string
}

func newForge(t *testing.T) *forge {
	t.Helper()
	dir := t.TempDir()
	f := &forge{t: t, state: filepath.Join(dir, "state"), configFile: filepath.Join(dir, "app.ini"), program: filepath.Join(dir, "forgejo"), stand: filepath.Join(dir, "bin"), by: "0"}
	require.NoError(t, os.Mkdir(f.state, 0o700))
	require.NoError(t, os.Mkdir(f.stand, 0o700))
	require.NoError(t, os.WriteFile(f.program, []byte(forgejo), 0o700))
	require.NoError(t, os.WriteFile(f.configFile, []byte("[server]\n"), 0o600))
	// Who runs the tests is root or not, and has no user of Forgejo's.
	for name, text := range map[string]string{
		"id":      "#!/bin/sh\necho \"$CALLER\"\n",
		"runuser": "#!/bin/sh\n[ \"$1 $2 $3\" = '-u forgejo --' ] || exit 64\nshift 3\nexec \"$@\"\n",
	} {
		require.NoError(t, os.WriteFile(filepath.Join(f.stand, name), []byte(text), 0o700))
	}
	return f
}

// run is ops-forge-admin, as modules/ops/forge.nix calls its script.
func (f *forge) run(args ...string) (int, string) {
	f.t.Helper()
	args = append([]string{"../../modules/ops/forge-admin.sh", "forgejo", f.state, f.configFile, f.program}, args...)
	cmd := exec.CommandContext(f.t.Context(), "bash", args...)
	cmd.Env = append(os.Environ(), "PATH="+f.stand+":"+os.Getenv("PATH"), "CALLER="+f.by, "STATE="+f.state)
	out, err := cmd.CombinedOutput()
	if cmd.ProcessState == nil {
		require.NoError(f.t, err)
	}
	return cmd.ProcessState.ExitCode(), string(out)
}

// TestForgeAdmin: people cannot register with the forge, so its first account is made on
// the host.
func TestForgeAdmin(t *testing.T) {
	f := newForge(t)
	code, said := f.run("ann", "ann@desk.test")
	require.Equal(t, 0, code, said)
	require.Equal(t, "generated random password is 'abcdefgh'\nNew user 'ann' has been successfully created!\n", said)
	made, err := os.ReadFile(filepath.Join(f.state, "ann"))
	require.NoError(t, err)
	require.Equal(t, "ann@desk.test true true\n", string(made), "an administrator, who has to choose a password")
	code, said = f.run("ann", "ann@desk.test")
	require.NotZero(t, code)
	require.Contains(t, said, "user already exists")
}

func TestForgeAdminRefuses(t *testing.T) {
	for name, tc := range map[string]struct {
		change func(*forge)
		args   []string
		code   int
		said   string
	}{
		"no name":                    {args: nil, code: 64, said: "usage: ops-forge-admin NAME EMAIL"},
		"no address":                 {args: []string{"ann"}, code: 64, said: "usage: ops-forge-admin NAME EMAIL"},
		"not root":                   {change: func(f *forge) { f.by = "1000" }, args: []string{"ann", "ann@desk.test"}, code: 77, said: "sudo ops-forge-admin"},
		"before Forgejo has started": {change: func(f *forge) { require.NoError(f.t, os.Remove(f.configFile)) }, args: []string{"ann", "ann@desk.test"}, code: 69, said: "systemctl start forgejo"},
	} {
		t.Run(name, func(t *testing.T) {
			f := newForge(t)
			if tc.change != nil {
				tc.change(f)
			}
			code, said := f.run(tc.args...)
			require.Equal(t, tc.code, code, said)
			require.Contains(t, said, tc.said)
		})
	}
}
