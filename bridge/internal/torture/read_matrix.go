package torture

import (
	"context"
	"strings"

	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"
)

// readRoom reads a room from its beginning with /messages.
func (w *world) readRoom(ctx context.Context, p *place) ([]Post, error) {
	room := newRoomReader(p)
	for from := ""; ; {
		page, err := w.accounts[owner].Client.Messages(ctx, p.room, from, "", mautrix.DirectionForward, nil, 500)
		if err != nil {
			return nil, err
		}
		for _, evt := range page.Chunk {
			room.read(evt)
		}
		if page.End == "" || len(page.Chunk) == 0 {
			return room.posts, nil
		}
		from = page.End
	}
}

// roomReader turns the events of a room into what the room shows.
type roomReader struct {
	place *place
	posts []Post
	// index says where an event's post is, tags what an event is about, redacted ones
	// included.
	index   map[id.EventID]int
	tags    map[id.EventID]string
	senders map[id.EventID]id.UserID
}

func newRoomReader(p *place) *roomReader {
	return &roomReader{place: p, index: map[id.EventID]int{}, tags: map[id.EventID]string{}, senders: map[id.EventID]id.UserID{}}
}

func (r *roomReader) read(evt *event.Event) {
	if evt.StateKey != nil || evt.Unsigned.RedactedBecause != nil {
		return // What is redacted is not shown.
	}
	evt.Type.Class = event.MessageEventType
	if err := evt.Content.ParseRaw(evt.Type); err != nil {
		return // Not a type of event that people of the run send.
	}
	switch evt.Type {
	case event.EventMessage:
		content := evt.Content.AsMessage()
		if target := content.RelatesTo.GetReplaceID(); target != "" {
			r.edit(evt, target, content)
			return
		}
		r.message(evt, content)
	case event.EventReaction:
		r.reaction(evt)
	}
}

func (r *roomReader) message(evt *event.Event, content *event.MessageEventContent) {
	post, ok := postOf(r.place, content.Body)
	if !ok {
		return
	}
	post.Ref = string(evt.ID)
	post.Root = r.tags[content.RelatesTo.GetThreadParent()]
	for name := range users {
		if strings.Contains(content.FormattedBody, "https://matrix.to/#/"+string(ghost(name))) {
			post.Mentions = append(post.Mentions, name)
		}
	}
	r.index[evt.ID], r.tags[evt.ID], r.senders[evt.ID] = len(r.posts), post.Tag, evt.Sender
	r.posts = append(r.posts, post)
}

// edit puts the new text in the place of the old one, if it is by the same sender.
func (r *roomReader) edit(evt *event.Event, target id.EventID, content *event.MessageEventContent) {
	i, ok := r.index[target]
	if !ok || r.senders[target] != evt.Sender || content.NewContent == nil {
		return
	}
	changed, ok := postOf(r.place, content.NewContent.Body)
	if !ok {
		return
	}
	post := &r.posts[i]
	if changed.First {
		post.Edits = append(post.Edits, changed.Rev)
	}
	post.Rev, post.Words, post.First = changed.Rev, changed.Words, changed.First
}

func (r *roomReader) reaction(evt *event.Event) {
	relates := evt.Content.AsReaction().RelatesTo
	i, ok := r.index[relates.EventID]
	if !ok {
		return
	}
	reaction := Reaction{Matrix, evt.Sender.Localpart(), emojiName(relates.Key)}
	for name := range users {
		if evt.Sender == ghost(name) {
			reaction.By, reaction.Who = Slack, name
		}
	}
	r.posts[i].Reactions = append(r.posts[i].Reactions, reaction)
}

// emojiName is Slack's name of an emoji; the selector of the coloured form may be
// there or not.
func emojiName(key string) string {
	plain := func(s string) string { return strings.ReplaceAll(s, "\uFE0F", "") }
	for name, shown := range emoji {
		if plain(shown) == plain(key) {
			return name
		}
	}
	return key
}
