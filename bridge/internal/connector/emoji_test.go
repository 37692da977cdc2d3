package connector

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"image"
	pngs "image/png"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"ops-jrz1/bridge/internal/settings"
	"ops-jrz1/bridge/internal/slackevent"
)

// emojiHost has the pictures of Slack's emoji.
type emojiHost struct {
	url string

	mu    sync.Mutex
	asked map[string]int
	gone  bool
}

// uploadedFirst is the address of the first picture that the homeserver was given.
const uploadedFirst = "mxc://test/1"

func newEmojiHost(t *testing.T) *emojiHost {
	host := &emojiHost{asked: map[string]int{}}
	var picture bytes.Buffer
	require.NoError(t, pngs.Encode(&picture, image.NewGray(image.Rect(0, 0, 8, 8))))
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host.mu.Lock()
		defer host.mu.Unlock()
		host.asked[r.URL.Path]++
		if host.gone {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Type", "image/png")
		_, _ = w.Write(picture.Bytes())
	}))
	t.Cleanup(server.Close)
	host.url = server.URL
	return host
}

// times is how often a picture was asked for.
func (h *emojiHost) times(path string) int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.asked[path]
}

// withEmoji is a world whose workspace has emoji of its own, and where they are.
func withEmoji(t *testing.T, changes ...func(*settings.Network)) (*world, *emojiHost) {
	w, host := newWorld(t, changes...), newEmojiHost(t)
	require.NoError(t, w.slack.db.SetEmoji(t.Context(), teamID, map[string]string{
		"party": host.url + "/party.gif", "fiesta": "alias:party", "agreed": "alias:+1", "loopy": "alias:pooly", "pooly": "alias:loopy",
	}, time.Now()))
	return w, host
}

func TestCustomEmojiInText(t *testing.T) {
	w, host := withEmoji(t)
	w.room()
	say := func(ts, text string) *event.MessageEventContent {
		require.NoError(t, w.hear("Ev"+ts, slackevent.Message{Type: "message", User: "U1", TS: ts, Text: text}))
		sent := w.home.of(event.EventMessage)
		return sent[len(sent)-1].content.Parsed.(*event.MessageEventContent)
	}
	content := say("1700000001.000100", ":party: :fiesta: :agreed: :agreed::skin-tone-3: :loopy: :nothing:")
	require.Equal(t, ":party: :fiesta: 👍 👍🏼 :loopy: :nothing:", content.Body)
	picture := uploadedFirst
	require.Equal(t, 2, strings.Count(content.FormattedBody, `<img data-mx-emoticon src="`+picture+`"`), content.FormattedBody)
	require.Contains(t, content.FormattedBody, `alt=":fiesta:"`)
	say("1700000002.000100", "again :party:")
	require.Equal(t, 1, host.times("/party.gif"), "the picture is fetched once")
	require.Len(t, w.home.uploads, 1, "and uploaded once")
}

// TestCustomEmojiWithoutAPicture: what is not available is shown by its name, and not asked
// for at each message.
func TestCustomEmojiWithoutAPicture(t *testing.T) {
	w, host := withEmoji(t)
	host.gone = true
	w.room()
	for n := range 3 {
		ts := fmt.Sprintf("170000000%d.000100", n)
		require.NoError(t, w.hear("Ev"+ts, slackevent.Message{Type: "message", User: "U1", TS: ts, Text: "hi :party:"}))
	}
	require.Equal(t, []string{"hi :party:", "hi :party:", "hi :party:"}, w.home.bodies())
	require.Equal(t, 1, host.times("/party.gif"))
	host.gone = false
	w.client.emojis.failed.put(host.url+"/party.gif", time.Now().Add(-emojiPause))
	_, picture, err := w.client.emojis.show(t.Context(), "party")
	require.NoError(t, err)
	require.NotEmpty(t, picture)
}

