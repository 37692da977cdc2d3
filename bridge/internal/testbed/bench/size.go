package bench

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"time"

	"maunium.net/go/mautrix/id"

	"ops-jrz1/bridge/internal/emulator/web"
	"ops-jrz1/bridge/internal/emulator/workspace"
	"ops-jrz1/bridge/internal/testbed/await"
	"ops-jrz1/bridge/internal/testbed/postgres"
)

// Size is a workspace of many channels and people, at Slack's own limits: the first login in
// it, chat meanwhile, and a second start.
type Size struct {
	// Bridge is the program, and Database where it keeps its data.
	Bridge   string
	Database Database
	// Channels are those that the bot is in. Everyone is in the first, PerChannel people in
	// each of the others.
	Channels, People, PerChannel int
	// Rooms is network.conversation_count.
	Rooms int
	// Messages are said in each direction while the rooms are made, one every Pace.
	Messages int
	Pace     time.Duration
	Say      func(format string, args ...any)
}

// Sized is how a login in such a workspace went.
type Sized struct {
	Size
	// Synced is when the rooms were there after the first start.
	Synced time.Duration
	// Filled is when their histories were in them all, and the owner invited.
	Filled time.Duration
	// Newest says whether the rooms are those of the newest conversations.
	Newest bool
	// FromP50 and ToP50 are the medians of messages meanwhile, from Slack and to it.
	FromP50, FromP95, ToP50, ToP95 time.Duration
	// Calls are those of Slack until the rooms were there, by their methods.
	Calls map[string]int
	// Joined are the members of the first channel's room when the rooms were there, and All
	// when no more joined, after Joining.
	Joined, All int
	Joining     time.Duration
	// Ready is how long after a second start a message from Slack was there, and Again are the
	// calls until then, without those of catch-up. Twice are the calls that were made more than
	// once until the rooms were in sync, and the histories that were read more than once.
	Ready time.Duration
	Again []string
	Twice []string
	// Resynced is when the rooms were in sync, and Histories how many histories its catch-up has
	// read when the bridge had nothing to do for a moment.
	Resynced  time.Duration
	Histories int
	// Errors are the lines of the log that say so.
	Errors []string
	// Memory is what the bridge held at most, in bytes.
	Memory int64
}

// undelivered is after how long Slack gives up events that no one takes.
const undelivered = 20 * time.Minute

// inSync is what the bridge's log says when its rooms are there.
const inSync = "Rooms are in sync with Slack"

// Measure logs in, stops the bridge and starts it again.
func (s Size) Measure(ctx context.Context) (sized Sized, err error) {
	o := options{bridge: s.Bridge, channels: s.Channels, size: &s}
	if s.Database == PostgreSQL {
		server, failed := postgres.Start(ctx)
		if failed != nil {
			return sized, failed
		}
		defer func() { err = errors.Join(err, server.Remove()) }()
		if o.uri, err = server.NewDatabase(ctx); err != nil {
			return sized, err
		}
	}
	w, err := newWorld(ctx, o)
	defer func() { err = errors.Join(err, w.close(err)) }()
	if err != nil {
		return sized, err
	}
	return s.measure(ctx, w)
}

func (s Size) measure(ctx context.Context, w *world) (sized Sized, err error) {
	sized.Size = s
	newest, err := s.stir(w)
	if err != nil {
		return sized, err
	}
	if err := s.first(ctx, w, newest, &sized); err != nil {
		return sized, fmt.Errorf("the first login: %w", err)
	}
	if sized.Memory, err = memoryOf(w.bridge.Process().PID(), "VmHWM"); err != nil {
		return sized, err
	}
	if err := s.second(ctx, w, newest[0], &sized); err != nil {
		return sized, fmt.Errorf("the second start: %w", err)
	}
	sized.Errors, err = w.errorLines()
	return sized, err
}

// stir makes some channels the newest, the first among them, and returns them, the newest
// first.
func (s Size) stir(w *world) (newest []int, err error) {
	step := s.Channels / s.Rooms
	for n := s.Rooms - 1; n >= 0; n-- {
		newest = append(newest, n*step)
	}
	for _, n := range slices.Backward(newest) {
		_, err := w.slack.Workspace.SetTopic(workspace.Person(sizePerson(n%s.People)), channelID(n), "what is new")
		if err != nil {
			return nil, fmt.Errorf("change %s: %w", channelName(n), err)
		}
		time.Sleep(2 * time.Millisecond) // Slack's times have milliseconds
	}
	w.slack.Clock.Step(undelivered)
	return newest, nil
}

