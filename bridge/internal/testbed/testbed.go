// Package testbed gives a scenario a whole bridge of real processes and verbs to
// act and to look with: Must… does something and fails the test when it cannot,
// Await… waits until something can be seen and fails the test when its patience
// ends. It owns what a person on either side can do and see, and the rule that
// no token shows anywhere. It must not look into the bridge; what an operator
// cannot see, a scenario cannot see either.
//
//	func TestMain(m *testing.M) { testbed.Main(m) }
//
//	func TestGreeting(t *testing.T) {
//		bed := testbed.Start(t, testbed.Options{})
//		ann := bed.MustRegister("ann")
//		…
//	}
package testbed

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"maunium.net/go/mautrix"

	"ops-jrz1/bridge/internal/testbed/await"
	"ops-jrz1/bridge/internal/testbed/postgres"
	"ops-jrz1/bridge/internal/testbed/proxy"
	"ops-jrz1/bridge/internal/testbed/stack"
)

// Patience is how long an Await… waits. It is much longer than anything takes on
// a busy machine, since only a failing test waits it out.
const Patience = 2 * time.Minute

// setupTimeout is how long it may take until everything runs.
const setupTimeout = 3 * time.Minute

// Database is where the bridge keeps its data.
type Database int

// The databases that the bridge can use.
const (
	SQLite Database = iota
	PostgreSQL
)

// Manners is how the homeserver treats the bridge.
type Manners string

// The manners that there are; the zero value is the homeserver's own.
const Continuwuity Manners = "continuwuity"

// envManners has every scenario run with these manners.
const envManners = "TESTBED_MANNERS"

// manners returns those that the scenario or the environment asks for.
func (o Options) manners() (Manners, error) {
	asked := cmp.Or(o.Manners, Manners(os.Getenv(envManners)))
	if asked != "" && asked != Continuwuity {
		return "", fmt.Errorf("%s=%s: the only manners there are is %s", envManners, asked, Continuwuity)
	}
	return asked, nil
}

// Options say how a scenario differs from the usual one. The zero value is a
// bridge on SQLite, logged in to the workspace for the owner and running.
type Options struct {
	// Database is where the bridge keeps its data.
	Database Database
	// Seed is the YAML of the workspace; DefaultSeed where it is empty.
	Seed string
	// TimeScale multiplies the limits and waits of Slack; 1 is Slack's own pace,
	// 0 is defaultScale.
	TimeScale float64
	// NoLogin leaves out the declared login, for scenarios that log in by
	// themselves.
	NoLogin bool
	// Proxied puts Bed.ToHomeserver, Bed.ToSlack and Bed.ToBridge on the hops that
	// their names say.
	Proxied bool
	// Manners has the homeserver treat the bridge as another implementation would; the
	// environment variable TESTBED_MANNERS sets it for every scenario.
	Manners Manners
	// Stopped leaves the bridge to be started by the scenario.
	Stopped bool
	// Bridge is the bridge's program; the one that Main has built where it is empty.
	Bridge string
	// OtherRegistration is the YAML of another application service that the homeserver
	// knows; it is in other-registration.yaml of Bed.Dir.
	OtherRegistration string
	// Settings are what differs from the example configuration, by dotted key.
	Settings map[string]any
}

// Bed is everything that one scenario runs on.
type Bed struct {
	// Owner is the Matrix person whom the declared login belongs to.
	Owner *Person
	// Bridge is the bridge's process.
	Bridge *Bridge
	// Slack is the workspace, seen by the people in it.
	Slack *Slack
	// Postgres is the database server, nil on SQLite.
	Postgres *postgres.Server
	// ToHomeserver and ToSlack carry the bridge's requests to the homeserver and to
	// Slack's Web API (not its socket), ToBridge those of the homeserver to the
	// bridge, where Options say so.
	ToHomeserver, ToSlack, ToBridge *proxy.Proxy
	// Dir is where the logs and the files of every process are.
	Dir string

	t      testing.TB
	ctx    context.Context
	stack  *stack.Stack
	people []*Person
	// operator is Synapse's administrator, if there is one.
	operator *mautrix.Client
	secrets  []string
	// healthAddress is the bridge's operator.address.
	healthAddress string
}

