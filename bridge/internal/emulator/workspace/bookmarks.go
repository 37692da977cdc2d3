package workspace

import (
	"fmt"
	"slices"
)

// Bookmark is a link at the top of a channel (Slack docs: bookmarks.list).
type Bookmark struct {
	ID        string `json:"id"`
	ChannelID string `json:"channel_id"`
	Title     string `json:"title"`
	Link      string `json:"link"`
	Emoji     string `json:"emoji"`
	IconURL   string `json:"icon_url"`
	Type      string `json:"type"`
	Rank      string `json:"rank"`
	Created   int64  `json:"date_created"`
	Updated   int64  `json:"date_updated"`
	UpdatedBy string `json:"last_updated_by_user_id"`
}

// AddBookmark puts a link at the top of a channel. There is no event for it.
func (w *Workspace) AddBookmark(a Actor, channel, title, link, emoji string) (Bookmark, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	c, err := w.joined(a, channel)
	switch {
	case err != nil:
		return Bookmark{}, err
	case title == "" || link == "":
		return Bookmark{}, Fail("invalid_arguments")
	}
	b := Bookmark{
		ID: w.id("Bk"), ChannelID: c.ID, Title: title, Link: link, Emoji: emoji, Type: "link",
		Rank: fmt.Sprintf("%06d", len(c.bookmarks)), Created: w.now(), UpdatedBy: a.User,
	}
	c.bookmarks = append(c.bookmarks, b)
	return b, nil
}

// RemoveBookmark takes one away.
func (w *Workspace) RemoveBookmark(a Actor, channel, id string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	c, err := w.joined(a, channel)
	if err != nil {
		return err
	}
	at := slices.IndexFunc(c.bookmarks, func(b Bookmark) bool { return b.ID == id })
	if at < 0 {
		return Fail("not_found")
	}
	c.bookmarks = slices.Delete(c.bookmarks, at, at+1)
	return nil
}

// Bookmarks are the links at the top of a channel.
func (w *Workspace) Bookmarks(a Actor, channel string) ([]Bookmark, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	c, err := w.visible(a, channel)
	if err != nil {
		return nil, err
	}
	return slices.Clone(c.bookmarks), nil
}