// TestCustomEmojiFetchedOnce has many messages with one emoji at once.
func TestCustomEmojiFetchedOnce(t *testing.T) {
	w, host := withEmoji(t)
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			_, picture, err := w.client.emojis.show(t.Context(), "party")
			require.NoError(t, err)
			require.NotEmpty(t, picture)
		})
	}
	all.Wait()
	require.Equal(t, 1, host.times("/party.gif"))
	require.Len(t, w.home.uploads, 1)
}

func TestCustomEmojiFromMatrix(t *testing.T) {
	w, _ := withEmoji(t)
	w.room()
	_, picture, err := w.client.emojis.show(t.Context(), "party")
	require.NoError(t, err)
	n := 0
	for html, want := range map[string]string{
		`<img data-mx-emoticon src="` + string(picture) + `" alt=":mine:">`: ":party:",
		`<img data-mx-emoticon src="mxc://test/other" alt=":party:">`:       ":party:",
		`<img data-mx-emoticon src="mxc://test/other" alt="unknown">`:       ":unknown:",
		`<img src="mxc://test/other" alt="party">`:                          "party",
	} {
		n++
		require.NoError(t, w.receive(w.message(id.EventID(fmt.Sprint("$h", n)), "@ann:test", map[string]any{
			"msgtype": "m.text", "body": "an emoji", "format": "org.matrix.custom.html", "formatted_body": html,
		})))
		posted := w.api.posted(t)
		require.Equal(t, want, posted[len(posted)-1], html)
	}
}

func TestCustomEmojiReactions(t *testing.T) {
	w, _ := withEmoji(t)
	w.room()
	const ts = "1700000001.000100"
	require.NoError(t, w.hear("Ev1", slackevent.Message{Type: "message", User: "U1", TS: ts, Text: "hello"}))
	react := func(kind, name string) {
		require.NoError(t, w.hearEvent("Ev"+kind+name, kind, &slackevent.Reaction{
			Type: kind, User: "U2", Reaction: name, EventTS: "1700000002.000100",
			Item: slackevent.ReactionItem{Type: slackevent.ItemMessage, Channel: general, TS: ts},
		}))
	}
	for _, name := range []string{"party", "agreed", "nothing"} {
		react("reaction_added", name)
	}
	sent := w.home.of(event.EventReaction)
	require.Len(t, sent, 3)
	keys := []string{}
	for _, s := range sent {
		keys = append(keys, strings.TrimSuffix(s.content.Parsed.(*event.ReactionEventContent).RelatesTo.Key, "\ufe0f"))
	}
	picture := uploadedFirst
	require.Equal(t, []string{picture, "👍", ":nothing:"}, keys)
	require.Equal(t, ":party:", sent[0].content.Raw[shortcodeKey], "its name stays with it")
	react("reaction_removed", "party")
	require.Len(t, w.home.of(event.EventRedaction), 1)

	message := w.rows(ts)[0].MXID
	for n, tc := range []struct{ key, shortcode, want string }{
		{picture, "", "party"}, {"mxc://test/other", ":party:", "party"}, {":fiesta:", "", "fiesta"}, {"👍🏽", "", "+1::skin-tone-4"},
	} {
		require.NoError(t, w.receive(w.reactWith(id.EventID(fmt.Sprint("$r", n)), "@ann:test", message, tc.key, tc.shortcode)))
		added := w.api.of("reactions.add")
		require.Equal(t, tc.want, added[len(added)-1].Get("name"), tc.key)
	}
	before := len(w.api.of("reactions.add"))
	for n, key := range []string{"mxc://test/other", ":unknown:", "not an emoji"} {
		require.NoError(t, w.receive(w.reactWith(id.EventID(fmt.Sprint("$n", n)), "@ann:test", message, key, "")))
	}
	require.Len(t, w.api.of("reactions.add"), before)
}