// Start builds the scenario's world. When the test ends it is taken down, every
// log is searched for tokens, and the files are removed, or kept and named when
// the test failed.
func Start(t testing.TB, options Options) *Bed {
	t.Helper()
	binaries, root := builtByMain(t)
	binaries.Bridge = cmp.Or(options.Bridge, binaries.Bridge)
	dir, err := os.MkdirTemp("", "testbed-"+folderName(t.Name())+"-")
	if err != nil {
		t.Fatal(err)
	}
	bed := &Bed{t: t, ctx: t.Context(), Dir: dir}
	t.Cleanup(bed.finish)

	asked, err := options.manners()
	bed.must(err)
	config := stack.Config{
		Dir: dir, Root: root, Binaries: binaries, Proxied: options.Proxied, Manners: asked == Continuwuity,
		Seed: []byte(cmp.Or(options.Seed, DefaultSeed)), TimeScale: cmp.Or(options.TimeScale, defaultScale),
		Continuwuity: os.Getenv("CONTINUWUITY_BIN"), Settings: bed.settings(options),
		OtherRegistration: options.OtherRegistration,
	}
	ctx, cancel := context.WithTimeout(bed.ctx, setupTimeout)
	defer cancel()
	if options.Database == PostgreSQL {
		bed.Postgres = postgres.New(t)
		config.DatabaseURI, err = bed.Postgres.NewDatabase(ctx)
		bed.must(err)
	}
	bed.stack, err = stack.New(ctx, config)
	bed.must(err)
	apps := slices.Clone(bed.stack.Emulator.Apps)
	for _, further := range bed.stack.Emulator.Further {
		apps = append(apps, further...)
	}
	for _, app := range apps {
		bed.secrets = append(bed.secrets, app.BotToken, app.AppToken)
	}
	bed.Slack = newSlack(bed)
	bed.ToHomeserver, bed.ToSlack, bed.ToBridge = bed.stack.ToHomeserver, bed.stack.ToSlack, bed.stack.ToBridge
	bed.Bridge = &Bridge{bed: bed, bridge: bed.stack.Bridge}
	bed.Owner = bed.MustRegister(OwnerID.Localpart())
	if !options.Stopped {
		bed.Bridge.MustStart()
	}
	return bed
}

// must ends the test when something that has to work did not.
func (b *Bed) must(err error) {
	b.t.Helper()
	if err != nil {
		b.t.Fatal(err)
	}
}

// Await waits until condition is true; what describes it in the message of a
// failed test.
func (b *Bed) Await(what string, condition func() bool) {
	b.t.Helper()
	ctx, cancel := b.patience()
	defer cancel()
	b.must(await.Until(ctx, what, func(context.Context) (bool, error) { return condition(), nil }))
}

// patience is the context of one Await….
func (b *Bed) patience() (context.Context, context.CancelFunc) {
	return context.WithTimeout(b.ctx, Patience)
}

// Together does several things at the same time and returns when all are done.
func (b *Bed) Together(things ...func()) {
	var all sync.WaitGroup
	for _, thing := range things {
		all.Go(thing)
	}
	all.Wait()
	if b.t.Failed() {
		b.t.FailNow()
	}
}

// maxFolderName bounds the part of a test's name in its folder: the path of the bridge's
// socket below it may have 103 bytes.
const maxFolderName = 40

// folderName is the end of a test's name, which says which of several it is.
func folderName(test string) string {
	name := fileName(test)
	return strings.TrimLeft(name[max(0, len(name)-maxFolderName):], "-_.,")
}

// fileName makes a test's name fit for a path.
func fileName(name string) string {
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune("/\\ :*?\"<>|", r) {
			return '-'
		}
		return r
	}, name)
}

// finish takes the world down and judges what it left behind.
func (b *Bed) finish() {
	for _, person := range b.people {
		person.timeline.Stop()
	}
	if b.Slack != nil {
		b.checkPages()
		if err := b.Slack.Control.ClearFaults(context.Background()); err != nil {
			b.t.Error(err) // Requests that they hold back would delay the end.
		}
	}
	for _, p := range []*proxy.Proxy{b.ToHomeserver, b.ToSlack, b.ToBridge} {
		if p != nil {
			p.Heal()
		}
	}
	if b.stack != nil {
		if err := b.stack.Close(); err != nil {
			b.t.Error(err)
		}
		b.checkLeftovers()
	}
	if b.t.Failed() || os.Getenv("TESTBED_KEEP") != "" {
		b.t.Log(b.byHand())
		return
	}
	if err := os.RemoveAll(b.Dir); err != nil {
		b.t.Error(err)
	}
}

// byHand says where the logs are and how to run the same by hand.
func (b *Bed) byHand() string {
	var text strings.Builder
	logs, _ := filepath.Glob(filepath.Join(b.Dir, "*.log"))
	fmt.Fprintf(&text, "the logs of this scenario:\n  %s\n", strings.Join(logs, "\n  "))
	if b.stack == nil || len(b.stack.Processes()) == 0 {
		return text.String()
	}
	text.WriteString("to start its processes again with their data, run each in a terminal:\n")
	if b.Postgres != nil {
		fmt.Fprintf(&text, "  (the database was PostgreSQL and is gone: set database in %s)\n", b.stack.Bridge.Config)
	}
	for _, p := range b.stack.Processes() {
		fmt.Fprintf(&text, "  %s\n", p)
	}
	for _, person := range b.people {
		fmt.Fprintf(&text, "Matrix: %s, password %q, at %s\n", person.UserID, person.password, b.stack.Homeserver.URL())
	}
	fmt.Fprintf(&text, "the test alone: make test-one T='%s'\n", b.t.Name())
	return text.String()
}
