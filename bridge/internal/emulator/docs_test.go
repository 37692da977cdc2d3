package emulator_test

import (
	"log/slog"
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"ops-jrz1/bridge/internal/emulator/control"
	"ops-jrz1/bridge/internal/emulator/controlapi"
	"ops-jrz1/bridge/internal/emulator/seed"
	"ops-jrz1/bridge/internal/emulator/socket"
	"ops-jrz1/bridge/internal/emulator/web"
	"ops-jrz1/bridge/internal/emulator/workspace"
)

// TestTheReferencePageIsWhole fails when the page does not name a method, a
// route, a key of a request or of the seed, or a switch.
func TestTheReferencePageIsWhole(t *testing.T) {
	raw, err := os.ReadFile("../../../docs/reference/emulator.md")
	require.NoError(t, err)
	page := string(raw)
	e := start(t)
	for _, method := range e.Web.Methods() {
		require.True(t, strings.Contains(page, "`"+method+"`"), "the page lacks the method %s", method)
	}
	routes := controlapi.New(controlapi.Parts{Workspace: e.Workspace, Hub: e.Hub, Web: e.Web, Clock: e.Clock, Log: slog.New(slog.DiscardHandler)}).Routes()
	require.NotEmpty(t, routes)
	for _, route := range routes {
		require.True(t, strings.Contains(page, "`"+route), "the page lacks the route %s", route)
	}
	for _, v := range []any{
		control.PostRequest{},
		control.EditRequest{},
		control.ItemRequest{},
		control.ChannelRequest{},
		control.DirectRequest{},
		control.HomeRequest{},
		control.UserRequest{},
		control.AppRequest{},
		control.TokenRequest{},
		control.SocketRequest{},
		control.EventRequest{},
		control.ClockRequest{},
		control.Switches{},
		web.Fault{},
		web.Latency{},
		web.Switches{},
		socket.Chaos{},
		socket.Summary{},
		socket.Switches{},
		workspace.Plan{},
		workspace.Quirks{},
	} {
		keys(t, page, reflect.TypeOf(v), "json")
	}
	for _, v := range []any{seed.File{}, seed.Team{}, seed.User{}, seed.Bot{}, seed.App{}, seed.Channel{}, seed.Message{}, seed.UserGroup{}} {
		keys(t, page, reflect.TypeOf(v), "yaml")
	}
}

func keys(t *testing.T, page string, of reflect.Type, tag string) {
	t.Helper()
	for i := range of.NumField() {
		if name, _, _ := strings.Cut(of.Field(i).Tag.Get(tag), ","); name != "" && name != "-" {
			require.True(t, strings.Contains(page, "`"+name+"`"), "the page lacks %s, %s.%s", name, of, of.Field(i).Name)
		}
	}
}