func TestEmojiChanged(t *testing.T) {
	w, host := withEmoji(t)
	change := func(c slackevent.EmojiChange) {
		t.Helper()
		require.NoError(t, w.hearEvent(fmt.Sprint("Ev", c), "emoji_changed", &c))
	}
	change(slackevent.EmojiChange{Subtype: "add", Name: "new", Value: host.url + "/new.png"})
	change(slackevent.EmojiChange{Subtype: "rename", OldName: "party", NewName: "rave", Value: host.url + "/party.gif"})
	change(slackevent.EmojiChange{Subtype: "remove", Names: []string{"agreed", "loopy", "pooly"}})
	all, err := w.slack.db.AllEmoji(t.Context(), teamID)
	require.NoError(t, err)
	require.Equal(t, map[string]string{"new": host.url + "/new.png", "rave": host.url + "/party.gif", "fiesta": "alias:party"}, all)

	require.NoError(t, w.client.emojis.lock(t.Context()))
	late := slackevent.EmojiChange{Subtype: "remove", Names: []string{"new"}}
	require.ErrorIs(t, w.hearEvent("EvLate", "emoji_changed", &late), errEmojiListed, "while a list is read")
	w.client.emojis.unlock()
	require.NoError(t, w.hearEvent("EvLate", "emoji_changed", &late))
}

// packed are the packs in the space, as the homeserver has them.
func (w *world) packed() map[string]map[string]string {
	packs := map[string]map[string]string{}
	for _, s := range w.home.of(event.StateUnstableImagePack) {
		delete(packs, s.key)
		if pack, ok := s.content.Parsed.(*event.ImagePackEventContent); ok {
			images := map[string]string{}
			for name, image := range pack.Images {
				images[name] = string(image.URL)
			}
			packs[s.key] = images
		}
	}
	return packs
}

func TestImagePacks(t *testing.T) {
	w, host := withEmoji(t, func(n *settings.Network) { n.EmojiCount = -1 })
	e := w.client.emojis
	require.NoError(t, e.share(t.Context()))
	pictures := w.packed()["slack-0"]
	require.Equal(t, []string{"fiesta", "party"}, slices.Sorted(maps.Keys(pictures)), "names of standard emoji need no picture")
	require.Equal(t, pictures["party"], pictures["fiesta"], "two names, one picture")
	sent := len(w.home.of(event.StateUnstableImagePack))
	require.NoError(t, e.share(t.Context()))
	require.Len(t, w.home.of(event.StateUnstableImagePack), sent, "nothing has changed")

	require.NoError(t, w.slack.db.PutEmoji(t.Context(), teamID, "new", host.url+"/new.png"))
	require.NoError(t, e.share(t.Context()))
	require.Len(t, w.packed()["slack-0"], 3)
	require.Equal(t, 1, host.times("/party.gif"), "what is there is not copied again")
	require.NoError(t, w.slack.db.SetEmoji(t.Context(), teamID, nil, time.Now()))
	require.NoError(t, e.share(t.Context()))
	require.Empty(t, w.packed())
}

// TestImagePacksAreLimited: the setting says how many emoji are offered.
func TestImagePacksAreLimited(t *testing.T) {
	for limit, want := range map[int]int{0: 0, 1: 1, 2: 2, 100: 2, -1: 2} {
		w, host := withEmoji(t, func(n *settings.Network) { n.EmojiCount = limit })
		require.NoError(t, w.client.emojis.share(t.Context()))
		require.Len(t, w.packed()["slack-0"], want, limit)
		require.Equal(t, min(want, 1), host.times("/party.gif"), limit)
	}
}

// TestImagePacksGoOnAfterAStop: what was copied before is not copied again.
func TestImagePacksGoOnAfterAStop(t *testing.T) {
	w, host := withEmoji(t, func(n *settings.Network) { n.EmojiCount = -1 })
	for n := range 10 {
		require.NoError(t, w.slack.db.PutEmoji(t.Context(), teamID, fmt.Sprint("e", n), fmt.Sprint(host.url, "/", n)))
	}
	ctx, stop := context.WithCancel(t.Context())
	w.home.uploading = func(n int) error {
		if n == 5 {
			stop()
		}
		return ctx.Err()
	}
	require.ErrorIs(t, w.client.emojis.share(ctx), context.Canceled)
	require.Len(t, w.home.uploads, 4)
	require.Empty(t, w.packed())
	w.home.uploading = nil
	require.NoError(t, w.client.emojis.share(t.Context()))
	require.Len(t, w.home.uploads, 11)
	require.Len(t, w.packed()["slack-0"], 12)
}

