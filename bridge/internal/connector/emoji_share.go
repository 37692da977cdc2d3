package connector

import (
	"context"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/rs/zerolog"

	"ops-jrz1/bridge/internal/failpoint"
)

const (
	// emojiEvery is the pause between two pictures that are copied in the background.
	emojiEvery = 100 * time.Millisecond
	// emojiListed is how long a list of the emoji is current: events tell the changes, except
	// to an app that does not subscribe to them.
	emojiListed = 24 * time.Hour
	// emojiGap is for how long Slack repeats an event that was not acknowledged: at once,
	// after one minute and after five (Slack docs: Events API, "Retries").
	emojiGap = 5 * time.Minute
	// scopeEmoji is what it takes to know a workspace's own emoji (Slack docs: emoji.list).
	scopeEmoji = "emoji:read"
)

// shareEmoji asks for the workspace's own emoji, and offers them to people in Matrix when
// the rooms are usable: it copies their pictures, and puts them into image packs of the
// space. What was copied before a stop is not copied again. Afterwards it does so for what
// changes.
func (s *session) shareEmoji(ctx context.Context, usable <-chan struct{}) {
	e := s.client.emojis
	if !e.mayList() {
		return
	}
	for attempt := 1; ; {
		err := e.refresh(ctx)
		select {
		case <-usable:
		case <-ctx.Done():
			return
		}
		if err == nil {
			err = e.share(ctx)
		}
		again := time.After(emojiListed)
		if _, passes := transient(err); passes {
			wait := backoff(attempt)
			attempt++
			again = time.After(s.client.connector.scaled(wait))
			zerolog.Ctx(ctx).Info().Err(withoutAdvice(err)).Stringer("again_in", wait).Msg("The workspace's emoji are not all in Matrix yet, will try again")
		} else if err != nil {
			zerolog.Ctx(ctx).Warn().Err(err).Msg("The workspace's emoji are not offered in Matrix; it is tried again when they change")
		} else {
			attempt = 1
		}
		select {
		case <-e.changed:
		case <-again:
		case <-ctx.Done():
			return
		}
	}
}

// refresh asks for the list of the workspace's own emoji if events may have been missed, or
// the list is old.
func (e *emojis) refresh(ctx context.Context) error {
	if listed, err := e.client.connector.db.EmojiListed(ctx, e.client.team); err != nil || failpoint.Now().Sub(listed) < emojiListed {
		return err
	}
	if err := e.lock(ctx); err != nil {
		return err
	}
	defer e.unlock()
	return e.list(ctx)
}

// missed has the list asked for again if no events were stored for so long that changes may
// be missing.
func (e *emojis) missed(ctx context.Context, gap time.Duration) error {
	if gap < e.client.connector.scaled(emojiGap) {
		return nil
	}
	err := e.client.connector.db.EmojiMissed(ctx, e.client.team)
	e.wake()
	return err
}

// share copies the pictures of the emoji that are offered, and publishes the packs.
func (e *emojis) share(ctx context.Context) error {
	offered, err := e.offered(ctx)
	if err != nil {
		return err
	}
	copied, pictures := 0, map[string]string{}
	for _, name := range slices.Sorted(maps.Keys(offered)) {
		address := offered[name]
		known, err := e.client.connector.db.EmojiPicture(ctx, address)
		if err != nil {
			return err
		}
		if known == "" {
			if known, err = e.picture(ctx, address); err != nil {
				if _, passes := transient(err); passes || ctx.Err() != nil {
					return err
				}
				zerolog.Ctx(ctx).Info().Err(err).Str("emoji", name).Msg("The picture of a custom emoji is not available")
				continue
			}
			copied++
			if err := pause(ctx, e.client.connector.scaled(emojiEvery)); err != nil {
				return err
			}
		}
		if known != "" {
			pictures[name] = string(known)
		}
	}
	if copied > 0 {
		zerolog.Ctx(ctx).Info().Int("copied", copied).Int("offered", len(pictures)).Msg("The pictures of the workspace's emoji are in Matrix")
	}
	return e.publish(ctx, pictures)
}

// offered returns the emoji that are in image packs, by name, with the addresses of their
// pictures: the first emoji_count of those that have one.
func (e *emojis) offered(ctx context.Context) (map[string]string, error) {
	all, err := e.client.connector.db.AllEmoji(ctx, e.client.team)
	if err != nil {
		return nil, err
	}
	limit := e.client.connector.options.Network.EmojiCount
	offered := map[string]string{}
	for _, name := range slices.Sorted(maps.Keys(all)) {
		if limit >= 0 && len(offered) >= limit {
			break
		}
		if address := pictureOf(all, name); address != "" {
			offered[name] = address
		}
	}
	return offered, nil
}

// pictureOf returns the address of the picture of an emoji, or of the one that it is
// another name of; "" if it has none.
func pictureOf(all map[string]string, name string) string {
	for range maxAliases {
		value := all[name]
		target, isAlias := strings.CutPrefix(value, aliasOf)
		if !isAlias {
			return value
		}
		name = target
	}
	return ""
}

// pause waits, or returns why it does not.
func pause(ctx context.Context, wait time.Duration) error {
	select {
	case <-time.After(wait):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
