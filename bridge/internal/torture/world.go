package torture

import (
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"ops-jrz1/bridge/internal/emulator/control"
	"ops-jrz1/bridge/internal/failpoint"
	"ops-jrz1/bridge/internal/slackid"
	"ops-jrz1/bridge/internal/testbed/await"
	"ops-jrz1/bridge/internal/testbed/postgres"
	"ops-jrz1/bridge/internal/testbed/stack"
	"ops-jrz1/bridge/internal/testbed/timeline"
)

//go:embed seed.yaml
var seed []byte

// Names and ids of seed.yaml.
const (
	teamID    = "T0TORTURE1"
	bridgeApp = "A0BRIDGE01"
	bridgeBot = "U0BRIDGE01"
)

// users are the people in Slack and their ids.
var users = map[string]string{"alice": "U0ALICE001", "bob": "U0BOB00001", "cleo": "U0CLEO0001", "dora": "U0DORA0001"}

// owner is the person in Matrix whom the login belongs to.
const owner = "owner"

// others are the other people in Matrix. With them, less stands still while one of them
// waits for the homeserver.
var others = []string{"ann", "ben", "eve"}

// setupTimeout is how long it may take until every room exists.
const setupTimeout = 5 * time.Minute

// place is a conversation with its room and those who talk in it.
type place struct {
	name, channel string
	room          id.RoomID
	// people are those who talk, by side.
	people map[Side][]string
}

// world is everything that runs.
type world struct {
	options  Options
	stack    *stack.Stack
	postgres *postgres.Server
	disk     *disk
	slack    *control.Client
	accounts map[string]*stack.Account
	timeline *timeline.Timeline
	places   []*place
	log      *log
	// failpoints says that the bridge is our own build with them.
	failpoints bool
}

// build starts everything and waits until each place has its room with everyone in it.
// Call close to end what was started, also after an error.
func build(ctx context.Context, options Options) (*world, error) {
	w := &world{options: options, accounts: map[string]*stack.Account{}, log: newLog(options.Log), failpoints: options.Bridge == ""}
	ctx, cancel := context.WithTimeout(ctx, setupTimeout)
	defer cancel()
	config, err := w.config(ctx)
	if err != nil {
		return w, err
	}
	w.log.say("starting the homeserver and the Slack emulator in %s", options.Dir)
	if w.stack, err = stack.New(ctx, config); err != nil {
		return w, err
	}
	w.slack = control.New(w.stack.Emulator.URL)
	for _, name := range append([]string{owner}, others...) {
		if w.accounts[name], err = w.stack.Register(ctx, name); err != nil {
			return w, err
		}
	}
	w.timeline = timeline.Follow(w.accounts[owner].Client)
	w.log.say("starting the bridge")
	if err := w.stack.Bridge.Start(ctx); err != nil {
		return w, err
	}
	return w, w.furnish(ctx)
}

// config builds the programs and says what to put together.
func (w *world) config(ctx context.Context) (stack.Config, error) {
	w.log.say("building the programs")
	binaries, err := stack.Build(ctx, w.options.Root, false)
	if err == nil && w.failpoints {
		binaries.Bridge, err = stack.BuildWithFailpoints(ctx, w.options.Root, false)
	} else if err == nil {
		binaries.Bridge, err = filepath.Abs(w.options.Bridge)
	}
	if err != nil {
		return stack.Config{}, err
	}
	config := stack.Config{
		Dir: w.options.Dir, Root: w.options.Root, Binaries: binaries, Seed: seed, TimeScale: w.options.TimeScale,
		Proxied: true, Manners: w.options.Continuwuity,
		Settings: map[string]any{
			"bridge.permissions": map[string]any{stack.ServerName: "user", userID(owner).String(): "admin"},
			"logging":            map[string]any{"level": "debug", "format": "json"},
			"network.logins":     stack.DeclaredLogins(w.options.Dir, userID(owner)),
			"network.invite":     userIDs(others),
		},
	}
	if w.failpoints { // another version may not know the key
		config.Settings["network.sender_limit"] = 0
	}
	if !w.options.Postgres {
		w.disk, err = mountDisk(filepath.Join(w.options.Dir, "bridge"))
		return config, err
	}
	if w.postgres, err = postgres.Start(ctx); err != nil {
		return config, err
	}
	config.DatabaseURI, err = w.postgres.NewDatabase(ctx)
	return config, err
}

