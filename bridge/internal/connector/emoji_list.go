package connector

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/rs/zerolog"

	"ops-jrz1/bridge/internal/failpoint"
)

// emojiAgain is the least time between two lists that are asked for because a name is not
// known. Slack allows twenty a minute (Slack docs: emoji.list, tier 2).
const emojiAgain = 5 * time.Second

// emojiPatience is how long a message waits for a list that is being asked for.
const emojiPatience = 2 * time.Second

// mayList says whether the app may ask for the workspace's own emoji.
func (e *emojis) mayList() bool {
	who := e.client.who()
	return who != nil && slices.Contains(who.Scopes, scopeEmoji)
}

// list asks Slack for the workspace's own emoji and stores them. It needs the lock changing.
func (e *emojis) list(ctx context.Context) error {
	now := failpoint.Now()
	list, err := e.client.api.Emoji(ctx)
	if err != nil {
		return fmt.Errorf("list the workspace's emoji: %w", err)
	}
	return e.client.connector.db.SetEmoji(ctx, e.client.team, list, now)
}

// lookAgain is find for a name that is not known: the event that tells of a new emoji may
// come after the message that has it, or was missed, so Slack is asked for the list again. A
// name that is not in it is not asked for again for an hour. A list that Slack does not give
// holds up no message: the name is shown.
func (e *emojis) lookAgain(ctx context.Context, name string) (characters, address string, err error) {
	if !e.mayList() || recent(e.unknown, name, emojiPause) {
		return "", "", nil
	}
	waiting, stop := context.WithTimeout(ctx, emojiPatience)
	defer stop()
	if e.lock(waiting) != nil {
		return "", "", ctx.Err()
	}
	defer e.unlock()
	characters, address, err = e.find(ctx, name)
	if err != nil || characters != "" || address != "" {
		return characters, address, err // it came meanwhile
	}
	if time.Since(e.lookedAgain) < e.client.connector.scaled(emojiAgain) {
		return "", "", nil
	}
	e.lookedAgain = time.Now()
	asking, cancel := context.WithTimeout(ctx, emojiTimeout)
	defer cancel()
	if err := e.list(asking); err != nil {
		zerolog.Ctx(ctx).Info().Err(err).Str("emoji", name).Msg("Slack was asked for an emoji that is not known, in vain; its name is shown")
		return "", "", ctx.Err()
	}
	characters, address, err = e.find(ctx, name)
	if err == nil && characters == "" && address == "" {
		e.unknown.put(name, time.Now())
		return "", "", nil
	}
	e.wake()
	return characters, address, err
}

// lock takes the lock changing, or returns why the context has ended.
func (e *emojis) lock(ctx context.Context) error {
	select {
	case e.changing <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// tryLock takes the lock changing if it is free.
func (e *emojis) tryLock() bool {
	select {
	case e.changing <- struct{}{}:
		return true
	default:
		return false
	}
}

func (e *emojis) unlock() { <-e.changing }
