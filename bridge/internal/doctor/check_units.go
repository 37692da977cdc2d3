package doctor

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"

	"ops-jrz1/bridge/internal/exit"
)

// Unit is how a unit of systemd is (systemctl(1), "show"; systemd documentation:
// org.freedesktop.systemd1, unit properties).
type Unit struct {
	// Name as it was asked for.
	Name string
	// Load is "loaded" for a unit that exists and "not-found" for one that does not.
	Load string
	// Active is "active", "activating", "failed" and so on, Sub the finer state.
	Active, Sub string
	// Result is "success" or why the last start ended.
	Result string
	// ExitStatus is the main process's last exit status; 0 if there was none.
	ExitStatus int
	// Status is the line that the service last said about itself.
	Status string
}

// errNoSystemd says that this machine is not run by systemd.
var errNoSystemd = errors.New("no systemd runs here")

// The units of a host of this repository.
const (
	unitRegistration = "slack-bridge-registration.service"
	unitBridge       = "slack-bridge.service"
	unitContinuwuity = "continuwuity.service"
	unitSynapse      = "matrix-synapse.service"
	unitPostgres     = "postgresql.service"
)

// usualUnits are looked at unless others are named; those that are not installed are
// left out.
func usualUnits() []string {
	return []string{unitRegistration, unitBridge, unitContinuwuity, unitSynapse, unitPostgres}
}

// checkUnits looks at the units.
func (e *examination) checkUnits(ctx context.Context) (string, []Finding) {
	names := e.Options.Units
	if len(names) == 0 {
		names = usualUnits()
	}
	units, err := e.Machine.Units(ctx, names)
	switch {
	case errors.Is(err, errNoSystemd):
		return err.Error(), nil
	case err != nil:
		return unitsHidden.one("systemd does not say how the units are", err.Error(), "see why: systemctl status")
	}
	var active []string
	var found []Finding
	for _, u := range units {
		switch {
		case u.Load == "not-found" && len(e.Options.Units) == 0:
		case u.Load == "not-found":
			found = append(found, unitUnknown.found(u.Name+" is not installed", "", "see that the host's configuration has it, and switch to it"))
		case u.Active == "active":
			active = append(active, u.Name)
		case u.Active == "activating", u.Active == "reloading":
			found = append(found, u.finding(unitStarting, u.Name+" is "+u.Active, u.reason(), "wait, or see what it waits for: journalctl -u "+u.Name+" -n 50"))
		default:
			found = append(found, u.finding(unitDown, u.Name+" is not active: "+u.Active, u.reason(), "see why: journalctl -u "+u.Name+" -n 50; then: systemctl restart "+u.Name))
		}
	}
	if len(active) == 0 {
		return "none of the usual units is installed", found
	}
	return strings.Join(active, ", ") + " active", found
}

// finding makes a finding about the unit.
func (u Unit) finding(kind code, title, detail, cure string) Finding {
	f := kind.found(title, detail, cure)
	f.unit = u.Name
	return f
}

// reason is what the unit's last end says; the bridge's exit codes mean something.
func (u Unit) reason() string {
	var parts []string
	if u.Result != "" && u.Result != "success" {
		parts = append(parts, "result: "+u.Result)
	}
	if u.ExitStatus != 0 {
		said := fmt.Sprintf("last exit status %d", u.ExitStatus)
		for _, row := range exit.Codes() {
			if strings.HasPrefix(u.Name, "slack-bridge") && int(row.Code) == u.ExitStatus {
				said += ": " + strings.TrimSuffix(row.Meaning, ".")
			}
		}
		parts = append(parts, said)
	}
	if u.Status != "" {
		parts = append(parts, u.Status)
	}
	return strings.Join(parts, ", ")
}

// systemctl asks systemd about units.
func systemctl(ctx context.Context, names []string) ([]Unit, error) {
	// systemd documentation: sd_booted(3).
	if _, err := os.Stat("/run/systemd/system"); err != nil {
		return nil, errNoSystemd
	}
	args := append([]string{
		"show", "--no-pager", "--property=Id,LoadState,ActiveState,SubState,Result,ExecMainStatus,StatusText", "--",
	}, names...)
	out, err := exec.CommandContext(ctx, "systemctl", args...).Output()
	if err != nil {
		return nil, fmt.Errorf("systemctl show: %w", err)
	}
	return parseUnits(names, string(out))
}

// parseUnits reads systemctl's answer: a paragraph for each unit, in the order in
// which they were asked for.
func parseUnits(names []string, out string) ([]Unit, error) {
	paragraphs := strings.Split(strings.Trim(out, "\n"), "\n\n")
	if len(paragraphs) != len(names) {
		return nil, fmt.Errorf("systemctl show: %d answers about %d units", len(paragraphs), len(names))
	}
	var units []Unit
	for i, paragraph := range paragraphs {
		u := Unit{Name: names[i]}
		for line := range strings.Lines(paragraph) {
			key, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "=")
			if err := u.set(key, value); err != nil {
				return nil, err
			}
		}
		if u.Load == "" || u.Active == "" {
			return nil, fmt.Errorf("systemctl show: no state of %s", u.Name)
		}
		units = append(units, u)
	}
	return units, nil
}

func (u *Unit) set(key, value string) error {
	switch key {
	case "LoadState":
		u.Load = value
	case "ActiveState":
		u.Active = value
	case "SubState":
		u.Sub = value
	case "Result":
		u.Result = value
	case "StatusText":
		u.Status = value
	case "ExecMainStatus":
		status, err := strconv.Atoi(value)
		if err != nil {
			return fmt.Errorf("systemctl show: ExecMainStatus of %s: %w", u.Name, err)
		}
		u.ExitStatus = status
	}
	return nil
}