// TestPacksFitIntoEvents has thousands of emoji: each pack fits into an event, and another
// emoji changes one pack alone.
func TestPacksFitIntoEvents(t *testing.T) {
	pictures := map[string]string{}
	for n := range 5000 {
		pictures[fmt.Sprintf("emoji-with-a-rather-long-name-%d", n)] = fmt.Sprintf("mxc://homeserver.example.org/abcdefghijklmnopqrstuvwx%d", n)
	}
	packs := imagePacks("Acme", pictures)
	require.Greater(t, len(packs), 8)
	images := 0
	for _, pack := range packs {
		content, err := json.Marshal(pack)
		require.NoError(t, err)
		require.LessOrEqual(t, len(content), maxPackBytes)
		require.Equal(t, "Acme", pack.Metadata.DisplayName)
		images += len(pack.Images)
	}
	require.Equal(t, len(pictures), images)

	pictures["one more"] = "mxc://homeserver.example.org/more"
	changed := 0
	for n, pack := range imagePacks("Acme", pictures) {
		if hashOfPack(pack) != hashOfPack(packs[n]) {
			changed++
		}
	}
	require.Equal(t, 1, changed)
	require.Empty(t, imagePacks("Acme", nil))
}

// TestEmojiAreShared runs what a session does: it lists the emoji at once, copies their
// pictures when the rooms are usable, and follows changes and gaps.
func TestEmojiAreShared(t *testing.T) {
	w, host := withEmoji(t, func(n *settings.Network) { n.EmojiCount = -1 })
	w.client.identity.Scopes = append(w.client.identity.Scopes, scopeEmoji)
	require.NoError(t, w.slack.db.EmojiMissed(t.Context(), teamID))
	list := map[string]string{"listed": host.url + "/listed.png"}
	var mu sync.Mutex
	refusals := 2
	w.api.onCall(func(c call) answer {
		if c.method != "emoji.list" {
			return nil
		}
		mu.Lock()
		defer mu.Unlock()
		if refusals > 0 {
			refusals--
			return answer{"ok": false, "error": "internal_error"}
		}
		return answer{"emoji": maps.Clone(list)}
	})
	ctx, stop := context.WithCancel(t.Context())
	usable, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		(&session{client: w.client}).shareEmoji(ctx, usable)
	}()
	close(usable)
	await := func(names ...string) {
		t.Helper()
		require.Eventually(t, func() bool {
			return slices.Equal(slices.Sorted(maps.Keys(w.packed()["slack-0"])), names)
		}, 10*time.Second, 5*time.Millisecond, "%v", w.packed())
	}
	await("listed")
	added := slackevent.EmojiChange{Subtype: "add", Name: "added", Value: host.url + "/added.png"}
	require.Eventually(t, func() bool { return w.hearEvent("EvAdded", "emoji_changed", &added) == nil }, 10*time.Second, 5*time.Millisecond)
	await("added", "listed")
	mu.Lock()
	list = map[string]string{"missed": host.url + "/missed.png"}
	mu.Unlock()
	require.NoError(t, w.client.emojis.missed(ctx, w.slack.scaled(emojiGap)))
	await("missed")
	stop()
	<-ended
}

// TestEmojiAreListedSeldom: a list is asked for again when it is old, or when events may have
// been missed, and not at each start.
func TestEmojiAreListedSeldom(t *testing.T) {
	w, _ := withEmoji(t, func(n *settings.Network) { n.SlackTimeScale = 1 })
	w.api.onCall(func(call) answer { return answer{"emoji": map[string]string{}} })
	e, asked := w.client.emojis, 0
	refresh := func(want int, why string) {
		t.Helper()
		require.NoError(t, e.refresh(t.Context()))
		asked += want
		require.Len(t, w.api.of("emoji.list"), asked, why)
	}
	refresh(0, "the list is a moment old")
	require.NoError(t, e.missed(t.Context(), emojiGap-time.Second))
	refresh(0, "Slack repeats events for longer than that")
	require.NoError(t, e.missed(t.Context(), emojiGap))
	refresh(1, "events may be missing")
	refresh(0, "the list is new")
	require.NoError(t, w.slack.db.SetEmoji(t.Context(), teamID, nil, time.Now().Add(-emojiListed)))
	refresh(1, "the list is old")
	require.NoError(t, newEmojis(w.client).refresh(t.Context()))
	refresh(0, "a start alone is no reason")
}

