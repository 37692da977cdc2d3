package connector

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestBookmarks has the bookmarks of a channel in its room's state, as Slack lists them.
func TestBookmarks(t *testing.T) {
	t.Run("38 bookmarks are in the room's state", func(t *testing.T) {
		w := newWorld(t)
		portal := w.room()
		marks := []answer{
			{"title": "Second", "link": "https://example.test/2", "rank": "b"},
			{"title": "First &amp; best", "link": "https://example.test/1", "emoji": ":one:", "rank": "a"},
			{"title": "A folder", "rank": "c"},
		}
		w.api.onCall(func(c call) answer {
			if c.method == "bookmarks.list" && c.form.Get("channel_id") == general {
				return answer{"bookmarks": marks}
			}
			return nil
		})
		shown := func() (all []any) {
			for _, s := range w.home.of(stateBookmarks) {
				require.Equal(t, portal.MXID, s.room)
				all = append(all, s.content.Parsed.(*bookmarksContent).Bookmarks)
			}
			return all
		}
		require.NoError(t, w.client.showDueBookmarks(t.Context()))
		require.Empty(t, w.api.of("bookmarks.list"), "the app lacks the scope")

		w.client.identity.Scopes = append(w.client.identity.Scopes, "bookmarks:read")
		first := []bookmark{{"First & best", "https://example.test/1", ":one:"}, {"Second", "https://example.test/2", ""}}
		for range 2 {
			require.NoError(t, w.client.showDueBookmarks(t.Context()))
			require.Equal(t, []any{first}, shown())
			require.Len(t, w.api.of("bookmarks.list"), 1, "once a day")
		}
		dayLater := func() {
			w.slack.noteShown(portal, func(meta *PortalMetadata) { meta.BookmarksRead -= int64(bookmarksAge / time.Second) })
			require.NoError(t, w.client.showDueBookmarks(t.Context()))
		}
		dayLater()
		require.Equal(t, []any{first}, shown(), "nothing is new")
		marks = nil
		dayLater()
		require.Equal(t, []any{first, []bookmark{}}, shown())
	})
}
