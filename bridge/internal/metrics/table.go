package metrics

import (
	"slices"

	"github.com/prometheus/client_golang/prometheus"
)

// metric is one row of the table.
type metric struct {
	name   string
	kind   prometheus.ValueType
	labels []string
	help   string
	read   func(Snapshot) []value
}

// value is one series.
type value struct {
	value  float64
	labels []string
}

func (m metric) desc() *prometheus.Desc { return prometheus.NewDesc(m.name, m.help, m.labels, nil) }

// prefix begins the name of each metric of the bridge's own.
const prefix = "slack_bridge_"

const (
	latencyName = prefix + "hop_duration_seconds"
	latencyHelp = "How long things took on each hop: rows from being stored to being confirmed by the other side, calls to their answer."
)

// table is every metric of the bridge's own but the latencies.
func table() []metric {
	return slices.Concat(processMetrics(), socketMetrics(), callMetrics(), homeserverMetrics(), inboxMetrics())
}

func counter(name, help string, read func(Snapshot) int64) metric {
	return metric{prefix + name, prometheus.CounterValue, nil, help, func(s Snapshot) []value { return one(float64(read(s))) }}
}

func counters(name, label, help string, read func(Snapshot) []value) metric {
	return metric{prefix + name, prometheus.CounterValue, []string{label}, help, read}
}

func gauge(name, help string, read func(Snapshot) float64) metric {
	return metric{prefix + name, prometheus.GaugeValue, nil, help, func(s Snapshot) []value { return one(read(s)) }}
}

func gauges(name, label, help string, read func(Snapshot) []value) metric {
	return metric{prefix + name, prometheus.GaugeValue, []string{label}, help, read}
}

// ofDatabase leaves out what is not known while the database does not answer, and before it
// is open: it is not 0.
func ofDatabase(m metric) metric {
	read := m.read
	m.help += " Left out while the database does not answer."
	m.read = func(s Snapshot) []value {
		if s.Status.Incomplete != "" || len(s.Status.Inbox) == 0 {
			return nil
		}
		return read(s)
	}
	return m
}

func one(number float64) []value { return []value{{value: number}} }

// labelled is a series with one label.
func labelled(label string, number int64) value { return value{float64(number), []string{label}} }

func yes(is bool) float64 {
	if is {
		return 1
	}
	return 0
}
