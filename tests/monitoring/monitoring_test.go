// Package monitoring_test holds what ops.monitoring brings onto a host against what there is:
// rules and dashboards against metrics, alerts against the runbook, and the files of Prometheus
// and Alertmanager against Debian's programs.
package monitoring_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"gopkg.in/yaml.v3"
)

const (
	root   = "../.."
	folder = root + "/modules/ops/monitoring"
)

// program runs one of Debian's programs of Prometheus.
func program(t *testing.T, name string, args ...string) (string, error) {
	t.Helper()
	path := filepath.Join(root, ".cache", "prometheus", name)
	require.FileExists(t, path, "make it with: scripts/setup-prometheus.sh")
	said, err := exec.CommandContext(t.Context(), path, args...).CombinedOutput()
	return string(said), err
}

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	return string(text)
}

type rule struct {
	Alert       string
	Expr        string
	Annotations map[string]string
}

func rules(t *testing.T) (all []rule) {
	t.Helper()
	var file struct{ Groups []struct{ Rules []rule } }
	require.NoError(t, yaml.Unmarshal([]byte(read(t, folder+"/rules.yaml")), &file))
	for _, group := range file.Groups {
		all = append(all, group.Rules...)
	}
	require.NotEmpty(t, all)
	return all
}

// TestRules: promtool finds the rules right, and each comes when it should and not before.
func TestRules(t *testing.T) {
	said, err := program(t, "promtool", "check", "rules", folder+"/rules.yaml")
	require.NoError(t, err, said)
	said, err = program(t, "promtool", "test", "rules", folder+"/rules_test.yaml")
	require.NoError(t, err, said)
	cases := read(t, folder+"/rules_test.yaml")
	for _, rule := range rules(t) {
		require.GreaterOrEqual(t, strings.Count(cases, "alertname: "+rule.Alert+"\n"), 2, "%s: a time before it and one after it", rule.Alert)
	}
}

// TestRunbook: each alert has a row in the runbook, and leads to a heading of it.
func TestRunbook(t *testing.T) {
	page := read(t, root+"/docs/runbook.md")
	var anchors []string
	unsaid := regexp.MustCompile(`[^a-z0-9 -]`)
	for _, heading := range regexp.MustCompile(`(?m)^#+ (.*)$`).FindAllStringSubmatch(page, -1) {
		anchors = append(anchors, strings.ReplaceAll(unsaid.ReplaceAllString(strings.ToLower(heading[1]), ""), " ", "-"))
	}
	for _, rule := range rules(t) {
		document, anchor, _ := strings.Cut(rule.Annotations["runbook"], "#")
		require.Equal(t, "docs/runbook.md", document, rule.Alert)
		require.Contains(t, anchors, anchor, rule.Alert)
		require.Regexp(t, "(?m)^\\| `"+rule.Alert+"` \\|.*\\(#"+anchor+"\\)", page, rule.Alert)
		require.NotEmpty(t, rule.Annotations["summary"], rule.Alert)
	}
}

// queries are the expressions of rules and dashboards, by where they are.
func queries(t *testing.T) map[string]string {
	t.Helper()
	found := map[string]string{}
	for _, rule := range rules(t) {
		found[rule.Alert] = rule.Expr
	}
	boards, err := filepath.Glob(folder + "/dashboards/*.json")
	require.NoError(t, err)
	require.NotEmpty(t, boards)
	for _, board := range boards {
		var file struct {
			Panels []struct {
				Title   string
				Targets []struct{ Expr string }
			}
		}
		require.NoError(t, json.Unmarshal([]byte(read(t, board)), &file))
		for _, panel := range file.Panels {
			require.NotEmpty(t, panel.Targets, panel.Title)
			for i, target := range panel.Targets {
				found[fmt.Sprintf("%s, %s, %d", filepath.Base(board), panel.Title, i)] = target.Expr
			}
		}
	}
	return found
}

// metricsIn are the names of metrics in an expression.
func metricsIn(expr string) (names []string) {
	for _, aside := range []string{`"[^"]*"`, `\{[^}]*\}`, `\[[^]]*\]`, `\b(by|without|on|ignoring)\s*\([^)]*\)`} {
		expr = regexp.MustCompile(aside).ReplaceAllString(expr, " ")
	}
	for _, at := range regexp.MustCompile(`[a-zA-Z_:][a-zA-Z0-9_:]*`).FindAllStringIndex(expr, -1) {
		name := expr[at[0]:at[1]]
		isFunction := strings.HasPrefix(strings.TrimLeft(expr[at[1]:], " "), "(")
		if !isFunction && !slices.Contains([]string{"and", "or", "unless", "bool", "offset"}, name) {
			names = append(names, name)
		}
	}
	return names
}

// TestQueries: every query names metrics that there are, and labels of the bridge's that they
// have.
func TestQueries(t *testing.T) {
	known := metrics(t)
	for where, expr := range queries(t) {
		names := metricsIn(expr)
		require.NotEmpty(t, names, where)
		for _, name := range names {
			require.Contains(t, known, name, "%s: %s", where, expr)
		}
	}
	require.Equal(t, []string{"a_b", "c", "d"}, metricsIn(`sum by (x, le) (rate(a_b{c="d",e!~"f|g"}[5m])) / c > 0.1 and d`))
	require.NotContains(t, known, "slack_bridge_no_such_thing")
}

