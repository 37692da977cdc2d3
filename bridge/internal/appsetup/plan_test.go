package appsetup_test

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/zap"

	"ops-jrz1/bridge/internal/appsetup"
	"ops-jrz1/bridge/internal/emulator"
	"ops-jrz1/bridge/internal/emulator/control"
	"ops-jrz1/bridge/internal/emulator/web"
	"ops-jrz1/bridge/internal/exit"
	"ops-jrz1/bridge/internal/logging"
	"ops-jrz1/bridge/internal/secret/secrettest"
	"ops-jrz1/bridge/internal/slackapp"
)

// The default workspace's app, and who configures it.
const (
	bridgeApp = "A0BRIDGE01"
	ann       = "U0ANN00001"
)

// world is Slack and an operator's way to it.
type world struct {
	appsetup.Setup
	slack *control.Client
	emu   *emulator.Emulator
}

func newWorld(t *testing.T) *world {
	t.Helper()
	off := 0.0
	emu, err := emulator.Start(emulator.Options{RateScale: &off})
	require.NoError(t, err)
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		require.NoError(t, emu.Close(ctx))
	})
	path := filepath.Join(t.TempDir(), "tokens")
	require.NoError(t, os.WriteFile(path, []byte(emu.Workspace.RefreshTokens()[ann]), 0o600))
	return &world{
		Setup: appsetup.Setup{APIURL: emu.APIURL(), Tokens: appsetup.TokenFile{Path: path}, Log: logged(t)},
		slack: control.New(emu.URL()), emu: emu,
	}
}

func logged(t *testing.T) *zap.Logger {
	t.Helper()
	log, err := logging.New(logging.Config{Level: "debug", Format: "json"}, secrettest.Log(t))
	require.NoError(t, err)
	return log
}

// without takes a scope from the app.
func (w *world) without(t *testing.T, scopes ...string) {
	t.Helper()
	_, err := w.slack.ChangeApp(t.Context(), control.AppRequest{RemoveScopes: scopes})
	require.NoError(t, err)
}

// lacks are the names of what the app lacks.
func (w *world) lacks(t *testing.T) (names []string) {
	t.Helper()
	report, err := w.Check(t.Context(), bridgeApp)
	require.NoError(t, err)
	for _, f := range report.Findings {
		names = append(names, f.Name)
	}
	return names
}

func TestAPlanIsCarriedOut(t *testing.T) {
	w := newWorld(t)
	w.without(t, "reactions:read", "pins:read")
	require.Equal(t, []string{"reactions:read", "pins:read"}, w.lacks(t))
	plan, err := w.Plan(t.Context(), bridgeApp)
	require.NoError(t, err)
	require.Len(t, plan.Changes, 2)
	done, err := plan.Do(t.Context())
	require.NoError(t, err)
	require.True(t, done.Changed && done.Reinstall && !done.Created)
	require.Empty(t, w.lacks(t))

	plan, err = w.Plan(t.Context(), bridgeApp)
	require.NoError(t, err)
	require.True(t, plan.Nothing())
	done, err = plan.Do(t.Context())
	require.NoError(t, err)
	require.False(t, done.Changed || done.Reinstall)
	calls, err := w.slack.Calls(t.Context(), control.CallFilter{Method: "apps.manifest.update"})
	require.NoError(t, err)
	require.Len(t, calls, 1, "the second plan called nothing that writes")
}

func TestAnAppThatAnotherChangedMeanwhileIsLeftAlone(t *testing.T) {
	w := newWorld(t)
	w.without(t, "reactions:read")
	plan, err := w.Plan(t.Context(), bridgeApp)
	require.NoError(t, err)
	_, err = w.slack.ChangeApp(t.Context(), control.AppRequest{AddCommands: []string{"/theirs"}})
	require.NoError(t, err)
	_, err = plan.Do(t.Context())
	require.Equal(t, exit.TryAgain, exit.Of(err))
	require.ErrorContains(t, err, "was changed meanwhile")
	require.Equal(t, []string{"reactions:read"}, w.lacks(t))
}

func TestNewApps(t *testing.T) {
	w := newWorld(t)
	plan, err := w.PlanNew(t.Context(), slackapp.Options{Name: "Second"})
	require.NoError(t, err)
	require.Equal(t, `Create the app "Second" in the workspace T0ACME0001?`, plan.Question())
	done, err := plan.Do(t.Context())
	require.NoError(t, err)
	require.True(t, done.Created)
	var said bytes.Buffer
	require.NoError(t, done.WriteText(&said))
	require.Contains(t, said.String(), "https://api.slack.com/apps/"+done.App+"/install-on-team")

	t.Run("one that may be there is not created again", func(t *testing.T) {
		plan, err := w.PlanNew(t.Context(), slackapp.Options{Name: "Third"})
		require.NoError(t, err)
		require.NoError(t, w.slack.FailCalls(t.Context(), web.Fault{Method: "apps.manifest.create", Status: 500, After: true, Times: -1}))
		_, err = plan.Do(t.Context())
		require.Equal(t, exit.Unavailable, exit.Of(err))
		require.ErrorContains(t, err, "may be there all the same: look at https://api.slack.com/apps")
		state, err := w.slack.State(t.Context())
		require.NoError(t, err)
		require.Len(t, state.Apps, 3)
	})
}

func TestWhatIsLeftToAPerson(t *testing.T) {
	w := newWorld(t)
	plan, err := w.Plan(t.Context(), bridgeApp)
	require.NoError(t, err)
	done, err := plan.Do(t.Context())
	require.NoError(t, err)
	var said bytes.Buffer
	require.NoError(t, done.WriteText(&said))
	require.Contains(t, said.String(), "Install the app, unless it is installed")
	require.Contains(t, said.String(), "A token that you have already stays the same.")
}
