package connector

import (
	"errors"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"ops-jrz1/bridge/internal/slackevent"
)

// TestOneDeletedFileOfSeveral: the part of the file that is gone is redacted, and the others stay,
// whatever tells of it and whatever Slack shows in its place.
func TestOneDeletedFileOfSeveral(t *testing.T) {
	places := map[string]func(string) []slackevent.File{
		"a mark": func(id string) []slackevent.File {
			return []slackevent.File{{ID: id, Mode: slackevent.FileModeTombstone}}
		},
		"nothing": func(string) []slackevent.File { return nil },
	}
	file := func(w *world, id string, _, _ slackevent.Message) error {
		return w.hearEvent("Ev file "+id, "file_deleted", &slackevent.FileEvent{FileID: id, EventTS: "1700000901.000100"})
	}
	change := func(w *world, id string, before, after slackevent.Message) error {
		return w.hear("Ev change "+id, changedTo(after, before, "1700000901.000000", ""))
	}
	again := func(w *world, id string, _, after slackevent.Message) error { return change(w, id, after, after) }
	both := func(w *world, id string, before, after slackevent.Message) error {
		return errors.Join(file(w, id, before, after), change(w, id, before, after))
	}
	for name, tc := range map[string]struct {
		tell        func(w *world, id string, before, after slackevent.Message) error
		text, place string
	}{
		"17 the deletion":                    {file, "one", "a mark"},
		"17 the deletion, no text":           {file, "", "a mark"},
		"17 the deletion, no mark":           {file, "one", "nothing"},
		"17 the deletion, no text, no mark":  {file, "", "nothing"},
		"the change":                         {change, "one", "a mark"},
		"the change, no text":                {change, "", "a mark"},
		"the change, no mark":                {change, "one", "nothing"},
		"the change, no text, no mark":       {change, "", "nothing"},
		"the change, made of the same twice": {again, "one", "a mark"},
		"the deletion, then the change":      {both, "", "a mark"},
		"the deletion, the change, no mark":  {both, "one", "nothing"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.hosts(png)
			message := sharing(tc.text, w.hosted("F1", "a.png", "image/png"), w.hosted("F2", "b.png", "image/png"), w.hosted("F3", "c.png", "image/png"))
			message.Type = "message"
			require.NoError(t, w.hear("Ev1", message))
			w.api.onCall(func(c call) answer {
				if c.method != "conversations.replies" {
					return nil
				}
				return answer{"messages": []*slackevent.Message{&message}}
			})
			for _, step := range []struct {
				deleted string
				left    []string
			}{
				{"F2", []string{"m.image a.png", "m.image c.png"}},
				{"F1", []string{"m.image c.png"}},
				{"F3", nil},
			} {
				before := message
				at := slices.IndexFunc(before.Files, func(f slackevent.File) bool { return f.ID == step.deleted })
				message.Files = slices.Concat(before.Files[:at], places[tc.place](step.deleted), before.Files[at+1:])
				for range 2 {
					require.NoError(t, tc.tell(w, step.deleted, before, message))
					w.restart()
				}
				if tc.text != "" {
					step.left = append([]string{"m.text one"}, step.left...)
				}
				require.Equal(t, step.left, w.standing())
			}
		})
	}
}
