package connector

import (
	"testing"

	"github.com/stretchr/testify/require"
	"maunium.net/go/mautrix/event"
)

// TestACaptionThatShowsNothing: a file is shown, whatever stands next to it.
func TestACaptionThatShowsNothing(t *testing.T) {
	for name, body := range map[string]string{
		"a space": " ", "a line": "\n", "nothing at all": "", "a space of no width": "\u200b", "a filler": "\u3164", "invisible marks": "\u2060\ufe0f",
	} {
		for surroundings, formatted := range map[string]string{"": "", ", formatted": "<p> </p>"} {
			t.Run(name+surroundings, func(t *testing.T) {
				w := newWorld(t)
				w.namesKept()
				blank := func(content map[string]any) {
					content["filename"], content["body"] = "a.png", body
					if formatted != "" {
						content["format"], content["formatted_body"] = event.FormatHTML, formatted
					}
				}
				gallery := galleryContent(body, w.galleryItem("m.image", "b.png"), w.galleryItem("m.image", "c.png"))
				blank(gallery)
				require.NoError(t, w.receive(w.image("$a", "a.png", blank)))
				require.NoError(t, w.receive(w.message("$trip", ann, gallery)))
				require.Equal(t, map[string][]string{postTS(1): {"a.png"}, postTS(2): {"b.png", "c.png"}}, w.api.files.names())
				for _, share := range w.api.of("files.completeUploadExternal") {
					require.Empty(t, share.Get("blocks")+share.Get("initial_comment"))
				}
				require.NoError(t, w.receive(w.editFile("$e", "$a", "mxc://test/mediaa", "a.png", body)))
				require.Equal(t, "a.png", w.api.of("chat.update")[0].Get("text"))
				require.Empty(t, w.notices())
			})
		}
	}
}

// TestASpoilerWithACaptionThatShowsNothing is told to be one.
func TestASpoilerWithACaptionThatShowsNothing(t *testing.T) {
	w := newWorld(t)
	w.namesKept()
	require.NoError(t, w.receive(w.image("$a", "a.png", with("filename", "a.png"), with("body", " "), with(spoilerKey, true))))
	share := w.api.of("files.completeUploadExternal")[0]
	require.Contains(t, share.Get("blocks")+share.Get("initial_comment"), "⚠️ Spoiler")
}
