package connector

import (
	"testing"

	"github.com/stretchr/testify/require"
	"maunium.net/go/mautrix/bridgev2/networkid"

	"ops-jrz1/bridge/internal/slackevent"
)

// TestAnnounced has Slack tell of conversations before anything is said in them.
func TestAnnounced(t *testing.T) {
	t.Run("30 the alias of a new channel is known", func(t *testing.T) {
		w := newWorld(t)
		news := slackevent.Conversation{ID: "C7", Name: "news", IsChannel: true}
		require.NoError(t, w.hearEvent("E1", "channel_created", &slackevent.ChannelCreated{Type: "channel_created", Channel: news}))
		found, known := w.client.findByAlias(t.Context(), w.slack.alias("news"))
		require.True(t, known)
		require.Equal(t, "C7", found.ID)
		require.Empty(t, w.api.of("conversations.list"))
		require.Empty(t, w.home.bodies(), "no one has asked for its room")
	})
	t.Run("30 what is known is kept", func(t *testing.T) {
		w := newWorld(t)
		_, err := w.client.conversations.get(t.Context(), general)
		require.NoError(t, err)
		late := slackevent.Conversation{ID: general, Name: "general", IsChannel: true}
		require.NoError(t, w.hearEvent("E1", "channel_created", &slackevent.ChannelCreated{Type: "channel_created", Channel: late}))
		known, _ := w.client.conversations.cached(general)
		require.True(t, known.IsMember)
	})
	t.Run("34 the first message of a new direct conversation finds it", func(t *testing.T) {
		w := newWorld(t)
		begun := &slackevent.IMCreated{Type: "im_created", User: "U1", Channel: slackevent.Conversation{ID: "D1"}}
		require.NoError(t, w.hearEvent("E1", "im_created", begun))
		require.NoError(t, w.hear("E2", slackevent.Message{Channel: "D1", ChannelType: "im", User: "U1", Text: "psst", TS: "1700000001.000002"}))
		portal, err := w.bridge.GetPortalByKey(t.Context(), networkid.PortalKey{ID: "T1-D1", Receiver: w.client.login.ID})
		require.NoError(t, err)
		require.Equal(t, "Ann", portal.Name)
		require.Empty(t, w.api.of("conversations.info"))
	})
}

// TestAWorkspaceWithAnotherDomain: links into it begin with that from then on.
func TestAWorkspaceWithAnotherDomain(t *testing.T) {
	w := newWorld(t)
	moved := &slackevent.TeamDomainChange{Type: "team_domain_change", URL: "https://elsewhere.slack.com", Domain: "elsewhere"}
	require.NoError(t, w.hearEvent("E1", "team_domain_change", moved))
	require.Equal(t, "https://elsewhere.slack.com/archives/C1/p1700000001000002", w.client.permalink(general, "1700000001.000002", ""))
	space, err := w.client.space(t.Context())
	require.NoError(t, err)
	require.Equal(t, "elsewhere", space.Metadata.(*PortalMetadata).TeamDomain)
	require.Equal(t, "elsewhere", space.Name, "as the test's template says")
}
