package e2e_test

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"ops-jrz1/bridge/internal/slackapp"
	"ops-jrz1/bridge/internal/testbed"
)

// TestDoctorNamesASilentBridge has a bridge that runs, and gets nothing of what is said in
// Matrix.
func TestDoctorNamesASilentBridge(t *testing.T) {
	bed := testbed.Start(t, testbed.Options{Proxied: true})
	bed.Slack.Person("alice").MustPost("general", "hello")
	general := bed.Owner.AwaitRoom("#general")
	bed.Owner.AwaitText(general, "hello")
	lost := bed.ToBridge.Fail(isTransaction, http.StatusBadGateway)
	defer lost.Release()
	bed.Owner.MustSend(general, "is it on?")
	bed.AwaitHit(lost)
	require.EventuallyWithT(t, func(c *assert.CollectT) {
		out, code, took := examined(bed)
		assert.Equal(c, 69, code, out)
		assert.Regexp(c, `(?m)^FAILED   running\.delivery +homeserver → bridge: the homeserver does not deliver \(.*\[running\.no-delivery\]$`, out)
		assert.Equal(c, 1, strings.Count(out, "FAILED"), out)
		assert.Less(c, took, longestRun)
	}, testbed.Patience, time.Second)
}

// longestRun is how long a run of the doctor may take, and the start of its process.
const longestRun = 6 * time.Second

// TestDoctorNamesTheCause breaks a bridge in the ways in which the first deployments broke:
// the doctor names the cause, its cure and the exit code of `slack-bridge run`, in five
// seconds, and nothing that follows from it.
func TestDoctorNamesTheCause(t *testing.T) {
	// The operator's tokens for manifests, put together here so that no file holds one.
	manifests := "xoxe" + ".xoxp-1-alicealicealice"
	tokens := filepath.Join(t.TempDir(), "tokens")
	require.NoError(t, os.WriteFile(tokens, []byte(manifests), 0o600))
	bed := testbed.Start(t, testbed.Options{Seed: testbed.DefaultSeed + "\nconfiguration: [{user: alice, token: " + manifests + "}]\n"})
	bed.Slack.Person("alice").MustPost("general", "hello")
	general := bed.Owner.AwaitRoom("#general")
	bed.Owner.AwaitText(general, "hello")
	bed.Bridge.MustStop()
	older := keptDatabase(t, bed)
	bed.Bridge.MustStart()
	bed.Slack.Person("alice").MustCreateChannel("launch", testbed.Bot)
	launch := bed.Owner.AwaitRoom("#launch")
	bed.Bridge.MustStop()

	t.Run("the registration was changed without a restart of the homeserver", func(t *testing.T) {
		defer bed.Bridge.MustTry(map[string]any{"appservice.hs_token": "another-hs-token-0123456789", "homeserver.startup_wait": "5m"})()
		bed.Bridge.MustLaunch()
		defer bed.Bridge.Kill()
		bed.Bridge.AwaitLog("Waiting for the homeserver")
		out, code, took := examined(bed)
		require.Equal(t, 77, code, out)
		require.Regexp(t, `(?m)^FAILED   ping +homeserver → bridge: the bridge refused the homeserver's ping \(.*: restart slack-bridge-registration, the homeserver and the bridge \[ping\.refused\]$`, out)
		require.Equal(t, 1, strings.Count(out, "FAILED"), out)
		require.Less(t, took, longestRun)
	})
	for _, tc := range []struct {
		name     string
		settings map[string]any
		fault    func(t *testing.T)
		args     []string
		code     int
		line     string
	}{
		{
			name:     "the homeserver refuses the as_token",
			settings: map[string]any{"appservice.as_token": "another-as-token-0123456789"},
			code:     77, line: `FAILED   homeserver\.token +bridge → homeserver: \S+ does not accept the as_token .*; it has no registration of the bridge or an older one: restart slack-bridge-registration and then the homeserver, .*\[homeserver\.token-refused\]`,
		},
		{
			name:     "the homeserver has another sender_localpart",
			settings: map[string]any{"appservice.bot.username": "otherbot"},
			code:     78, line: `FAILED   homeserver\.token +bridge → homeserver: \S+ takes the bridge for @\S+ \(it is @otherbot:\S+\); .*\[homeserver\.token-of-another\]`,
		},
		{
			name:     "the homeserver has other namespaces",
			settings: map[string]any{"appservice.username_template": "other_{{.}}"},
			code:     69, line: `failed   namespaces +bridge ↔ homeserver: the homeserver does not let the bridge speak as @other_doctor\.check:\S+ \(.*\); .*\[namespaces\.ghosts\]`,
		},
		{
			name:  "the configuration is bad",
			fault: func(t *testing.T) { overwrite(t, bed, "homeserver: [\n") },
			code:  78, line: `FAILED   config +configuration: \S+config\.yaml.*\[config\.mistake\]`,
		},
		{
			name:  "there is no configuration",
			fault: func(t *testing.T) { require.NoError(t, os.Remove(configuration(bed))) },
			code:  78, line: `FAILED   config +configuration: .*\[config\.mistake\]`,
		},
		{
			name:  "the homeserver's state is older than the database",
			fault: func(*testing.T) { bed.MustDeleteRoom(general, true) },
			code:  69, line: `failed   rooms +database → homeserver: the bot is not in 1 of the \d+ rooms that the database names \(` + string(general) + `\); .*\[rooms\.gone\]`,
		},
		{
			name:  "the homeserver's state is newer than the database",
			fault: func(*testing.T) { older() },
			code:  69, line: `failed   rooms +database → homeserver: .*` + string(launch) + `.*\[rooms\.forgotten\]`,
		},
		{
			name:  "there are no event subscriptions",
			fault: func(*testing.T) { bed.Slack.MustRemoveEvents(subscriptions()...) },
			args:  []string{"--tokens", tokens},
			code:  69, line: `failed   slack\.app +Slack → bridge: the Slack app A0BRIDGE01 has no event subscriptions \(.*\); .*slack-app apply.*\[slack\.events-missing\]`,
		},
		{
			name:  "several scopes are missing",
			fault: func(*testing.T) { bed.Slack.MustRemoveScopes("chat:write", "reactions:read") },
			code:  69, line: `failed   slack\.scopes +bridge → Slack: the bot token of \S.* lacks chat:write, reactions:read \(.*\); add them under OAuth & Permissions .*\[slack\.scopes-missing\]`,
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			defer bed.Bridge.MustTry(tc.settings)()
			if tc.fault != nil {
				tc.fault(t)
			}
			out, code, took := examined(bed, tc.args...)
			require.Equal(t, tc.code, code, out)
			require.Regexp(t, "(?m)^"+tc.line+"$", out)
			require.LessOrEqual(t, strings.Count(out, "FAILED"), 1, out)
			require.Less(t, took, longestRun)
		})
	}
}