// TestEmojiWithoutTheScope: an app that may not know them is not asked to.
func TestEmojiWithoutTheScope(t *testing.T) {
	w, _ := withEmoji(t)
	(&session{client: w.client}).shareEmoji(t.Context(), nil)
	require.Empty(t, w.api.of("emoji.list"))
	require.Empty(t, w.packed())
}

// TestAListThatSlackDoesNotGiveHoldsUpNoMessage: a list is being asked for in the background,
// and Slack takes its time.
func TestAListThatSlackDoesNotGiveHoldsUpNoMessage(t *testing.T) {
	w, _ := withEmoji(t)
	w.client.identity.Scopes = append(w.client.identity.Scopes, scopeEmoji)
	require.NoError(t, w.client.emojis.lock(t.Context()))
	defer w.client.emojis.unlock()
	shown := make(chan error, 1)
	go func() {
		_, _, err := w.client.emojis.show(t.Context(), "unknown")
		shown <- err
	}()
	select {
	case err := <-shown:
		require.NoError(t, err)
	case <-time.After(emojiTimeout):
		t.Fatal("the message waits for the list")
	}
}

// TestPause ends with its context.
func TestPause(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		require.NoError(t, pause(t.Context(), time.Hour))
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		require.ErrorIs(t, pause(ctx, time.Hour), context.Canceled)
	})
}

// TestNewEmojiBeforeItsEvent: a message may have an emoji that the bridge has not heard of.
func TestNewEmojiBeforeItsEvent(t *testing.T) {
	w, host := withEmoji(t, func(n *settings.Network) { n.SlackTimeScale = 1 })
	w.client.identity.Scopes = append(w.client.identity.Scopes, scopeEmoji)
	w.room()
	list := map[string]string{"ours": host.url + "/ours.png"}
	refused := false
	w.api.onCall(func(c call) answer {
		switch {
		case c.method != "emoji.list":
			return nil
		case refused:
			return answer{"ok": false, "error": "access_denied"}
		}
		return answer{"emoji": maps.Clone(list)}
	})
	n := 0
	say := func(text, want string, asked int) {
		t.Helper()
		n++
		ts := fmt.Sprintf("170000000%d.000100", n)
		require.NoError(t, w.hear("Ev"+ts, slackevent.Message{Type: "message", User: "U1", TS: ts, Text: text}))
		sent := w.home.of(event.EventMessage)
		require.Contains(t, sent[len(sent)-1].content.Parsed.(*event.MessageEventContent).FormattedBody, want)
		require.Len(t, w.api.of("emoji.list"), asked)
	}
	later := func() { w.client.emojis.lookedAgain = time.Now().Add(-emojiAgain) }
	say("*see* :ours:", `data-mx-emoticon`, 1)
	say("*see* :ours: :party:", `:party:`, 1) // Slack's list, a moment old, does not have it
	later()
	say("*see* :party:", `:party:`, 2)
	later()
	say("*see* :party:", `:party:`, 2) // it is known to be unknown
	list["other"] = host.url + "/other.png"
	refused = true
	say("*see* :other:", `:other:`, 3)
	refused = false
	later()
	say("*see* :other:", `data-mx-emoticon`, 4)
	require.NoError(t, w.hearEvent("EvR", "reaction_added", &slackevent.Reaction{
		Type: "reaction_added", User: "U2", Reaction: "third", EventTS: "1700000009.000100",
		Item: slackevent.ReactionItem{Type: slackevent.ItemMessage, Channel: general, TS: "1700000001.000100"},
	}))
	require.Len(t, w.api.of("emoji.list"), 4, "not so soon again")
}
