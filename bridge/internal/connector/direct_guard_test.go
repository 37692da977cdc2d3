package connector

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"maunium.net/go/mautrix/id"
)

// passed counts the requests that it is handed.
type passed int

func (p *passed) RoundTrip(*http.Request) (*http.Response, error) {
	*p++
	return &http.Response{StatusCode: http.StatusTeapot, Body: http.NoBody}, nil
}

// TestOnlyHoldersAreInvited has the framework invite several users to a room of each kind.
func TestOnlyHoldersAreInvited(t *testing.T) {
	w := newWorld(t)
	aWorkspace(w)
	w.session()
	_, err := w.slack.startChat(t.Context(), w.user("@ann:test"), []string{"@alice"})
	require.NoError(t, err)
	direct, channel := w.direct("D1"), w.room().MXID
	for name, tc := range map[string]struct {
		room   id.RoomID
		body   string
		passes bool
	}{
		"its holder":         {direct, `{"user_id":"@ann:test"}`, true},
		"the login's owner":  {direct, `{"user_id":"@owner:test"}`, false},
		"a ghost":            {direct, `{"user_id":"@slack_t1-u0alice:test"}`, true},
		"a channel's room":   {channel, `{"user_id":"@owner:test"}`, true},
		"no room of ours":    {"!other:test", `{"user_id":"@owner:test"}`, true},
		"what is no request": {direct, `[]`, true},
	} {
		t.Run(name, func(t *testing.T) {
			var through passed
			address := "http://home/_matrix/client/v3/rooms/" + strings.ReplaceAll(tc.room.String(), "!", "%21") + "/invite"
			request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, address, strings.NewReader(tc.body))
			require.NoError(t, err)
			answer, err := w.slack.HoldersOnly(&through).RoundTrip(request)
			require.NoError(t, err)
			require.NoError(t, answer.Body.Close())
			require.Equal(t, tc.passes, through == 1)
			require.Equal(t, tc.passes, answer.StatusCode == http.StatusTeapot)
		})
	}
}
