// Package host turns the recorded evaluation of a host (tests/nix/golden) into the
// files of a machine: units, scripts, settings, users, PostgreSQL and nginx. What
// NixOS itself adds it writes by NixOS' rules, as far as a test needs it. It refuses
// whatever it does not know, so that nothing in the host goes untested unseen. It
// must not start anything.
package host

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"

	"ops-jrz1/tests/stack/nginxconf"
)

// Record is what the modules say to NixOS for one host, as tests/nix/lib/view.nix
// writes it.
type Record struct {
	Services Services `json:"services"`
	Sops     struct {
		// Manifest is what sops-nix writes for its installer.
		Manifest             json.RawMessage `json:"manifest"`
		UseSystemdActivation bool            `json:"useSystemdActivation"`
	} `json:"sops"`
	Systemd struct {
		Services map[string]Service `json:"services"`
		// Tmpfiles are folders and their owners: file, path, type.
		Tmpfiles map[string]map[string]map[string]Tmpfile `json:"tmpfiles"`
	} `json:"systemd"`
	Users struct {
		Groups []string        `json:"groups"`
		Users  map[string]User `json:"users"`
	} `json:"users"`

	Environment struct {
		SystemPackages json.RawMessage `json:"systemPackages"`
	} `json:"environment"`

	Elsewhere

	// path is the record's own file.
	path string
}

// Elsewhere is what a machine without a boot loader, disks, Nix, SSH and a way to
// the internet has no use for.
type Elsewhere struct {
	Boot        json.RawMessage `json:"boot"`
	Deploy      json.RawMessage `json:"deploy"` // what a deployment asks the machine before
	FileSystems json.RawMessage `json:"fileSystems"`
	Networking  json.RawMessage `json:"networking"`
	Nix         json.RawMessage `json:"nix"`
	Security    json.RawMessage `json:"security"`
	SwapDevices json.RawMessage `json:"swapDevices"`
	System      json.RawMessage `json:"system"` // what is looked at before a switch
}

// Services are the options of NixOS' services.
type Services struct {
	Continuwuity struct {
		Settings map[string]map[string]any `json:"settings"`
	} `json:"continuwuity"`
	Nginx       nginxconf.Nginx `json:"nginx"`
	Postgresql  Postgresql      `json:"postgresql"`
	SlackBridge struct {
		Settings             map[string]any `json:"settings"`
		RegistrationSettings map[string]any `json:"registrationSettings"`
	} `json:"slack-bridge"`

	// Prometheus is nil on a host without monitoring.
	Prometheus *Prometheus `json:"prometheus"`

	// Not run here.
	Grafana          json.RawMessage `json:"grafana"`
	Forgejo          json.RawMessage `json:"forgejo"`
	OpenSSH          json.RawMessage `json:"openssh"`
	PostgresqlBackup json.RawMessage `json:"postgresqlBackup"`
}

// Postgresql is services.postgresql.
type Postgresql struct {
	Package         string         `json:"package"`
	Settings        map[string]any `json:"settings"`
	InitdbArgs      []string       `json:"initdbArgs"`
	EnsureDatabases []string       `json:"ensureDatabases"`
	EnsureUsers     []struct {
		Name              string `json:"name"`
		EnsureDBOwnership bool   `json:"ensureDBOwnership"`
	} `json:"ensureUsers"`
}

// Service is one of systemd.services. Its text is written by tests/nix/lib/units.nix;
// here stands what the tests look at.
type Service struct {
	After       []string          `json:"after"`
	BindsTo     []string          `json:"bindsTo"`
	Before      []string          `json:"before"`
	Description string            `json:"description"`
	Environment map[string]string `json:"environment"`
	PartOf      []string          `json:"partOf"`
	// Path are packages whose programs the unit finds before those of every unit.
	Path       []string `json:"path"`
	RequiredBy []string `json:"requiredBy"`
	Requires   []string `json:"requires"`
	Script     string   `json:"script"`
	// RestartIfChanged is false for a unit that a switch leaves alone, and missing for others.
	RestartIfChanged *bool          `json:"restartIfChanged"`
	RestartTriggers  []string       `json:"restartTriggers"`
	ServiceConfig    map[string]any `json:"serviceConfig"`
	StartAt          any            `json:"startAt"`
	StartLimitBurst  int            `json:"startLimitBurst"`
	StartLimitSec    int            `json:"startLimitIntervalSec"`
	UnitConfig       map[string]any `json:"unitConfig"`
	WantedBy         []string       `json:"wantedBy"`
	Wants            []string       `json:"wants"`
}

// Tmpfile is an entry of systemd.tmpfiles.settings.
type Tmpfile struct {
	Age      string `json:"age"`
	Argument string `json:"argument"`
	Group    string `json:"group"`
	Mode     string `json:"mode"`
	User     string `json:"user"`
}

// User is one of users.users.
type User struct {
	Description  string          `json:"description"`
	Group        string          `json:"group"`
	Home         string          `json:"home"`
	IsSystemUser bool            `json:"isSystemUser"`
	OpenSSH      json.RawMessage `json:"openssh"`
}

// Read reads a record; a part that is not known is an error.
func Read(path string) (*Record, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read the evaluated host: %w", err)
	}
	r := &Record{path: path}
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(r); err != nil {
		return nil, fmt.Errorf("read the evaluated host %s: %w; the stack test has to learn what it means", path, err)
	}
	if !r.Sops.UseSystemdActivation {
		return nil, fmt.Errorf("the evaluated host %s: secrets by an activation script: unknown here", path)
	}
	return r, nil
}
