//go:build stack

package stack_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// exposure is what systemd-analyze security has to say about our units: the figure,
// and each thing that a unit is not shut off from, with the reason.
const exposure = "testdata/exposure.json"

func testHardening(t *testing.T, s *site) {
	t.Run("lines", func(t *testing.T) {
		ours(t, func(t *testing.T, unit string) { s.requireLines(t, unit) })
	})
	t.Run("figure", func(t *testing.T) {
		ours(t, func(t *testing.T, unit string) { s.requireFigure(t, unit) })
	})
	t.Run("process", func(t *testing.T) { testShutOff(t, s) })
}

// line is one line of a unit as systemd is expected to show it. An empty property
// means that another test looks at it, a set has no order.
type line struct {
	property, want string
	set            bool
}

// programs are the lines that name what is run and what is loaded: the tests of
// stages, messages and secrets would not pass without them.
var programs = [...]string{"ExecStart", "ExecStartPre", "LoadCredential", "SetCredential"}

// shown says how systemd shows a line of a unit. What it does not know fails.
func (s *site) shown(t *testing.T, key string, value any) line {
	t.Helper()
	list, isList := value.([]any)
	switch key {
	case "RestartSec", "RestartMaxDelaySec", "TimeoutStartSec", "TimeoutStopSec", "WatchdogSec":
		return line{property: strings.TrimSuffix(key, "Sec") + "USec", want: s.timespan(t, fmt.Sprint(value))}
	case "SystemCallFilter":
		return line{key, strings.Join(s.systemCalls(t, list), " "), true}
	case "SystemCallErrorNumber":
		require.Equal(t, "EPERM", value)
		return line{property: key, want: "1"}
	case "RestrictAddressFamilies":
		if value == "none" {
			return line{property: key}
		}
	case "IPAddressDeny":
		require.Equal(t, "any", value)
		return line{key, "::/0 0.0.0.0/0", true}
	}
	switch {
	case slices.Contains(programs[:], key):
		return line{}
	case isList:
		var words []string
		for _, word := range list {
			words = append(words, fmt.Sprint(word))
		}
		return line{key, strings.Join(words, " "), true}
	case value == true:
		return line{property: key, want: "yes"}
	case value == false:
		return line{property: key, want: "no"}
	}
	return line{property: key, want: fmt.Sprint(value)}
}

// timespan writes a time as systemd shows it; without a unit it is in seconds.
func (s *site) timespan(t *testing.T, span string) string {
	t.Helper()
	found := regexp.MustCompile(`Human: (.*)`).FindStringSubmatch(s.run(t, "systemd-analyze", "timespan", span))
	require.Len(t, found, 2)
	return found[1]
}

// systemCalls are the calls that a filter's lines leave: those of the first line
// without those of the others.
func (s *site) systemCalls(t *testing.T, lines []any) []string {
	t.Helper()
	allowed := map[string]bool{}
	for i, entry := range lines {
		text, denied := strings.CutPrefix(entry.(string), "~")
		require.Equal(t, i > 0, denied, "the filter %v is not one line of what is allowed and others of what is not", lines)
		for _, group := range strings.Fields(text) {
			for _, call := range s.callsOf(t, group) {
				allowed[call] = !denied
			}
		}
	}
	maps.DeleteFunc(allowed, func(_ string, is bool) bool { return !is })
	require.Greater(t, len(allowed), 100)
	return slices.Sorted(maps.Keys(allowed))
}

// callsOf lists the calls of a group, and of the groups in it.
func (s *site) callsOf(t *testing.T, group string) []string {
	t.Helper()
	var calls []string
	for row := range strings.Lines(s.run(t, "systemd-analyze", "syscall-filter", group)) {
		call := strings.TrimSpace(row)
		switch {
		case call == group, call == "", strings.HasPrefix(call, "#"):
		case strings.HasPrefix(call, "@"):
			calls = append(calls, s.callsOf(t, call)...)
		default:
			calls = append(calls, call)
		}
	}
	return calls
}