// metrics are the names of all there are on a host: the bridge's as documented, the system's as
// Debian's exporter gives them, and the few that take a service to appear.
func metrics(t *testing.T) []string {
	t.Helper()
	// PostgreSQL's exporter, the exporter of systemd, the official client, Prometheus itself.
	known := []string{"pg_up", "node_systemd_unit_state", "process_resident_memory_bytes", "up"}
	for name, kind := range documented(t, "(?:slack_bridge|ops)_") {
		known = append(known, name)
		if kind == "histogram" {
			known = append(known, name+"_bucket", name+"_count", name+"_sum")
		}
	}
	require.Greater(t, len(known), 30)
	of := node(t)
	require.Contains(t, of, "node_memory_MemTotal_bytes")
	return append(known, of...)
}

// documented are the types of the metrics whose names begin so, by name.
func documented(t *testing.T, prefix string) map[string]string {
	t.Helper()
	types := map[string]string{}
	for _, row := range regexp.MustCompile("(?m)^\\| `("+prefix+"[a-z_]+)` \\| (\\w+) ").FindAllStringSubmatch(read(t, root+"/docs/reference/metrics.md"), -1) {
		types[row[1]] = row[2]
	}
	return types
}

// TestMetricsOfTheHost: what the modules write for the system's exporter is documented, and
// nothing else of the host is.
func TestMetricsOfTheHost(t *testing.T) {
	written := map[string]string{}
	require.NoError(t, filepath.WalkDir(root+"/modules/ops", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !slices.Contains([]string{".nix", ".sh"}, filepath.Ext(path)) {
			return err
		}
		for _, found := range regexp.MustCompile(`\bops_[a-z]+_[a-z_]+`).FindAllString(read(t, path), -1) {
			written[found] = "gauge"
		}
		return nil
	}))
	require.NotEmpty(t, written)
	require.Equal(t, written, documented(t, "ops_"))
}

// node are the metrics of Debian's exporter of the system.
func node(t *testing.T) (names []string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	command := exec.CommandContext(ctx, filepath.Join(root, ".cache", "prometheus", "prometheus-node-exporter"), "--web.listen-address=127.0.0.1:0", "--log.format=json")
	said, err := command.StderrPipe()
	require.NoError(t, err)
	require.NoError(t, command.Start(), "scripts/setup-prometheus.sh puts it there")
	defer func() {
		cancel()
		_ = command.Wait()
	}()
	address := ""
	for decoder := json.NewDecoder(said); address == ""; {
		var line struct{ Address string }
		require.NoError(t, decoder.Decode(&line), "it says where it listens")
		address = line.Address
	}
	go func() { _, _ = io.Copy(io.Discard, said) }()
	answer, err := http.Get("http://" + address + "/metrics")
	require.NoError(t, err)
	defer answer.Body.Close()
	page, err := io.ReadAll(answer.Body)
	require.NoError(t, err)
	for line := range bytes.Lines(page) {
		if fields := bytes.Fields(line); len(fields) > 2 && string(fields[1]) == "TYPE" {
			names = append(names, string(fields[2]))
		}
	}
	return names
}

// recorded is the part of an evaluated host that is about monitoring.
type recorded struct {
	Services struct {
		Prometheus struct {
			GlobalConfig  json.RawMessage
			ScrapeConfigs []struct {
				JobName string `json:"job_name"`
			}
			Rules         []string
			Alertmanagers json.RawMessage
			Alertmanager  struct{ Configuration json.RawMessage }
		}
	}
}

// TestFiles: Debian's programs take the files that come of the evaluated host.
func TestFiles(t *testing.T) {
	text := read(t, root+"/tests/nix/golden/host-monitoring.json")
	var host recorded
	require.NoError(t, json.Unmarshal([]byte(text), &host))
	of := host.Services.Prometheus
	var whole struct {
		Services struct {
			Prometheus struct{ ScrapeConfigs json.RawMessage }
		}
	}
	require.NoError(t, json.Unmarshal([]byte(text), &whole))
	var jobs []string
	for _, job := range of.ScrapeConfigs {
		jobs = append(jobs, job.JobName)
	}
	require.Equal(t, []string{"node", "slack-bridge", "postgresql"}, jobs)
	require.Equal(t, []string{read(t, folder+"/rules.yaml")}, of.Rules)

	dir := t.TempDir()
	file := filepath.Join(dir, "prometheus.yaml")
	require.NoError(t, os.WriteFile(file, fmt.Appendf(nil, `{"global":%s,"scrape_configs":%s,"alerting":{"alertmanagers":%s},"rule_files":["rules.yaml"]}`,
		of.GlobalConfig, whole.Services.Prometheus.ScrapeConfigs, of.Alertmanagers), 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "rules.yaml"), []byte(of.Rules[0]), 0o600))
	said, err := program(t, "promtool", "check", "config", file)
	require.NoError(t, err, said)
	require.Contains(t, said, "13 rules found")

	file = filepath.Join(dir, "alertmanager.yaml")
	require.NoError(t, os.WriteFile(file, of.Alertmanager.Configuration, 0o600))
	said, err = program(t, "amtool", "check-config", file)
	require.NoError(t, err, said)
}
