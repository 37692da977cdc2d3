package slackapi_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"

	"ops-jrz1/bridge/internal/secret"
	"ops-jrz1/bridge/internal/slackapi"
)

// TestRespond: what Slack's answer to an answer means, and that the address, which is as good
// as a token, is in no error.
func TestRespond(t *testing.T) {
	const key = "/commands/T1/sesame"
	for name, test := range map[string]struct {
		status int
		kind   slackapi.Kind
	}{
		"limited":    {http.StatusTooManyRequests, slackapi.RateLimited},
		"broken":     {http.StatusBadGateway, slackapi.Temporary},
		"used up":    {http.StatusNotFound, slackapi.Permanent},
		"sent along": {http.StatusFound, slackapi.Permanent},
	} {
		t.Run(name, func(t *testing.T) {
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Location", "https://example.org/")
				w.WriteHeader(test.status)
			}))
			t.Cleanup(server.Close)
			client := slackapi.New(slackapi.Config{APIURL: server.URL + "/api/", BotToken: secret.New("xoxb-1"), Scale: 0.001})
			err := client.Respond(t.Context(), server.URL+key, "text")
			require.Error(t, err)
			require.Equal(t, test.kind, slackapi.KindOf(err))
			require.NotContains(t, err.Error(), "sesame")
			server.Close()
			err = client.Respond(t.Context(), server.URL+key, "text")
			require.Equal(t, slackapi.Temporary, slackapi.KindOf(err))
			require.NotContains(t, err.Error(), "sesame")
		})
	}
	client := slackapi.New(slackapi.Config{BotToken: secret.New("xoxb-1")})
	for _, address := range []string{"", "::", "http://127.0.0.1/commands", "https://slack.com.example.org" + key} {
		require.Equal(t, slackapi.Permanent, slackapi.KindOf(client.Respond(t.Context(), address, "text")), address)
	}
}
