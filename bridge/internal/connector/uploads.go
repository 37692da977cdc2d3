package connector

import (
	"context"

	"ops-jrz1/bridge/internal/slackdb"
	"ops-jrz1/bridge/internal/slackevent"
)

// maxUploads bounds how many uploads are known by heart. Of older ones the message's own row
// says that it is the bridge's.
const maxUploads = 10_000

// uploads are the files that the bridge uploaded lately, by their ids. What Slack shows of
// them carries no metadata, so it is by its files that a message is known as the bridge's
// own: also before the call that shows them has an answer, and after a restart.
type uploads struct{ byFile *lru[*upload] }

// upload is what Slack has told of a file.
type upload struct {
	// told gives the ts of the message that shows the file, as soon as Slack tells of it.
	told chan string
}

func newUploads() *uploads { return &uploads{byFile: newLRU[*upload](maxUploads)} }

func (u *uploads) load(ctx context.Context, db *slackdb.DB) error {
	files, err := db.NewestUploads(ctx, maxUploads)
	for _, file := range files {
		u.note(file)
	}
	return err
}

func (u *uploads) note(file string) {
	if _, known := u.byFile.get(file); !known {
		u.byFile.put(file, &upload{told: make(chan string, 1)})
	}
}

// told is where the ts of a file's message comes from, if Slack tells of it.
func (u *uploads) told(file string) <-chan string {
	if known, is := u.byFile.get(file); is {
		return known.told
	}
	return nil
}

// show says whether a message shows one of the files.
func (u *uploads) show(message *slackevent.Message) bool {
	for _, file := range message.Files {
		if _, known := u.byFile.get(file.ID); known {
			return true
		}
	}
	return false
}

// hear notes in which message Slack shows files.
func (u *uploads) hear(message *slackevent.Message) {
	for _, file := range message.Files {
		if known, is := u.byFile.get(file.ID); is {
			select {
			case known.told <- message.TS:
			default: // it was told before
			}
		}
	}
}
