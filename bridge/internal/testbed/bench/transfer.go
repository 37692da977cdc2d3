package bench

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"strings"
	"time"

	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/event"

	"ops-jrz1/bridge/internal/emulator/workspace"
	"ops-jrz1/bridge/internal/testbed/await"
	"ops-jrz1/bridge/internal/testbed/postgres"
)

// MaxFileMemory is by how much the bridge's memory may grow for a file, however large it is.
const MaxFileMemory = 32 << 20

// Transfer brings a large file each way, and then one each way whose transfer a kill ends in
// the middle. It needs root.
type Transfer struct {
	// Bridge is the program, Synapse the virtual environment of the homeserver.
	Bridge, Synapse string
	// Database is where the bridge keeps its data.
	Database Database
	// Size of each file, in bytes.
	Size int64
	Say  func(format string, args ...any)
}

// Transferred is what the files cost.
type Transferred struct{ FromSlack, ToSlack Moved }

// Moved is what one file cost: the time until it was on the other side, and by how much the
// memory of the bridge's control group grew, without the page cache.
type Moved struct {
	Took  time.Duration
	Grown int64
}

// Measure returns what files cost. Each has to arrive whole and once.
func (t Transfer) Measure(ctx context.Context) (done Transferred, err error) {
	o := options{bridge: t.Bridge, channels: 1, synapse: t.Synapse, maxUpload: t.Size}
	if t.Database == PostgreSQL {
		server, failed := postgres.Start(ctx)
		if failed != nil {
			return done, failed
		}
		defer func() { err = errors.Join(err, server.Remove()) }()
		if o.uri, err = server.NewDatabase(ctx); err != nil {
			return done, err
		}
	}
	group, err := newMemoryGroup()
	if err != nil {
		return done, err
	}
	defer func() { err = errors.Join(err, group.close()) }()
	w, err := newWorld(ctx, o)
	defer func() { err = errors.Join(err, w.close(err)) }()
	if err != nil {
		return done, err
	}
	if err := w.begin(ctx); err != nil {
		return done, err
	}
	m := &mover{w, t, group}
	for _, way := range []struct {
		name    string
		toSlack bool
		killed  bool
		moved   *Moved
	}{
		{"from Slack", false, false, &done.FromSlack},
		{"to Slack", true, false, &done.ToSlack},
		{"from Slack, with a kill in the middle", false, true, &Moved{}},
		{"to Slack, with a kill in the middle", true, true, &Moved{}},
	} {
		if *way.moved, err = m.move(ctx, way.toSlack, way.killed); err != nil {
			return done, fmt.Errorf("%s: %w", way.name, err)
		}
		t.Say("  %s: %s, %.1f MiB more memory", way.name, way.moved.Took.Round(time.Millisecond), float64(way.moved.Grown)/(1<<20))
	}
	return done, nil
}

// mover moves files between the sides of a world.
type mover struct {
	*world
	Transfer
	group *memoryGroup
}

// move brings one file to the other side and checks that it is there whole and once.
func (m *mover) move(ctx context.Context, toSlack, killed bool) (moved Moved, err error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	text := m.seen.begin(2, toSlack)
	content, send, say := noise(m.Size), m.shareInSlack, m.sayInSlack
	if toSlack {
		send, say = m.sendInMatrix, func(ctx context.Context, text string) error { return m.home.say(ctx, m.rooms[0], text) }
	}
	show, err := send(ctx, text(0), content)
	if err != nil {
		return moved, err
	}
	if err := m.idle(ctx); err != nil {
		return moved, err
	}
	if err := m.group.add(m.bridge.Process().PID()); err != nil {
		return moved, err
	}
	grown, begin := m.group.watch(), time.Now()
	err = show()
	if err == nil && killed {
		err = m.killHalfway(ctx)
	}
	if err == nil {
		err = say(ctx, text(1))
	}
	if err == nil {
		_, err = m.seen.wait(ctx)
	}
	moved.Took = time.Since(begin)
	var failed error
	if moved.Grown, failed = grown(); err != nil || failed != nil {
		return moved, errors.Join(err, failed)
	}
	return moved, m.holds(ctx, toSlack, text(0), content)
}

// noise is content that nothing makes smaller.
func noise(size int64) []byte {
	content := make([]byte, size)
	_, _ = rand.NewChaCha8([32]byte{byte(size)}).Read(content) // never fails
	return content
}

// nameOf is what a file is called whose message has a text.
func nameOf(text string) string { return strings.ReplaceAll(text, " ", "-") + ".bin" }

// shareInSlack readies a file of a person in Slack.
func (m *mover) shareInSlack(_ context.Context, text string, content []byte) (show func() error, err error) {
	return func() error {
		_, err := m.slack.Workspace.Post(workspace.Post{
			Actor: workspace.Person(writers()[0]), Channel: channelID(0), Text: text,
			Files: []workspace.NewFile{{Name: nameOf(text), Data: content, Length: len(content)}},
		})
		return err
	}, nil
}

