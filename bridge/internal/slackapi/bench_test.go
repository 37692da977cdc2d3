package slackapi_test

import (
	"net/http/httptest"
	"testing"

	"github.com/slack-go/slack"
	"github.com/stretchr/testify/require"

	"ops-jrz1/bridge/internal/secret"
	"ops-jrz1/bridge/internal/slackapi"
)

// BenchmarkCall compares a call through limits and judgement with a bare call of
// slack-go's, over the same loopback server in the same run.
func BenchmarkCall(b *testing.B) {
	server := httptest.NewServer(raw(200, "application/json", `{"ok":true,"user":{"id":"U1","name":"ann","profile":{"display_name":"Ann","image_512":"https://h/a.png"}}}`))
	defer server.Close()
	b.Run("slack-go", func(b *testing.B) {
		api := slack.New(botToken, slack.OptionAPIURL(server.URL+"/api/"), slack.OptionHTTPClient(server.Client()))
		b.ReportAllocs()
		for b.Loop() {
			_, err := api.GetUserInfoContext(b.Context(), "U1")
			require.NoError(b, err)
		}
	})
	b.Run("slackapi", func(b *testing.B) {
		api := slackapi.New(slackapi.Config{
			APIURL: server.URL + "/api/", BotToken: secret.New(botToken), HTTPClient: server.Client(), Scale: 1e-9,
		})
		b.ReportAllocs()
		for b.Loop() {
			_, err := api.User(b.Context(), "U1")
			require.NoError(b, err)
		}
	})
}
