//go:build stack

package stack_test

import (
	"context"
	"encoding/json"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ops-jrz1/tests/stack/matrix"
)

const (
	watchful = "tests/nix/golden/host-watched.json"
	alerting = "slack-bridge-alerts.service"
)

// faster has rules come after a second and not after minutes, and their alerts at once.
const faster = `
sed -i -E 's/for: [0-9]+m/for: 1s/' /etc/prometheus/rules.yaml
jq -c '.global = {scrape_interval: "1s", evaluation_interval: "1s"}' /etc/prometheus/prometheus.json >/run/faster.json
cp /run/faster.json /etc/prometheus/prometheus.json
jq -c '.route += {group_wait: "1s", group_interval: "1s"}' /etc/prometheus/alertmanager.json >/run/faster.json
cp /run/faster.json /etc/prometheus/alertmanager.json
rm /run/faster.json
`

// testMonitoring: the host with ops.monitoring, with Debian's programs. What is wrong comes
// into a room of the owner's, also that the bridge is down, and so does its end.
func testMonitoring(t *testing.T, s *site) {
	s.needTokens(t)
	ctx, cancel := context.WithTimeout(t.Context(), 3*patience)
	defer cancel()
	admin := s.admin(t)
	units := s.bringMonitoring(t)
	defer s.leaveMonitoring(t, units)

	t.Run("every part answers", func(t *testing.T) {
		for _, query := range []string{`up{job="node"}`, `up{job="slack-bridge"}`, `up{job="postgresql"}`, `pg_up`, `slack_bridge_ready`, `count(node_systemd_unit_state{name="slack-bridge.service",state="active"} == 1)`} {
			s.await(t, query+" to be 1", func(ctx context.Context) (bool, error) {
				value, err := s.measured(ctx, query)
				return value == "1", err
			})
		}
	})
	t.Run("every rule is looked at", func(t *testing.T) {
		rules := strings.Count(s.run(t, "cat", "/etc/prometheus/rules.yaml"), "alert: ")
		require.NotZero(t, rules)
		s.await(t, "every rule to be well", func(ctx context.Context) (bool, error) {
			healths, err := s.ruleHealths(ctx)
			return len(healths) == rules && !slices.ContainsFunc(healths, func(health string) bool { return health != "ok" }), err
		})
	})
	t.Run("all of it is for the machine alone", func(t *testing.T) {
		for line := range strings.Lines(s.run(t, "ss", "--tcp", "--listening", "--numeric", "--no-header")) {
			at := strings.Fields(line)[3]
			for _, port := range []string{"9090", "9093", "9100", "9187", "29321"} {
				if strings.HasSuffix(at, ":"+port) {
					require.Equal(t, "127.0.0.1:"+port, at)
				}
			}
		}
	})
	t.Run("that the bridge is down comes into a room, and its end", func(t *testing.T) {
		s.run(t, "systemctl", "stop", bridge)
		begun := time.Now()
		room, err := admin.Joined(ctx, "Alerts")
		if err != nil || room == "" {
			room, err = admin.AwaitInvite(ctx, "Alerts")
		}
		require.NoError(t, err)
		const said = "BridgeDown: The bridge does not answer."
		who, err := admin.AwaitText(ctx, room, "🔥 "+said+" (docs/runbook.md#the-bridge-starts-again-and-again-or-stays-down)")
		require.NoError(t, err)
		require.EqualValues(t, "@slackbot:"+server, who)
		t.Logf("said after %s", time.Since(begun).Round(time.Second))
		s.run(t, "systemctl", "start", bridge)
		_, err = admin.AwaitText(ctx, room, "✅ BridgeDown is over: The bridge does not answer.")
		require.NoError(t, err)
		requireLeft(ctx, t, admin)
	})
}

// requireLeft has a person leave the room of alerts.
func requireLeft(ctx context.Context, t *testing.T, person *matrix.Person) {
	t.Helper()
	room, err := person.Joined(ctx, "Alerts")
	require.NoError(t, err)
	require.NoError(t, person.Leave(ctx, room))
}

// bringMonitoring switches to the host with monitoring, and starts what is new.
func (s *site) bringMonitoring(t *testing.T) (units []string) {
	t.Helper()
	next := s.make(t, watchful)
	_, failed := s.install(t, next)
	require.NoError(t, failed)
	s.run(t, "systemd-sysusers")
	s.run(t, "bash", "-euc", faster)
	units = next.Monitoring()
	s.run(t, append([]string{"systemctl", "start"}, units...)...)
	for _, unit := range units {
		s.awaitState(t, unit, "active")
	}
	return units
}

// leaveMonitoring gives the machine the evaluated host again, and leaves nothing of this one.
func (s *site) leaveMonitoring(t *testing.T, units []string) {
	s.run(t, append([]string{"systemctl", "stop"}, units...)...)
	for _, unit := range units {
		s.run(t, "sh", "-euc", "rm -rf /etc/systemd/system/"+unit+"* /etc/systemd/system/multi-user.target.wants/"+unit)
	}
	s.run(t, "sh", "-euc", "cd /var/lib; rm -rf prometheus2 alertmanager private/prometheus2 private/alertmanager /etc/prometheus /opt/prometheus; systemctl daemon-reload")
	s.heal(t)
}

// asked is an answer of Prometheus'.
func (s *site) asked(ctx context.Context, path string, into any) error {
	out, err := s.machine.Run(ctx, "curl", "-sf", "http://127.0.0.1:9090/api/v1/"+path)
	if err != nil {
		return err
	}
	return json.Unmarshal([]byte(out), into)
}

// measured is the value of a query that has one, or empty.
func (s *site) measured(ctx context.Context, query string) (string, error) {
	var answer struct {
		Data struct{ Result []struct{ Value []any } }
	}
	if err := s.asked(ctx, "query?query="+url.QueryEscape(query), &answer); err != nil {
		return "", err
	}
	if len(answer.Data.Result) != 1 || len(answer.Data.Result[0].Value) != 2 {
		return "", nil
	}
	value, _ := answer.Data.Result[0].Value[1].(string)
	return value, nil
}

// ruleHealths say of each rule whether it can be evaluated.
func (s *site) ruleHealths(ctx context.Context) (healths []string, err error) {
	var answer struct {
		Data struct {
			Groups []struct{ Rules []struct{ Health string } }
		}
	}
	if err := s.asked(ctx, "rules", &answer); err != nil {
		return nil, err
	}
	for _, group := range answer.Data.Groups {
		for _, rule := range group.Rules {
			healths = append(healths, rule.Health)
		}
	}
	return healths, nil
}