// subscriptions are the events that the bridge's app subscribes to.
func subscriptions() (names []string) {
	for _, event := range slackapp.Events() {
		names = append(names, event.Name)
	}
	return names
}

// isTransaction matches what the homeserver delivers.
func isTransaction(r *http.Request) bool { return strings.Contains(r.URL.Path, "/transactions/") }

// examined runs the doctor and takes the time.
func examined(bed *testbed.Bed, args ...string) (out string, code int, took time.Duration) {
	begun := time.Now()
	out, code = bed.Bridge.Ask(append([]string{"doctor"}, args...)...)
	return out, code, time.Since(begun)
}

// configuration is the file that the bridge reads.
func configuration(bed *testbed.Bed) string { return filepath.Join(bed.Dir, "bridge", "config.yaml") }

// overwrite replaces the bridge's configuration until the settings are undone.
func overwrite(t *testing.T, bed *testbed.Bed, text string) {
	t.Helper()
	require.NoError(t, os.WriteFile(configuration(bed), []byte(text), 0o600))
}

// keptDatabase keeps the database of a stopped bridge, as a backup would, and returns how
// it is put back.
func keptDatabase(t *testing.T, bed *testbed.Bed) (putBack func()) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(bed.Dir, "bridge", "*.db*"))
	require.NoError(t, err)
	require.NotEmpty(t, files)
	kept := map[string][]byte{}
	for _, file := range files {
		kept[file], err = os.ReadFile(file)
		require.NoError(t, err)
	}
	return func() {
		for file, content := range kept {
			require.NoError(t, os.WriteFile(file, content, 0o600))
		}
	}
}

// TestDoctorDeep has the running bridge post, hear of its post and delete it. Nothing of it
// crosses.
func TestDoctorDeep(t *testing.T) {
	bed := testbed.Start(t, testbed.Options{Settings: map[string]any{"network.selftest_channel": "general"}})
	alice := bed.Slack.Person("alice")
	alice.MustPost("general", "hello")
	general := bed.Owner.AwaitRoom("#general")
	bed.Owner.AwaitText(general, "hello")
	out, code, _ := examined(bed, "--deep", "--timeout", "1m")
	require.Zero(t, code, out)
	require.Regexp(t, `(?m)^ok +selftest +a post in general came back in \d+ ms$`, out)
	alice.MustPost("general", "and on")
	bed.Owner.AwaitText(general, "and on")
	for _, message := range bed.Owner.Messages(general) {
		require.NotContains(t, message.Body, "self-test")
	}
	requireNoSelfTest(t, bed)

	bed.Slack.MustRemoveEvents(subscriptions()...)
	out, code, _ = examined(bed, "--deep", "--strict", "--timeout", "10s")
	require.Equal(t, 69, code, out)
	require.Regexp(t, `(?m)^failed   selftest +bridge → Slack → bridge: a post in general did not come back over the bridge's socket; .*\[selftest\.lost\]$`, out)
	requireNoSelfTest(t, bed) // it is deleted all the same
}

// requireNoSelfTest wants nothing of a self-test left in Slack.
func requireNoSelfTest(t *testing.T, bed *testbed.Bed) {
	t.Helper()
	for _, post := range bed.Slack.Posts("general") {
		require.NotContains(t, post.Text, "self-test")
	}
}