// first logs in, has people write in the newest channel meanwhile, and waits until all have
// joined who are going to.
func (s Size) first(ctx context.Context, w *world, newest []int, sized *Sized) error {
	begun := time.Now()
	if err := w.bridge.Start(ctx); err != nil {
		return err
	}
	synced := make(chan error, 1)
	go func() {
		err := w.awaitLog(ctx, inSync, 1)
		sized.Synced = time.Since(begun)
		synced <- err
	}()
	talked := s.talk(ctx, w, newest[0], sized)
	if err := errors.Join(<-synced, talked); err != nil {
		return err
	}
	sized.Calls = tally(w.slack.Web.Calls())
	if err := s.awaitFilled(ctx, w, newest); err != nil {
		return err
	}
	sized.Filled = time.Since(begun)
	sized.Newest = true
	for n := range s.Channels {
		room, err := w.home.invited(ctx, "#"+channelName(n))
		if err != nil {
			return err
		}
		sized.Newest = sized.Newest && (room != "") == slices.Contains(newest, n)
	}
	everyone, err := w.home.invited(ctx, "#"+channelName(0))
	if err != nil {
		return err
	}
	sized.Joined = w.home.(fast).Members(everyone)
	s.Say("  %d rooms after %s, %d of %d people in the largest", s.Rooms, sized.Synced.Round(time.Second), sized.Joined, s.People)
	if err := s.awaitJoined(ctx, w, everyone, sized); err != nil {
		return err
	}
	s.Say("  %d after %s", sized.All, time.Since(begun).Round(time.Second))
	sized.Joining = time.Since(begun)
	return nil
}

// awaitFilled waits until the owner is invited to the rooms of these channels: then what was said
// before is in them.
func (s Size) awaitFilled(ctx context.Context, w *world, channels []int) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	return await.Every(ctx, time.Second, "the histories of the rooms", func(ctx context.Context) (bool, error) {
		for _, n := range channels {
			if room, err := w.home.invited(ctx, "#"+channelName(n)); room == "" || err != nil {
				return false, err
			}
		}
		return true, nil
	})
}

// awaitJoined waits until everyone has joined a room.
func (s Size) awaitJoined(ctx context.Context, w *world, room id.RoomID, sized *Sized) error {
	ctx, cancel := context.WithTimeout(ctx, 3*patience)
	defer cancel()
	return await.Every(ctx, time.Second, "everyone to join", func(context.Context) (bool, error) {
		sized.All = w.home.(fast).Members(room)
		return sized.All > s.People, nil // the bot is one of them
	})
}

// talk has people in both write as soon as a channel has its room.
func (s Size) talk(ctx context.Context, w *world, channel int, sized *Sized) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	var room id.RoomID
	err := await.Until(ctx, "the newest channel's room", func(ctx context.Context) (_ bool, err error) {
		room, err = w.home.invited(ctx, "#"+channelName(channel))
		return room != "", err
	})
	if err != nil {
		return err
	}
	if err := w.home.join(ctx, room); err != nil {
		return err
	}
	l := load{count: s.Messages, channels: 1, pace: s.Pace}
	text := w.seen.begin(s.Messages, false)
	from, err := s.late(ctx, w, l, func(n int) error {
		_, err := w.slack.Workspace.Post(workspace.Post{
			Actor: workspace.Person(sizePerson(channel % s.People)), Channel: channelID(channel), Text: text(n),
		})
		return err
	})
	if err != nil {
		return err
	}
	text = w.seen.begin(s.Messages, true)
	to, err := s.late(ctx, w, l, func(n int) error { return w.home.say(ctx, room, text(n)) })
	sized.FromP50, sized.FromP95 = quantile(from, 0.5), quantile(from, 0.95)
	sized.ToP50, sized.ToP95 = quantile(to, 0.5), quantile(to, 0.95)
	return err
}

// late returns how long each message took, in ascending order.
func (s Size) late(ctx context.Context, w *world, l load, say func(int) error) (late []time.Duration, err error) {
	said, err := l.run(time.Now(), say)
	if err != nil {
		return nil, err
	}
	came, err := w.seen.wait(ctx)
	for n, at := range came {
		late = append(late, at.Sub(said[n]))
	}
	slices.Sort(late)
	return late, err
}

// second stops the bridge and starts it again.
func (s Size) second(ctx context.Context, w *world, channel int, sized *Sized) error {
	if err := w.bridge.Process().Stop(ctx); err != nil {
		return err
	}
	calls := w.slack.Web.Calls()
	before := calls[len(calls)-1].Seq
	since := func() []web.CallRecord {
		return slices.DeleteFunc(w.slack.Web.Calls(), func(call web.CallRecord) bool { return call.Seq <= before })
	}
	begun := time.Now()
	if err := w.bridge.Start(ctx); err != nil {
		return err
	}
	text := w.seen.begin(1, false)
	if _, err := w.slack.Workspace.Post(workspace.Post{
		Actor: workspace.Person(sizePerson(channel % s.People)), Channel: channelID(channel), Text: text(0),
	}); err != nil {
		return fmt.Errorf("say something: %w", err)
	}
	if _, err := w.seen.wait(ctx); err != nil {
		return err
	}
	sized.Ready = time.Since(begun)
	for _, call := range since() {
		if !isCatchUp(call) {
			sized.Again = append(sized.Again, call.Method)
		}
	}
	if err := w.awaitLog(ctx, inSync, 2); err != nil {
		return err
	}
	sized.Resynced = time.Since(begun)
	times := map[string]int{}
	for _, call := range since() {
		what := call.Method + " " + fmt.Sprint(call.Args)
		if times[what]++; times[what] == 2 && !isCatchUp(call) {
			sized.Twice = append(sized.Twice, what)
		}
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	if err := w.idle(ctx); err != nil {
		return err
	}
	read := map[string]int{}
	for _, call := range since() {
		if call.Method != "conversations.history" {
			continue
		}
		if read[call.Channel]++; read[call.Channel] == 2 {
			sized.Twice = append(sized.Twice, "history of "+call.Channel)
		}
	}
	sized.Histories = len(read)
	return nil
}

// isCatchUp says whether a call reads what was missed, or asks for people who have yet to join
// or for what rooms show besides.
func isCatchUp(call web.CallRecord) bool {
	switch call.Method {
	case "conversations.history", "conversations.replies", "conversations.members", "users.info", "bookmarks.list":
		return true
	}
	return false
}

// awaitLog waits until the bridge's log has said something so often.
func (w *world) awaitLog(ctx context.Context, words string, times int) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	return await.Until(ctx, "the log to say "+words, func(context.Context) (bool, error) {
		log, err := os.ReadFile(w.in("bridge.log"))
		return bytes.Count(log, []byte(words)) >= times, err
	})
}

