package emulator_test

import (
	"net/http"
	"os"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/zap"

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
	routes := controlapi.New(controlapi.Parts{Workspace: e.Workspace, Hub: e.Hub, Web: e.Web, Clock: e.Clock, Log: zap.NewNop()}).Routes()
	require.NotEmpty(t, routes)
	for _, route := range routes {
		require.True(t, strings.Contains(page, "`"+route), "the page lacks the route %s", route)
	}
	for _, v := range []any{
		control.PostRequest{},
		control.EditRequest{},
		control.ItemRequest{},
		control.BookmarkRequest{},
		control.ChannelRequest{},
		control.ShareRequest{},
		control.DirectRequest{},
		control.HomeRequest{},
		control.UserRequest{},
		control.CommandRequest{},
		control.EmojiRequest{},
		control.FileContent{},
		control.FileRequest{},
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
	for _, v := range []any{seed.File{}, seed.Team{}, seed.User{}, seed.Bot{}, seed.App{}, seed.Channel{}, seed.Shared{}, seed.Message{}, seed.UserGroup{}} {
		keys(t, page, reflect.TypeOf(v), "yaml")
	}
}

// TestWhatThePageSaysIsNotThere fails when the page names something as missing
// that is there.
func TestWhatThePageSaysIsNotThere(t *testing.T) {
	raw, err := os.ReadFile("../../../docs/reference/emulator.md")
	require.NoError(t, err)
	_, rest, found := strings.Cut(string(raw), "Not there:")
	require.True(t, found)
	section, _, _ := strings.Cut(rest, "\n## ")
	e := start(t)
	methods := regexp.MustCompile("`([a-z]+(?:\\.[A-Za-z0-9]+)+)`").FindAllStringSubmatch(section, -1)
	require.Greater(t, len(methods), 10)
	for _, m := range methods {
		require.Equal(t, "unknown_method", e.form(m[1]).code(), m[1])
	}
	for _, what := range []string{"events over HTTP", "OAuth", "webhooks", "user tokens", "interactivity", "response_url"} {
		require.True(t, strings.Contains(section, what), "the page does not say that %s is missing", what)
	}
	for _, kind := range []string{"xoxp", "xoxe.xoxb", "xoxe"} {
		require.Equal(t, "invalid_auth", e.do(http.MethodPost, "auth.test", kind+"-1-2-unknown", "", "").code(), kind)
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
