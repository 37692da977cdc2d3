package connector

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"maps"
	"slices"
	"time"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"
)

// maxPackBytes bounds the content of a state event with an image pack: an event has at most
// 65,536 bytes (Matrix specification, "Size limits"), and the server adds some.
const maxPackBytes = 60_000

// imagePacks divides emoji into the fewest packs, a power of two, that each fit into an
// event. An emoji is in the pack that its name chooses, so that another one changes no
// other pack.
func imagePacks(title string, pictures map[string]string) []*event.ImagePackEventContent {
	if len(pictures) == 0 {
		return nil
	}
	for count := 1; ; count *= 2 {
		packs := make([]*event.ImagePackEventContent, count)
		for i := range packs {
			packs[i] = &event.ImagePackEventContent{
				Images:   map[string]*event.ImagePackImage{},
				Metadata: event.ImagePackMetadata{DisplayName: title, Usage: []event.ImagePackUsage{event.ImagePackUsageEmoji}},
			}
		}
		for name, picture := range pictures {
			sum := fnv.New32a()
			_, _ = sum.Write([]byte(name))
			packs[sum.Sum32()%uint32(count)].Images[name] = &event.ImagePackImage{URL: id.ContentURIString(picture), Body: ":" + name + ":"}
		}
		tooLarge := slices.ContainsFunc(packs, func(pack *event.ImagePackEventContent) bool {
			content, err := json.Marshal(pack)
			return err == nil && len(content) > maxPackBytes
		})
		if !tooLarge || count >= len(pictures) {
			return packs
		}
	}
}

// packKey is the state key of an image pack (MSC2545).
func packKey(n int) string { return fmt.Sprintf("slack-%d", n) }

// publish puts the emoji into image packs of the workspace's space. Only packs that have
// changed are sent.
func (e *emojis) publish(ctx context.Context, pictures map[string]string) error {
	space, err := e.client.space(ctx)
	if err != nil || space.MXID == "" {
		return err
	}
	db, bot := e.client.connector.db, e.client.connector.bridge.Bot
	there, err := db.EmojiPacks(ctx, space.MXID)
	if err != nil {
		return err
	}
	send := func(key string, pack *event.ImagePackEventContent, hash string) error {
		content := &event.Content{Parsed: pack}
		if pack == nil {
			content = &event.Content{Raw: map[string]any{}}
		}
		if _, err := bot.SendState(ctx, space.MXID, event.StateUnstableImagePack, key, content, time.Time{}); err != nil {
			return fmt.Errorf("send the image pack %s: %w", key, err)
		}
		return db.PutEmojiPack(ctx, space.MXID, key, hash)
	}
	for n, pack := range imagePacks(space.Name, pictures) {
		key, hash := packKey(n), hashOfPack(pack)
		if there[key] != hash {
			if err := send(key, pack, hash); err != nil {
				return err
			}
		}
		delete(there, key)
	}
	for _, key := range slices.Sorted(maps.Keys(there)) {
		if err := send(key, nil, ""); err != nil {
			return err
		}
	}
	return nil
}

func hashOfPack(pack *event.ImagePackEventContent) string {
	content, _ := json.Marshal(pack) // maps are written in the order of their keys
	sum := sha256.Sum256(content)
	return base64.RawURLEncoding.EncodeToString(sum[:12])
}
