package slackevent_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"ops-jrz1/bridge/internal/slackevent"
)

func TestAuthor(t *testing.T) {
	for name, c := range map[string]struct {
		message string
		want    slackevent.Author
	}{
		"a person": {`{"user":"U1"}`, slackevent.Author{ID: "U1"}},
		"a person of elsewhere": {
			`{"user":"U1","user_profile":{"display_name":"","real_name":"Dora","name":"dora","image_72":"https://example.org/d"}}`,
			slackevent.Author{ID: "U1", Name: "Dora", Picture: "https://example.org/d"},
		},
		"an app": {
			`{"user":"U9","bot_id":"B9","bot_profile":{"id":"B9","name":"Deploys","icons":{"image_48":"https://example.org/b"}},"username":"ci"}`,
			slackevent.Author{ID: "U9", Name: "Deploys", Picture: "https://example.org/b", IsBot: true},
		},
		"a bot that is gone": {
			`{"subtype":"bot_message","bot_id":"B0GONE0009","bot_profile":{"id":"B0GONE0009","name":"PagerDuty","deleted":true}}`,
			slackevent.Author{ID: "B0GONE0009", Name: "PagerDuty", IsBot: true},
		},
		"a webhook": {
			`{"subtype":"bot_message","bot_id":"B1","username":"hookbot","icons":{"emoji":":robot_face:","image_64":"https://example.org/r"}}`,
			slackevent.Author{ID: "B1", Name: "hookbot", Chosen: true, Picture: "https://example.org/r", IsBot: true},
		},
		"a profile without an id": {
			`{"subtype":"bot_message","bot_profile":{"id":"B2","name":"x"}}`,
			slackevent.Author{ID: "B2", Name: "x", IsBot: true},
		},
		"a huddle": {
			`{"subtype":"huddle_thread","user":"USLACK","user_profile":{"real_name":"not them"},"room":{"created_by":"U1"}}`,
			slackevent.Author{ID: "U1"},
		},
		"Slack":             {`{"user":"USLACK"}`, slackevent.Author{ID: "USLACK", Name: "Slack"}},
		"without an author": {`{"text":"x"}`, slackevent.Author{ID: "USLACK", Name: "Slack"}},
	} {
		t.Run(name, func(t *testing.T) {
			message, err := slackevent.DecodeMessage([]byte(c.message))
			require.NoError(t, err)
			require.Equal(t, c.want, message.Author())
		})
	}
}