// requireLines wants each line of a unit's section in force.
func (s *site) requireLines(t *testing.T, unit string) {
	t.Helper()
	service := s.host.Record.Systemd.Services[strings.TrimSuffix(unit, ".service")]
	want := map[string]line{}
	if service.StartLimitBurst != 0 {
		want["StartLimitBurst"] = line{property: "StartLimitBurst", want: fmt.Sprint(service.StartLimitBurst)}
		want["StartLimitIntervalSec"] = line{property: "StartLimitIntervalUSec", want: s.timespan(t, fmt.Sprint(service.StartLimitSec))}
	}
	for key, value := range service.ServiceConfig {
		want[key] = s.shown(t, key, value)
	}
	var properties []string
	for _, l := range want {
		properties = append(properties, l.property)
	}
	have := s.show(t, unit, properties...)
	for _, key := range slices.Sorted(maps.Keys(want)) {
		l := want[key]
		if l.property == "" {
			continue
		}
		t.Run(key, func(t *testing.T) {
			value, there := have[l.property]
			require.True(t, there, "systemd does not know %s", l.property)
			switch {
			case key == "SystemCallFilter":
				// Calls that this machine's library does not know are in no filter.
				require.Subset(t, strings.Fields(l.want), strings.Fields(value))
				require.Greater(t, len(strings.Fields(value)), 100)
			case l.set:
				require.ElementsMatch(t, strings.Fields(l.want), strings.Fields(value))
			default:
				require.Equal(t, l.want, value)
			}
		})
	}
}

// requireFigure wants the recorded figure, and exactly the recorded openings.
func (s *site) requireFigure(t *testing.T, unit string) {
	t.Helper()
	text, err := os.ReadFile(exposure)
	require.NoError(t, err)
	var recorded map[string]struct {
		Figure float64           `json:"figure"`
		Open   map[string]string `json:"open"`
	}
	require.NoError(t, json.Unmarshal(text, &recorded))
	want, there := recorded[unit]
	require.True(t, there, "%s is not in %s", unit, exposure)

	found := regexp.MustCompile(`Overall exposure level for \S+: ([0-9.]+)`).FindStringSubmatch(s.run(t, "systemd-analyze", "security", "--no-pager", unit))
	require.Len(t, found, 2)
	require.Equal(t, fmt.Sprint(want.Figure), found[1])
	require.LessOrEqual(t, want.Figure, 1.5)

	var tests []struct {
		Name     string `json:"json_field"`
		Exposure string `json:"exposure"`
	}
	require.NoError(t, json.Unmarshal([]byte(s.run(t, "systemd-analyze", "security", "--json=short", unit)), &tests))
	require.Greater(t, len(tests), 50)
	var open []string
	for _, test := range tests {
		if test.Exposure != "" && test.Exposure != "0" {
			open = append(open, test.Name)
			require.NotEmpty(t, want.Open[test.Name], "%s: why it is open is not said in %s", test.Name, exposure)
		}
	}
	require.ElementsMatch(t, slices.Collect(maps.Keys(want.Open)), open)
}

// testShutOff looks at the bridge's process itself.
func testShutOff(t *testing.T, s *site) {
	pid := s.mainPID(t, bridge)
	status := s.run(t, "cat", "/proc/"+pid+"/status")
	for key, want := range map[string]string{
		"CapPrm": "0000000000000000", "CapEff": "0000000000000000", "CapBnd": "0000000000000000", "CapAmb": "0000000000000000",
		"NoNewPrivs": "1", "Seccomp": "2", "Umask": "0077",
	} {
		t.Run(key, func(t *testing.T) { require.Regexp(t, `(?m)^`+key+`:\s+`+want+`$`, status) })
	}
	t.Run("runs the program of the package as its own user", func(t *testing.T) {
		require.Equal(t, "/nix/store/slack-bridge/bin/slack-bridge\n", s.run(t, "readlink", "/proc/"+pid+"/exe"))
		require.Equal(t, "slack_bridge slack_bridge\n", s.run(t, "stat", "-c", "%U %G", "/proc/"+pid))
	})
	for _, kind := range []string{"mnt", "user", "ipc", "uts"} {
		t.Run("has its own "+kind+" namespace", func(t *testing.T) {
			require.NotEqual(t, s.run(t, "readlink", "/proc/1/ns/"+kind), s.run(t, "readlink", "/proc/"+pid+"/ns/"+kind))
		})
	}
	mounts := s.run(t, "cat", "/proc/"+pid+"/mountinfo")
	for name, pattern := range map[string]string{
		"the system is read-only":         `(?m)^\d+ \d+ \S+ \S+ / ro,`,
		"its state is not":                `(?m) /var/lib/slack-bridge rw,`,
		"/home is covered":                `(?m) /inaccessible/dir /home ro,|/systemd/inaccessible/dir /home ro,`,
		"other processes are not visible": `(?m) /proc \S+ .* proc \S+ .*hidepid=invisible,subset=pid`,
		"it has devices of its own":       `(?m) /dev ro,nosuid,noexec .* tmpfs`,
		"and a /tmp of its own":           `(?m) /systemd-private-\S+slack-bridge\S+ /tmp rw,`,
	} {
		t.Run(name, func(t *testing.T) { require.Regexp(t, pattern, mounts) })
	}
}