// errorLines are the lines of the bridge's log that are errors.
func (w *world) errorLines() (found []string, err error) {
	log, err := os.ReadFile(w.in("bridge.log"))
	if err != nil {
		return nil, fmt.Errorf("read the bridge's log: %w", err)
	}
	for line := range strings.Lines(string(log)) {
		if strings.Contains(line, `"level":"error"`) {
			found = append(found, strings.TrimSpace(line))
		}
	}
	return found, nil
}

// tally counts calls by their methods.
func tally(calls []web.CallRecord) map[string]int {
	counts := map[string]int{}
	for _, call := range calls {
		counts[call.Method]++
	}
	return counts
}

// maxChat is the median that chat keeps to while the rooms are made, and maxAgain how many
// calls a second start makes.
const (
	maxChat  = 200 * time.Millisecond
	maxAgain = 5
)

// Judge says what does not hold.
func (s Sized) Judge() error {
	var wrong []error
	check := func(holds bool, format string, args ...any) {
		if !holds {
			wrong = append(wrong, fmt.Errorf(format, args...))
		}
	}
	check(s.Newest, "the rooms are not those of the newest %d conversations", s.Rooms)
	check(s.FromP50 < maxChat, "a message from Slack takes %s meanwhile", s.FromP50)
	check(s.ToP50 < maxChat, "a message to Slack takes %s meanwhile", s.ToP50)
	check(len(s.Again) <= maxAgain, "a second start makes %d calls: %s", len(s.Again), s.Again)
	check(len(s.Twice) == 0, "made twice: %s", s.Twice)
	check(len(s.Errors) == 0, "the log has errors: %s", s.Errors)
	return errors.Join(wrong...)
}

// Markdown is the row of a table for a page.
func (s Sized) Markdown() string {
	var calls []string
	for _, method := range slices.Sorted(maps.Keys(s.Calls)) {
		calls = append(calls, fmt.Sprintf("%d `%s`", s.Calls[method], method))
	}
	ms := func(d time.Duration) string { return fmt.Sprintf("%.0f ms", d.Seconds()*1000) }
	var text strings.Builder
	row := func(what, figure string) { fmt.Fprintf(&text, "| %s | %s |\n", what, figure) }
	fmt.Fprintf(&text, "| %s, %d channels, %d people | |\n| --- | --- |\n", s.Database, s.Channels, s.People)
	row(fmt.Sprintf("first login, until the rooms of the newest %d are there, and until their histories are", s.Rooms), fmt.Sprintf("%.0f s, %.0f s", s.Synced.Seconds(), s.Filled.Seconds()))
	row("its calls of Slack until the rooms are there", strings.Join(calls, ", "))
	row("chat meanwhile, Slack → Matrix, p50 and p95", ms(s.FromP50)+", "+ms(s.FromP95))
	row("chat meanwhile, Matrix → Slack, p50 and p95", ms(s.ToP50)+", "+ms(s.ToP95))
	row("in the room of the channel with everyone: then, and when no more joined", fmt.Sprintf("%d, and %d after %.0f s", s.Joined, s.All, s.Joining.Seconds()))
	row("second start, until a message is there, and until the rooms are in sync", fmt.Sprintf("%.1f s, %.0f s", s.Ready.Seconds(), s.Resynced.Seconds()))
	row("its calls of Slack until the message is there, without catch-up", fmt.Sprintf("%d: %s", len(s.Again), strings.Join(s.Again, ", ")))
	row("histories that its catch-up read soon after, each once", fmt.Sprint(s.Histories))
	row("calls made twice", fmt.Sprint(len(s.Twice)))
	row("memory, most", fmt.Sprintf("%d MiB", s.Memory>>20))
	row("errors in the log", fmt.Sprint(len(s.Errors)))
	return text.String()
}
