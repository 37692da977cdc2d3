package connector

import (
	"context"
	"fmt"
	"net/http"
	"path"
	"strings"
	"time"

	"github.com/rs/zerolog"
	"maunium.net/go/mautrix/id"

	"ops-jrz1/bridge/internal/slackapi"
	"ops-jrz1/bridge/internal/slackfmt"
)

const (
	// emojiPause is how long the picture of an emoji that failed to download is not asked
	// for.
	emojiPause = time.Hour
	// emojiTimeout bounds one download: a message may wait for it.
	emojiTimeout = 10 * time.Second
	// maxAliases is how many names in a row may be another name of the next.
	maxAliases = 5
	aliasOf    = "alias:"
	toneOf     = "::"
)

// emojis are a workspace's own emoji. What Slack tells of them is in the database. The
// picture of each is uploaded once, when it is first used or in the background.
type emojis struct {
	client *Client
	// fetching has each picture fetched once at a time, by its address.
	fetching *locks[string]
	// failed are the addresses of pictures that failed to download, and when.
	failed *lru[time.Time]
	// unknown are names that Slack's list did not have, and when.
	unknown *lru[time.Time]
	// changing is held while what is known of them changes: a list that was asked for
	// before an event is not stored after it.
	changing chan struct{}
	// lookedAgain is when a list was asked for because of a name. It needs changing.
	lookedAgain time.Time
	// changed wakes the goroutine that shares the emoji.
	changed chan struct{}
}

func newEmojis(client *Client) *emojis {
	return &emojis{
		client: client, fetching: newLocks[string](), changed: make(chan struct{}, 1), changing: make(chan struct{}, 1),
		failed: newLRU[time.Time](peopleInMemory), unknown: newLRU[time.Time](peopleInMemory),
	}
}

// find returns what one of the workspace's own emoji is: the characters of a standard emoji
// that it is another name of, or the address of its picture in Slack. Both are empty for
// names that the workspace does not have. Only standard emoji have skin tones.
func (e *emojis) find(ctx context.Context, name string) (characters, address string, err error) {
	base, tone, toned := strings.Cut(name, toneOf)
	for range maxAliases {
		value, err := e.client.connector.db.Emoji(ctx, e.client.team, base)
		if err != nil {
			return "", "", err
		}
		target, isAlias := strings.CutPrefix(value, aliasOf)
		if !isAlias {
			return "", value, nil
		}
		if toned {
			if characters, standard := slackfmt.EmojiFromSlack(target + toneOf + tone); standard {
				return characters, "", nil
			}
		}
		if characters, standard := slackfmt.EmojiFromSlack(target); standard {
			return characters, "", nil
		}
		base = target
	}
	return "", "", nil
}

// show returns what one of the workspace's own emoji is in Matrix: characters, or a
// picture, which is uploaded if it is not there yet. Both are empty if there is nothing to
// show but its name. It may ask Slack for the picture, so no portal may be locked.
func (e *emojis) show(ctx context.Context, name string) (characters string, picture id.ContentURIString, err error) {
	characters, address, err := e.find(ctx, name)
	if err == nil && characters == "" && address == "" {
		characters, address, err = e.lookAgain(ctx, name)
	}
	if err != nil || address == "" {
		return characters, "", err
	}
	picture, err = e.picture(ctx, address)
	if _, passes := transient(err); err != nil && !passes {
		zerolog.Ctx(ctx).Info().Err(err).Str("emoji", name).Msg("The picture of a custom emoji is not available; its name is shown")
		return "", "", nil
	}
	return "", picture, err
}

// picture returns the picture of an address in Matrix, "" if it failed to download a short
// while ago.
func (e *emojis) picture(ctx context.Context, address string) (id.ContentURIString, error) {
	db := e.client.connector.db
	if picture, err := db.EmojiPicture(ctx, address); picture != "" || err != nil {
		return picture, err
	}
	if recent(e.failed, address, emojiPause) {
		return "", nil
	}
	defer e.fetching.lock(address)()
	if picture, err := db.EmojiPicture(ctx, address); picture != "" || err != nil {
		return picture, err // another has fetched it meanwhile
	}
	data, err := e.client.connector.fetchEmoji(ctx, address)
	if ctx.Err() != nil {
		return "", ctx.Err()
	}
	if err != nil {
		e.failed.put(address, time.Now())
		return "", fmt.Errorf("fetch a custom emoji: %w", errNotFetched{err})
	}
	picture, _, err := e.client.connector.bridge.Bot.UploadMedia(ctx, "", data, path.Base(address), http.DetectContentType(data))
	if err != nil {
		return "", fmt.Errorf("upload a custom emoji: %w", err)
	}
	return picture, db.PutEmojiPicture(ctx, address, picture)
}

// errNotFetched is why an emoji is shown without its picture: it is no reason to wait,
// whatever it was.
type errNotFetched struct{ why error }

func (e errNotFetched) Error() string { return e.why.Error() }

// recent says whether something happened to a key less than a while ago.
func recent(times *lru[time.Time], key string, while time.Duration) bool {
	at, known := times.get(key)
	if known && time.Since(at) >= while {
		times.drop(key)
		return false
	}
	return known
}

func (c *Connector) fetchEmoji(ctx context.Context, address string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, emojiTimeout)
	defer cancel()
	return slackapi.FetchPicture(ctx, c.options.HTTP, address)
}

// nameOf returns Slack's name of the workspace's own emoji that stands for a picture called
// shortcode in Matrix, "" if there is none.
func (e *emojis) nameOf(ctx context.Context, picture id.ContentURIString, shortcode string) (string, error) {
	db, team := e.client.connector.db, e.client.team
	if picture != "" {
		if name, err := db.EmojiOf(ctx, team, picture); name != "" || err != nil {
			return name, err
		}
	}
	shortcode = strings.Trim(shortcode, ":")
	if shortcode == "" {
		return "", nil
	}
	value, err := db.Emoji(ctx, team, shortcode)
	if value == "" || err != nil {
		return "", err
	}
	return shortcode, nil
}

// wake has the emoji shared again.
func (e *emojis) wake() {
	select {
	case e.changed <- struct{}{}:
	default:
	}
}
