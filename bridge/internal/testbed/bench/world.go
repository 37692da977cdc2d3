// Package bench measures the bridge as a process of its own between the emulator
// and a homeserver: how many messages a second, how late, at what cost. It compares
// programs in one run, each round with every program, and writes the medians. It
// must not look into the bridge, and must not measure a program that counts.
package bench

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"go.uber.org/zap"
	"maunium.net/go/mautrix/id"

	"ops-jrz1/bridge/internal/emulator"
	"ops-jrz1/bridge/internal/emulator/clock"
	"ops-jrz1/bridge/internal/testbed/await"
	"ops-jrz1/bridge/internal/testbed/homeserver"
	"ops-jrz1/bridge/internal/testbed/ports"
	"ops-jrz1/bridge/internal/testbed/sqlcount"
	"ops-jrz1/bridge/internal/testbed/stack"
)

// patience is how long the slowest single step may take.
const patience = 10 * time.Minute

// ownerID is the Matrix person who owns the login, reads and writes.
const ownerID id.UserID = "@owner:" + stack.ServerName

// Database is where a bridge keeps its data.
type Database string

// The databases that the bridge can use.
const (
	SQLite     Database = "SQLite"
	PostgreSQL Database = "PostgreSQL"
)

// options say what one world is made of.
type options struct {
	// bridge is the bridge's program.
	bridge string
	// counting says that the program notes its statements.
	counting bool
	// uri is a PostgreSQL database; empty is SQLite.
	uri string
	// channels is how many conversations there are.
	channels int
	// said is how many messages each conversation has before the bridge starts, which
	// new rooms begin with if history says so.
	said    int
	history bool
	// synapse is the virtual environment of a Synapse; empty is a homeserver that
	// answers at once.
	synapse string
	// maxUpload is the largest file that Synapse takes; 0 is its own limit.
	maxUpload int64
	// paced makes the waits of the bridge those that it has with Slack.
	paced bool
	// size makes it a workspace of many people, at Slack's own limits.
	size *Size
}

// world is one bridge with everything around it. The emulator is in this process,
// and so is the homeserver that answers at once.
type world struct {
	options
	dir    string
	slack  *emulator.Emulator
	home   home
	bridge *stack.Bridge
	seen   *arrivals
	rooms  []id.RoomID // by channel
	ports  []*ports.Reservation
}

// newWorld starts everything but the bridge. What has been started is ended by
// close, after an error too.
func newWorld(ctx context.Context, o options) (*world, error) {
	w := &world{options: o, seen: newArrivals()}
	var err error
	if w.dir, err = os.MkdirTemp("", "bench-"); err != nil {
		return w, fmt.Errorf("make a folder for the bench: %w", err)
	}
	var port [2]int
	for i := range port {
		reserved, err := ports.Reserve()
		if err != nil {
			return w, err
		}
		w.ports = append(w.ports, reserved)
		port[i] = reserved.Port
	}
	if err := w.startSlack(); err != nil {
		return w, err
	}
	if err := w.makeBridge(ctx, port[0], port[1]); err != nil {
		return w, err
	}
	return w, w.startHome(ctx, port[0])
}

func (w *world) in(name string) string { return filepath.Join(w.dir, name) }

// startSlack starts a workspace at Slack's own pace, without limits unless it is one of a
// size.
func (w *world) startSlack() error {
	file, err := makeSeed(w.channels, w.said)
	rates := 0.0
	if w.size != nil {
		file, err = w.size.seed()
		rates = 1
	}
	if err != nil {
		return err
	}
	w.slack, err = emulator.Start(emulator.Options{Seed: file, Clock: clock.New(1), RateScale: &rates, Log: zap.NewNop()})
	if err != nil {
		return err
	}
	w.slack.Workspace.Observe(w.seen.inSlack)
	bot, app := w.slack.Workspace.Tokens(bridgeApp)
	return errors.Join(stack.WriteToken(w.dir, "bot", bot), stack.WriteToken(w.dir, "app", app))
}

// timeScale makes the waits for Slack's rate limits in the bridge negligible.
const timeScale = 0.0001

