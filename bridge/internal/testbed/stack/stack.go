// Package stack puts a whole bridge together from real processes: a homeserver,
// the Slack emulator and the bridge with its database, all on loopback ports and
// in one folder. The testbed gives it to tests and the demo to people; it knows
// neither. It must not reach into a process in any way that an operator could not.
package stack

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"time"

	"ops-jrz1/bridge/internal/testbed/homeserver"
	"ops-jrz1/bridge/internal/testbed/ports"
	"ops-jrz1/bridge/internal/testbed/process"
	"ops-jrz1/bridge/internal/testbed/proxy"
	"ops-jrz1/bridge/internal/testbed/proxy/manners"
)

// ServerName is the part after the colon of every Matrix id.
const ServerName = "bed.test"

// stopTimeout is how long a process may take to end in good order. The bridge
// gives itself a minute to finish what it has answered for.
const stopTimeout = 70 * time.Second

// Config says what to put together.
type Config struct {
	// Dir is an empty folder for every file.
	Dir string
	// Root is the repository's folder.
	Root string
	// Continuwuity is the program of that name; Synapse is used where it is empty.
	Continuwuity string
	// Manners has Synapse treat the bridge as continuwuity does; continuwuity itself
	// needs no such help.
	Manners  bool
	Binaries Binaries
	// Seed is the YAML of the Slack workspace, the emulator's own where it is nil.
	Seed []byte
	// TimeScale multiplies the limits and waits of Slack, for the emulator and the
	// bridge; 1 is Slack's own pace.
	TimeScale float64
	// Proxied puts a proxy between the bridge and the homeserver, in each direction,
	// and one before Slack's Web API.
	Proxied bool
	// DatabaseURI is a PostgreSQL database; the bridge has SQLite where it is empty.
	DatabaseURI string
	// OtherRegistration is the YAML of another application service that the homeserver
	// knows, none where it is empty.
	OtherRegistration string
	// Settings are what differs from the example configuration, by dotted key, except
	// the addresses, which the stack sets.
	Settings map[string]any
}

// Stack is the processes and the ways to reach them.
type Stack struct {
	Config     Config
	Homeserver homeserver.Homeserver
	Emulator   *Emulator
	Bridge     *Bridge
	// ToHomeserver and ToSlack carry the bridge's requests and ToBridge the
	// homeserver's, if Config says so.
	ToHomeserver, ToSlack, ToBridge *proxy.Proxy
	// Manners is between bridge and Synapse, on the homeserver's side of the proxies,
	// if Config says so.
	Manners *manners.Server

	ports []*ports.Reservation
}

// New prepares every file and starts the homeserver and the emulator; the bridge
// is started by the caller, who may want to change something before. What has
// been started is ended by Close, after an error too.
func New(ctx context.Context, config Config) (*Stack, error) {
	s := &Stack{Config: config}
	homePort, err := s.port()
	if err != nil {
		return s, err
	}
	bridgePort, err := s.port()
	if err != nil {
		return s, err
	}
	slackPort, err := s.port()
	if err != nil {
		return s, err
	}
	if s.Emulator, err = startEmulator(ctx, config, slackPort, s.in("emulator"), s.Log("emulator")); err != nil {
		return s, err
	}
	if err := s.writeTokens(); err != nil {
		return s, err
	}
	home := homeserver.Config{Dir: s.in("homeserver"), Log: s.Log("homeserver"), ServerName: ServerName, Port: homePort}
	settings, err := s.addresses(homePort, bridgePort)
	if err != nil {
		return s, err
	}
	if s.Manners != nil {
		home.RoomVersion = manners.RoomVersion
	}
	maps.Copy(settings, config.Settings)
	s.Bridge, err = NewBridge(ctx, BridgeConfig{
		Bin: config.Binaries.Bridge, Dir: s.in("bridge"), Log: s.Log("bridge"), Port: bridgePort, Settings: settings,
	})
	if err != nil {
		return s, err
	}
	home.Registrations = []string{s.Bridge.Registration}
	if config.OtherRegistration != "" {
		path := s.in("other-registration.yaml")
		if err := os.WriteFile(path, []byte(config.OtherRegistration), 0o600); err != nil {
			return s, fmt.Errorf("write the other registration: %w", err)
		}
		home.Registrations = append(home.Registrations, path)
	}
	if s.Homeserver, err = s.makeHomeserver(home); err != nil {
		return s, err
	}
	return s, s.Homeserver.Start(ctx)
}

