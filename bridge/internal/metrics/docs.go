package metrics

import (
	"fmt"
	"strings"

	"github.com/prometheus/client_golang/prometheus"
)

// Markdown returns docs/reference/metrics.md.
func Markdown() []byte {
	var b strings.Builder
	b.WriteString(`# Metrics

<!-- Generated from the table in bridge/internal/metrics: go test -tags goolm ./bridge/internal/metrics -update -->

A running bridge answers at ` + "[`operator.address`](config.md#operator)" + `, ` + "`127.0.0.1:29320`" + ` unless you change it:

| path | what |
| --- | --- |
| ` + "`/healthz`" + ` | 200 while the loops of the process go on. It says nothing of Slack or the homeserver: it is for what restarts the process |
| ` + "`/readyz`" + ` | 200 while nothing is known that keeps messages from crossing; else 503, with each trouble in a line |
| ` + "`/metrics`" + ` | the metrics below, for Prometheus |
| ` + "`/`" + ` | a page for people: each hop with its cure, the backlog, latencies, and when something was said last where |

Nothing there asks for a token, so keep the address to the machine itself or to a network of your own. There is no message,
no token and no person's name in any of it; the page names channels, and no direct conversation. A label holds one of a few words, never a conversation or an error's text.

`)
	b.WriteString("| metric | type | labels | what |\n| --- | --- | --- | --- |\n")
	for _, m := range table() {
		kind := "counter"
		if m.kind == prometheus.GaugeValue {
			kind = "gauge"
		}
		row(&b, m.name, kind, m.labels, m.help)
	}
	row(&b, latencyName, "histogram", []string{"hop"}, latencyHelp)
	names := make([]string, 0, len(hops()))
	for _, hop := range hops() {
		names = append(names, "`"+string(hop)+"`")
	}
	fmt.Fprintf(&b, "\nHops are %s. What begins with `go_` and `process_` is of the official client: the runtime and the process.\n", strings.Join(names, ", "))
	b.WriteString("\nThese are of the host, not of the bridge; the system's exporter has them (tests/monitoring compares them with modules/ops):\n\n")
	b.WriteString("| metric | type | labels | what |\n| --- | --- | --- | --- |\n")
	row(&b, "ops_backup_offsite_last_success_timestamp_seconds", "gauge", nil, "When a copy last went off the host by `ops.backup.offsite`; 0 before the first.")
	return []byte(b.String())
}

func row(b *strings.Builder, name, kind string, labels []string, help string) {
	quoted := make([]string, len(labels))
	for i, label := range labels {
		quoted[i] = "`" + label + "`"
	}
	fmt.Fprintf(b, "| `%s` | %s | %s | %s |\n", name, kind, strings.Join(quoted, ", "), help)
}