// furnish makes the places: channels with everyone, and direct chats of a person with
// the bridge's bot.
func (w *world) furnish(ctx context.Context) error {
	everybody := map[Side][]string{Slack: {"alice", "bob", "cleo", "dora"}, Matrix: append([]string{owner}, others...)}
	for name, channel := range map[string]string{
		"general": "C0GENERAL1", "random": "C0RANDOM01", "project": "C0PROJECT1", "support": "C0SUPPORT1", "secret": "C0SECRET01",
	} {
		room, err := w.enter(ctx, "#"+name, everybody[Matrix])
		if err != nil {
			return err
		}
		w.places = append(w.places, &place{name: name, channel: channel, room: room, people: everybody})
	}
	for name, direct := range map[string]struct{ channel, room string }{
		"alice": {"D0ALICEBOT", "Alice Archer"}, "bob": {"D0BOB00BOT", "Bob Baker"},
	} {
		if _, err := w.slack.Say(ctx, users[name], direct.channel, "hello"); err != nil {
			return err
		}
		room, err := w.enter(ctx, direct.room, []string{owner})
		if err != nil {
			return err
		}
		w.places = append(w.places, &place{
			name: "with " + name, channel: direct.channel, room: room, people: map[Side][]string{Slack: {name}, Matrix: {owner}},
		})
	}
	slices.SortFunc(w.places, func(a, b *place) int { return strings.Compare(a.channel, b.channel) })
	w.log.say("%d places are ready", len(w.places))
	return nil
}

// enter has people join the room of this name, once the owner sees it.
func (w *world) enter(ctx context.Context, name string, people []string) (id.RoomID, error) {
	var room id.RoomID
	err := w.timeline.Await(ctx, "a room named "+name, func(rooms map[id.RoomID]*timeline.Room) bool {
		for _, r := range timeline.Sorted(rooms) {
			if r.Name() == name && (r.Membership == event.MembershipInvite || r.Membership == event.MembershipJoin) {
				room = r.ID
			}
		}
		return room != ""
	})
	if err != nil {
		return "", err
	}
	for _, person := range people {
		err := await.Until(ctx, person+" to join "+name, func(ctx context.Context) (bool, error) {
			_, err := w.accounts[person].Client.JoinRoomByID(ctx, room)
			return err == nil, nil // The invitation may still be on its way.
		})
		if err != nil {
			return "", err
		}
	}
	return room, nil
}

func userID(localpart string) id.UserID { return id.NewUserID(localpart, stack.ServerName) }

func userIDs(localparts []string) []id.UserID {
	ids := make([]id.UserID, len(localparts))
	for i, localpart := range localparts {
		ids[i] = userID(localpart)
	}
	return ids
}

// ghost returns the Matrix user of a person in Slack.
func ghost(name string) id.UserID {
	return id.NewUserID("slack_"+string(slackid.MakeUserID(teamID, users[name])), stack.ServerName)
}

// clockFile is the file from which the bridge reads how far off its clock is.
func (w *world) clockFile() string { return filepath.Join(w.options.Dir, "clock") }

// env is the environment of a life of the bridge.
func (w *world) env(life Life) []string {
	if !w.failpoints {
		return nil
	}
	return []string{failpoint.EnvKill + "=" + life.Failpoint, failpoint.EnvClock + "=" + w.clockFile()}
}

// closeTimeout bounds stopping PostgreSQL and moving its files.
const closeTimeout = 2 * time.Minute

// close ends everything. The files stay, PostgreSQL's too: the caller made the folder.
func (w *world) close() error {
	if w.timeline != nil {
		w.timeline.Stop()
	}
	var errs []error
	if w.stack != nil {
		errs = append(errs, w.stack.Close())
	}
	if w.postgres != nil {
		ctx, cancel := context.WithTimeout(context.Background(), closeTimeout)
		defer cancel()
		errs = append(errs, w.postgres.MoveTo(ctx, filepath.Join(w.options.Dir, "postgres")))
	}
	if w.disk != nil {
		errs = append(errs, w.disk.unmount())
	}
	return errors.Join(errs...)
}

// keep writes what was compared into files next to the logs.
func (w *world) keep(compared map[string]any) error {
	for name, value := range compared {
		text, err := json.MarshalIndent(value, "", " ")
		if err != nil {
			return fmt.Errorf("keep what was %s: %w", name, err)
		}
		if err := os.WriteFile(filepath.Join(w.options.Dir, name+".json"), text, 0o600); err != nil {
			return fmt.Errorf("keep what was %s: %w", name, err)
		}
	}
	return nil
}
