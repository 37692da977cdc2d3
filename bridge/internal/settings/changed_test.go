package settings_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"ops-jrz1/bridge/internal/settings"
)

// TestAHandEditIsNamed: what was edited by hand in a rendered configuration is named when it
// is rendered again, and not its values.
func TestAHandEditIsNamed(t *testing.T) {
	f := newFolder(t)
	r := settings.Rendering{Overrides: []string{f.write(t, "mine.yaml", mine)}}
	rendered, _ := f.render(t, r)
	edited := strings.Replace(rendered, "conversation_count: 50", "conversation_count: 7\n  mine: true", 1)
	edited = strings.Replace(edited, "  as_token: ", "  as_token: x", 1)
	edited = strings.Replace(edited, "  hs_token: ", "  # no hs_token: ", 1)
	require.NotEqual(t, rendered, edited)
	for name, tc := range map[string]struct {
		before string
		want   []string
	}{
		"nothing":  {rendered, nil},
		"comments": {rendered + "# mine\n", nil},
		"values":   {edited, []string{"appservice.as_token", "appservice.hs_token", "network.conversation_count", "network.mine"}},
	} {
		t.Run(name, func(t *testing.T) {
			changed, err := settings.Changed([]byte(tc.before), []byte(rendered))
			require.NoError(t, err)
			require.Equal(t, tc.want, changed)
		})
	}
	t.Run("an empty file", func(t *testing.T) {
		changed, err := settings.Changed(nil, []byte(rendered))
		require.NoError(t, err)
		require.Contains(t, changed, "homeserver")
	})
	_, err := settings.Changed([]byte("a: [\n"), []byte(rendered))
	require.Error(t, err)
}
