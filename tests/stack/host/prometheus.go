package host

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"
)

// Prometheus is services.prometheus.
type Prometheus struct {
	Enable        bool              `json:"enable"`
	Port          int               `json:"port"`
	ListenAddress string            `json:"listenAddress"`
	RetentionTime string            `json:"retentionTime"`
	ExtraFlags    []string          `json:"extraFlags"`
	GlobalConfig  json.RawMessage   `json:"globalConfig"`
	Rules         []string          `json:"rules"`
	ScrapeConfigs json.RawMessage   `json:"scrapeConfigs"`
	Alertmanagers []json.RawMessage `json:"alertmanagers"`
	Alertmanager  struct {
		Enable        bool            `json:"enable"`
		Port          int             `json:"port"`
		ListenAddress string          `json:"listenAddress"`
		ExtraFlags    []string        `json:"extraFlags"`
		Configuration json.RawMessage `json:"configuration"`
	} `json:"alertmanager"`
	Exporters struct {
		Node     Exporter `json:"node"`
		Postgres Exporter `json:"postgres"`
	} `json:"exporters"`
}

// Exporter is one of services.prometheus.exporters.
type Exporter struct {
	Enable              bool     `json:"enable"`
	Port                int      `json:"port"`
	ListenAddress       string   `json:"listenAddress"`
	ExtraFlags          []string `json:"extraFlags"`
	EnabledCollectors   []string `json:"enabledCollectors"`
	RunAsLocalSuperUser bool     `json:"runAsLocalSuperUser"`
}

// Files of the monitoring on a machine.
const (
	monitoring   = "/etc/prometheus/"
	prometheuses = "/opt/prometheus/"
)

// monitoringUnits are NixOS' units in short, by name: what of them is not from the options.
// That of Prometheus is a part of the recorded one.
func (p Prometheus) monitoringUnits() map[string]string {
	listen := func(address string, port int) string {
		return fmt.Sprintf("--web.listen-address=%s:%d", address, port)
	}
	start := func(program string, args ...string) string {
		return "ExecStart=" + prometheuses + program + " " + strings.Join(args, " ") + "\n"
	}
	var collectors []string
	for _, name := range p.Exporters.Node.EnabledCollectors {
		collectors = append(collectors, "--collector."+name)
	}
	const service = "[Service]\nRestart=always\n"
	units := map[string]string{
		"prometheus.service.d/nixos.conf": service + "DynamicUser=true\nStateDirectory=prometheus2\nWorkingDirectory=/var/lib/prometheus2\n" +
			start("prometheus", append(p.ExtraFlags, "--config.file="+monitoring+"prometheus.json", listen(p.ListenAddress, p.Port),
				"--storage.tsdb.path=/var/lib/prometheus2/data/", "--storage.tsdb.retention.time="+p.RetentionTime)...),
		"alertmanager.service": service + "DynamicUser=true\nStateDirectory=alertmanager\nWorkingDirectory=/tmp\n" +
			start("prometheus-alertmanager", append(p.Alertmanager.ExtraFlags, "--config.file="+monitoring+"alertmanager.json",
				listen(p.Alertmanager.ListenAddress, p.Alertmanager.Port), "--storage.path=/var/lib/alertmanager")...),
		// D-Bus has to know its user, so it is no dynamic one.
		"prometheus-node-exporter.service": service + "User=node-exporter\nRestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX AF_NETLINK\n" +
			start("prometheus-node-exporter", append(collectors, listen(p.Exporters.Node.ListenAddress, p.Exporters.Node.Port))...),
	}
	if p.Exporters.Postgres.Enable {
		units["prometheus-postgres-exporter.service"] = service + "User=postgres\nRestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX\n" +
			"Environment=\"DATA_SOURCE_NAME=user=postgres database=postgres host=/run/postgresql sslmode=disable\"\n" +
			start("prometheus-postgres-exporter", listen(p.Exporters.Postgres.ListenAddress, p.Exporters.Postgres.Port))
	}
	return units
}

// Monitoring are the units of a host with ops.monitoring, none of another's.
func (h *Host) Monitoring() (units []string) {
	p := h.Record.Services.Prometheus
	if p == nil {
		return nil
	}
	for name := range maps.Keys(p.monitoringUnits()) {
		unit, _, _ := strings.Cut(name, ".d/")
		units = append(units, unit)
	}
	return append(units, "slack-bridge-alerts.service")
}

// addPrometheus sets up Prometheus and what belongs to it, with Debian's programs.
func (h *Host) addPrometheus(root string) error {
	p := h.Record.Services.Prometheus
	if p == nil {
		return nil
	}
	if !p.Alertmanager.Enable || !p.Exporters.Node.Enable || !p.Exporters.Postgres.RunAsLocalSuperUser {
		return fmt.Errorf("the monitoring of %s has other parts than the stack test knows", h.Record.path)
	}
	for name, text := range p.monitoringUnits() {
		h.Files.text(unitFolder+name, text)
	}
	config, err := json.Marshal(map[string]any{
		"global": p.GlobalConfig, "scrape_configs": p.ScrapeConfigs, "rule_files": []string{monitoring + "rules.yaml"},
		"alerting": map[string]any{"alertmanagers": p.Alertmanagers},
	})
	if err != nil {
		return fmt.Errorf("write prometheus.json: %w", err)
	}
	h.Files.text(monitoring+"prometheus.json", string(config))
	h.Files.text(monitoring+"rules.yaml", strings.Join(p.Rules, "\n"))
	h.Files.text(monitoring+"alertmanager.json", string(p.Alertmanager.Configuration))
	for _, name := range []string{"prometheus", "prometheus-alertmanager", "prometheus-node-exporter", "prometheus-postgres-exporter"} {
		program, err := os.ReadFile(filepath.Join(root, ".cache/prometheus", name))
		if err != nil {
			return fmt.Errorf("run scripts/setup-prometheus.sh: %w", err)
		}
		h.Files.executable(prometheuses+name, program)
	}
	h.Files.text("/etc/sysusers.d/monitoring.conf", "u! node-exporter - \"Prometheus node exporter\"\n")
	// Debian's Alertmanager looks for them there.
	for _, name := range []string{"default.tmpl", "email.tmpl"} {
		text, err := os.ReadFile(filepath.Join(root, ".cache/prometheus", name))
		if err != nil {
			return fmt.Errorf("run scripts/setup-prometheus.sh: %w", err)
		}
		h.Files.text("/usr/share/prometheus/alertmanager/"+name, string(text))
	}
	return nil
}
