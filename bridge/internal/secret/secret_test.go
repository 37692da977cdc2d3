package secret_test

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"ops-jrz1/bridge/internal/secret"
)

func TestStringShowsNothing(t *testing.T) {
	s := secret.New("hunter2hunter2")
	encoded, err := json.Marshal(map[string]any{"s": s})
	require.NoError(t, err)
	for _, shown := range []string{
		fmt.Sprint(s), fmt.Sprintf("%v", s), fmt.Sprintf("%+v", struct{ S secret.String }{s}),
		fmt.Sprintf("%#v", s), fmt.Sprintf("is %s", s), string(encoded),
	} {
		require.NotContains(t, shown, "hunter2")
	}
	require.Equal(t, "hunter2hunter2", s.Reveal())
}

func TestRedact(t *testing.T) {
	bot := "xoxb-" + "12345-67890-abcDEF"
	for name, tc := range map[string]struct{ in, out string }{
		"bot token":        {"failed with " + bot + " today", "failed with [redacted] today"},
		"app token":        {"xapp-" + "1-A0B1-22-ffee", "[redacted]"},
		"rotating token":   {"xoxe.xoxb-" + "1-abcdefgh", "[redacted]"},
		"matrix token":     {"syt_" + "Ym90_abcdefghijk", "[redacted]"},
		"as_token yaml":    {"as_token: abcdefghijklmnop", "as_token: [redacted]"},
		"hs_token json":    {`{"hs_token":"abcdefghijklmnop"}`, `{"hs_token":"[redacted]"}`},
		"ticket in a url":  {"ws://h/link/?ticket=1234-5678-90&app_id=A", "ws://h/link/?ticket=[redacted]&app_id=A"},
		"masked already":   {"as_token: [redacted]", "as_token: [redacted]"},
		"escaped newline":  {`\n` + bot + `\n`, `\n[redacted]\n`},
		"percent-encoded":  {"token%3D" + bot + "%26a", "token%3D[redacted]%26a"},
		"glued app token":  {"token%3D" + "xapp-" + "1-A0B1-22-ffee", "token%3D[redacted]"},
		"not Slack's form": {"token " + "xoxb-" + "placeholder", "token [redacted]"},
		"matrix event":     {"$H_U49p-oX7Z" + "xoxb-" + "abcdefghijklmnopqrstuvwxy", "$H_U49p-oX7Z" + "xoxb-" + "abcdefghijklmnopqrstuvwxy"},
		"an address":       {`dial "http://ann:hunter2@192.0.2.1:3128/x": refused`, `dial "http://[redacted]@192.0.2.1:3128/x": refused`},
		"without a user":   {"postgres://:hunter2@/db", "postgres://[redacted]@/db"},
		"no password":      {"http://127.0.0.1:8008/_matrix/@ann:test https://ann@example.org/a:b@c", "http://127.0.0.1:8008/_matrix/@ann:test https://ann@example.org/a:b@c"},
		"plain words":      {"the xoxb token was rejected; as_token is missing", "the xoxb token was rejected; as_token is missing"},
	} {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, tc.out, secret.Redact(tc.in))
			require.Equal(t, tc.in != tc.out, secret.Find(tc.in) != "")
		})
	}
}