func (s *Stack) makeHomeserver(config homeserver.Config) (homeserver.Homeserver, error) {
	if err := os.MkdirAll(config.Dir, 0o700); err != nil {
		return nil, fmt.Errorf("make the homeserver's folder: %w", err)
	}
	if s.Config.Continuwuity != "" {
		return homeserver.Continuwuity(config, s.Config.Continuwuity)
	}
	return homeserver.Synapse(config, filepath.Join(s.Config.Root, ".cache", "synapse"))
}

// addresses are the settings by which bridge, homeserver and emulator find each other.
func (s *Stack) addresses(homePort, bridgePort int) (map[string]any, error) {
	database := map[string]any{"type": "sqlite3-fk-wal", "uri": "file:" + filepath.Join(s.in("bridge"), "bridge.db") + "?_txlock=immediate"}
	if s.Config.DatabaseURI != "" {
		database = map[string]any{"type": "postgres", "uri": s.Config.DatabaseURI}
	}
	hops := &hops{homeserver: loopback(homePort), slack: s.Emulator.URL, bridge: loopback(bridgePort)}
	settings := map[string]any{}
	// From the ends inwards: each hop leads to the one that was made before it.
	if s.Config.Proxied {
		if err := errors.Join(interpose(&hops.slack, &s.ToSlack), interpose(&hops.bridge, &s.ToBridge)); err != nil {
			return nil, err
		}
	}
	if s.Config.Manners && s.Config.Continuwuity == "" {
		token := rand.Text()
		settings["appservice.as_token"] = token
		var err error
		s.Manners, err = manners.Start(manners.Config{
			Homeserver: hops.homeserver, Bridge: hops.bridge, ASToken: token, BackoffScale: s.Config.TimeScale,
		})
		if err != nil {
			return nil, err
		}
		hops.homeserver, hops.bridge = s.Manners.ToHomeserver, s.Manners.ToBridge
	}
	if s.Config.Proxied {
		if err := interpose(&hops.homeserver, &s.ToHomeserver); err != nil {
			return nil, err
		}
	}
	maps.Copy(settings, map[string]any{
		"homeserver.address":       hops.homeserver,
		"homeserver.domain":        ServerName,
		"appservice.address":       hops.bridge,
		"appservice.port":          bridgePort,
		"database":                 database,
		"network.slack_api_url":    hops.slack + "/api/",
		"network.slack_time_scale": s.Config.TimeScale,
	})
	return settings, nil
}

// hops are the addresses by which the three find each other.
type hops struct{ homeserver, slack, bridge string }

// interpose puts a proxy before an address.
func interpose(address *string, into **proxy.Proxy) error {
	p, err := proxy.Start(*address)
	if err != nil {
		return err
	}
	*into, *address = p, p.URL
	return nil
}

func loopback(port int) string { return fmt.Sprintf("http://127.0.0.1:%d", port) }

func (s *Stack) port() (int, error) {
	r, err := ports.Reserve()
	if err != nil {
		return 0, err
	}
	s.ports = append(s.ports, r)
	return r.Port, nil
}

func (s *Stack) in(name string) string { return filepath.Join(s.Config.Dir, name) }

// Log is the path of a process's log.
func (s *Stack) Log(name string) string { return s.in(name + ".log") }

// Processes returns what runs or has run, in the order in which it is started.
func (s *Stack) Processes() []*process.Process {
	var all []*process.Process
	if s.Emulator != nil && s.Emulator.process != nil {
		all = append(all, s.Emulator.process)
	}
	if s.Homeserver != nil && s.Homeserver.Process() != nil {
		all = append(all, s.Homeserver.Process())
	}
	if s.Bridge != nil && s.Bridge.process != nil {
		all = append(all, s.Bridge.process)
	}
	return all
}

// Close ends the bridge first, so that it can finish what it has taken, then the
// others, and says what did not end by itself.
func (s *Stack) Close() error {
	var errs []error
	for _, p := range slices.Backward(s.Processes()) {
		errs = append(errs, stop(p))
	}
	for _, p := range []*proxy.Proxy{s.ToHomeserver, s.ToSlack, s.ToBridge} {
		if p != nil {
			errs = append(errs, p.Close())
		}
	}
	if s.Manners != nil {
		errs = append(errs, s.Manners.Close())
	}
	for _, port := range s.ports {
		errs = append(errs, port.Release())
	}
	s.ports = nil
	return errors.Join(errs...)
}

func stop(p *process.Process) error {
	ctx, cancel := context.WithTimeout(context.Background(), stopTimeout)
	defer cancel()
	return p.Stop(ctx)
}