func (m *mover) sayInSlack(_ context.Context, text string) error {
	_, err := m.slack.Workspace.Post(workspace.Post{Actor: workspace.Person(writers()[0]), Channel: channelID(0), Text: text})
	return err
}

// sendInMatrix uploads a file to the homeserver, whose message the owner then sends.
func (m *mover) sendInMatrix(ctx context.Context, text string, content []byte) (show func() error, err error) {
	owner := m.home.(*synapse).owner
	uploaded, err := owner.UploadMedia(ctx, mautrix.ReqUploadMedia{ContentBytes: content, ContentType: "application/octet-stream"})
	if err != nil {
		return nil, fmt.Errorf("upload a file to the homeserver: %w", err)
	}
	return func() error {
		_, err := owner.SendMessageEvent(ctx, m.rooms[0], event.EventMessage, &event.MessageEventContent{
			MsgType: event.MsgFile, Body: text, FileName: nameOf(text), URL: uploaded.ContentURI.CUString(), Info: &event.FileInfo{Size: len(content)},
		})
		return err
	}, nil
}

// killHalfway ends the bridge when half of the file has gone through it, and starts it again.
func (m *mover) killHalfway(ctx context.Context) error {
	process := m.bridge.Process()
	before, err := writtenBy(process.PID())
	if err != nil {
		return err
	}
	var through int64
	err = await.Every(ctx, time.Millisecond, "half of the file to go through the bridge", func(context.Context) (bool, error) {
		now, err := writtenBy(process.PID())
		through = now - before
		return through >= m.Size/2, err
	})
	if err != nil {
		return err
	}
	process.Kill()
	if through >= m.Size {
		return fmt.Errorf("the kill was to be in the middle, and %d of %d bytes had gone through", through, m.Size)
	}
	m.Say("  killed after %d%% of the file", 100*through/m.Size)
	if err := m.bridge.Start(ctx); err != nil {
		return err
	}
	return m.group.add(m.bridge.Process().PID())
}

// writtenBy is how many bytes a process has written anywhere (proc(5), /proc/pid/io: wchar).
func writtenBy(pid int) (written int64, err error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/io", pid))
	if err != nil {
		return 0, fmt.Errorf("read what the bridge has written: %w", err)
	}
	for line := range strings.Lines(string(text)) {
		if _, err := fmt.Sscanf(line, "wchar: %d", &written); err == nil {
			return written, nil
		}
	}
	return 0, errors.New("read what the bridge has written: /proc has no wchar")
}

// holds checks that the other side has exactly one file of a name, with its content.
func (m *mover) holds(ctx context.Context, inSlack bool, text string, content []byte) error {
	found, err := m.inMatrix(ctx, nameOf(text))
	if inSlack {
		found, err = m.inSlack(nameOf(text))
	}
	switch {
	case err != nil:
		return err
	case len(found) != 1:
		return fmt.Errorf("%d messages have the file %s", len(found), nameOf(text))
	case !bytes.Equal(found[0], content):
		return fmt.Errorf("the file %s is not as it was sent", nameOf(text))
	}
	return nil
}

// inSlack are the contents of the files of a name that messages in Slack show.
func (m *mover) inSlack(name string) (found [][]byte, err error) {
	reader := workspace.Person(writers()[0])
	for _, file := range m.slack.Workspace.Files(reader, workspace.FileFilter{Channel: channelID(0)}) {
		if file["name"] != name {
			continue
		}
		_, _, content, _, err := m.slack.Workspace.Content(reader, file["id"].(string))
		if err != nil {
			return nil, err
		}
		found = append(found, content)
	}
	return found, nil
}

// inMatrix are the contents of the files of a name in the room.
func (m *mover) inMatrix(ctx context.Context, name string) (found [][]byte, err error) {
	owner := m.home.(*synapse).owner
	page, err := owner.Messages(ctx, m.rooms[0], "", "", mautrix.DirectionBackward, nil, 50)
	if err != nil {
		return nil, fmt.Errorf("read the room: %w", err)
	}
	for _, evt := range page.Chunk {
		if err := evt.Content.ParseRaw(evt.Type); err != nil {
			continue // nothing that people say
		}
		said, ok := evt.Content.Parsed.(*event.MessageEventContent)
		if !ok || said.MsgType != event.MsgFile || said.GetFileName() != name {
			continue
		}
		content, err := download(ctx, owner, said)
		if err != nil {
			return nil, err
		}
		found = append(found, content)
	}
	return found, nil
}

func download(ctx context.Context, reader *mautrix.Client, said *event.MessageEventContent) ([]byte, error) {
	uri, err := said.URL.Parse()
	if err != nil {
		return nil, err
	}
	answer, err := reader.Download(ctx, uri)
	if err != nil {
		return nil, fmt.Errorf("read a file of the homeserver: %w", err)
	}
	defer answer.Body.Close()
	return io.ReadAll(answer.Body)
}