func (w *world) makeBridge(ctx context.Context, homePort, port int) error {
	database := map[string]any{"type": "sqlite3-fk-wal", "uri": "file:" + w.in("bridge.db") + "?_txlock=immediate"}
	if w.uri != "" {
		database = map[string]any{"type": "postgres", "uri": w.uri}
	}
	settings := map[string]any{
		"homeserver.address": fmt.Sprintf("http://127.0.0.1:%d", homePort), "homeserver.domain": stack.ServerName,
		"appservice.address": fmt.Sprintf("http://127.0.0.1:%d", port), "appservice.port": port,
		"database":              database,
		"network.slack_api_url": w.slack.APIURL(), "network.slack_time_scale": timeScale,
		"network.conversation_count": -1, "network.logins": stack.DeclaredLogins(w.dir, ownerID),
		"bridge.permissions": map[string]any{stack.ServerName: "user", ownerID.String(): "admin"},
		"logging.format":     "json",
		"backfill.enabled":   w.history || w.said == 0,
	}
	if w.paced || w.size != nil {
		settings["network.slack_time_scale"] = 1.0
	}
	if w.size != nil {
		settings["network.conversation_count"] = w.size.Rooms
	}
	limited, err := hasKey(ctx, w.options.bridge, "sender_limit")
	if err != nil {
		return err
	}
	if limited {
		settings["network.sender_limit"] = 0 // the bench writes faster than people
	}
	var env []string
	if w.counting {
		env = append(env, sqlcount.FileVariable+"="+w.counts())
	}
	w.bridge, err = stack.NewBridge(ctx, stack.BridgeConfig{
		Bin: w.options.bridge, Dir: w.in("bridge"), Log: w.in("bridge.log"), Port: port, Settings: settings, Env: env,
	})
	return err
}

// hasKey says whether a bridge program's example of a configuration has the key. A program
// that is compared may be older than the key, and would refuse it.
func hasKey(ctx context.Context, program, key string) (bool, error) {
	example, err := exec.CommandContext(ctx, program, "config", "example").Output()
	if err != nil {
		return false, fmt.Errorf("ask %s for its keys: %w", program, err)
	}
	return bytes.Contains(example, []byte(key+":")), nil
}

func (w *world) startHome(ctx context.Context, port int) error {
	config := homeserver.Config{
		Dir: w.in("homeserver"), Log: w.in("homeserver.log"), ServerName: stack.ServerName, Port: port,
		Registrations: []string{w.bridge.Registration}, MaxUpload: w.maxUpload,
	}
	if err := os.MkdirAll(config.Dir, 0o700); err != nil {
		return fmt.Errorf("make the homeserver's folder: %w", err)
	}
	var err error
	if w.synapse != "" {
		w.home, err = newSynapse(ctx, config, w.synapse, w.seen)
	} else {
		w.home, err = newFast(ctx, config, w.seen)
	}
	return err
}

// login starts the bridge and has the owner join the room of every channel.
func (w *world) login(ctx context.Context) error {
	if err := w.bridge.Start(ctx); err != nil {
		return err
	}
	return w.join(ctx, 0)
}

// begin logs in and has everyone say something in every channel, so that one-time work
// is not part of what is measured.
func (w *world) begin(ctx context.Context) error {
	if err := w.login(ctx); err != nil {
		return err
	}
	everywhere := load{count: w.channels * len(writers()), channels: w.channels}
	if _, err := w.slackToMatrix(ctx, everywhere); err != nil {
		return fmt.Errorf("the first messages from Slack: %w", err)
	}
	if _, err := w.matrixToSlack(ctx, everywhere); err != nil {
		return fmt.Errorf("the first messages to Slack: %w", err)
	}
	return nil
}

// join has the owner join the rooms of the channels from one on.
func (w *world) join(ctx context.Context, first int) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	w.rooms = make([]id.RoomID, w.channels)
	for n := first; n < w.channels; n++ {
		err := await.Until(ctx, "the room of "+channelName(n), func(ctx context.Context) (bool, error) {
			if code := w.bridge.Process().ExitCode(); code >= 0 {
				return false, w.bridge.Process().Died()
			}
			var err error
			w.rooms[n], err = w.home.invited(ctx, "#"+channelName(n))
			return w.rooms[n] != "", err
		})
		if err != nil {
			return err
		}
		if err := w.home.join(ctx, w.rooms[n]); err != nil {
			return err
		}
	}
	return nil
}

// close ends the bridge first and removes every file, unless something failed.
func (w *world) close(failed error) error {
	var errs []error
	if w.bridge != nil && w.bridge.Process() != nil {
		ctx, cancel := context.WithTimeout(context.Background(), 70*time.Second)
		defer cancel()
		errs = append(errs, w.bridge.Process().Stop(ctx))
	}
	if w.home != nil {
		errs = append(errs, w.home.close())
	}
	if w.slack != nil {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		errs = append(errs, w.slack.Close(ctx))
		w.slack.Clock.Close()
	}
	for _, port := range w.ports {
		errs = append(errs, port.Release())
	}
	if failed != nil || os.Getenv("TESTBED_KEEP") != "" {
		return errors.Join(append(errs, fmt.Errorf("the files are kept in %s", w.dir))...)
	}
	return errors.Join(append(errs, os.RemoveAll(w.dir))...)
}
