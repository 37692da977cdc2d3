// Package metrics offers what the bridge's packages count to Prometheus. It owns the table
// of metrics, from which their page in docs/reference is made, and the latencies of the hops.
//
// It reads counters and keeps none but the latencies. A label holds one of a few words of
// the bridge's own, never a conversation, a person, or what Slack or the homeserver said.
package metrics

import (
	"context"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	dto "github.com/prometheus/client_model/go"

	"ops-jrz1/bridge/internal/connector"
	"ops-jrz1/bridge/internal/delivery"
	"ops-jrz1/bridge/internal/inbox"
	"ops-jrz1/bridge/internal/matrixin"
	"ops-jrz1/bridge/internal/operator"
)

// Snapshot is what the packages counted, at one moment.
type Snapshot struct {
	Status   operator.Status
	Counts   connector.Counts
	Inbox    inbox.Stats
	Server   matrixin.Stats
	Delivery delivery.State
}

// Hop is a way whose latency is measured.
type Hop string

// The hops. Of rows it is the time from their storage to the other side's confirmation.
const (
	SlackToMatrix Hop = "slack_to_matrix"
	MatrixToSlack Hop = "matrix_to_slack"
	SlackCall     Hop = "slack_call"
	ToHomeserver  Hop = "homeserver_request"
)

// hops are all of them.
func hops() []Hop { return []Hop{SlackToMatrix, MatrixToSlack, SlackCall, ToHomeserver} }

// Metrics are those of one bridge.
type Metrics struct {
	registry *prometheus.Registry
	latency  *prometheus.HistogramVec
}

// New returns the metrics of a bridge. take is called for each scrape.
func New(take func(context.Context) Snapshot) *Metrics {
	m := &Metrics{
		registry: prometheus.NewRegistry(),
		latency: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: latencyName, Help: latencyHelp,
			Buckets: []float64{0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800},
		}, []string{"hop"}),
	}
	for _, hop := range hops() {
		m.latency.WithLabelValues(string(hop)) // from the beginning, not from the first time on
	}
	m.registry.MustRegister(
		m.latency, &collector{take: take, table: table()},
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
	)
	return m
}

// Observe notes how long something took on a hop.
func (m *Metrics) Observe(hop Hop, took time.Duration) {
	m.latency.WithLabelValues(string(hop)).Observe(took.Seconds())
}

// Latency is how long things took on a hop since the start.
type Latency struct {
	Hop   Hop
	Count uint64
	Sum   time.Duration
	// Buckets are how many took at most so long, each without those before.
	Buckets []Bucket
}

// Bucket is a part of the things of a hop. AtMost is 0 for the last one, which has no end.
type Bucket struct {
	AtMost time.Duration
	Count  uint64
}

// Latencies returns those of all hops.
func (m *Metrics) Latencies() (list []Latency) {
	for _, hop := range hops() {
		var read dto.Metric
		if err := m.latency.WithLabelValues(string(hop)).(prometheus.Metric).Write(&read); err != nil {
			continue // it cannot fail for one of our own
		}
		h := read.GetHistogram()
		l := Latency{Hop: hop, Count: h.GetSampleCount(), Sum: seconds(h.GetSampleSum())}
		before := uint64(0)
		for _, bucket := range h.GetBucket() {
			l.Buckets = append(l.Buckets, Bucket{seconds(bucket.GetUpperBound()), bucket.GetCumulativeCount() - before})
			before = bucket.GetCumulativeCount()
		}
		l.Buckets = append(l.Buckets, Bucket{0, l.Count - before})
		list = append(list, l)
	}
	return list
}

func seconds(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }

// Handler serves the metrics.
func (m *Metrics) Handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{})
}

// scrapeTime bounds the questions to the database in a scrape.
const scrapeTime = 5 * time.Second

// collector makes the metrics of a snapshot.
type collector struct {
	take  func(context.Context) Snapshot
	table []metric
}

// Describe implements prometheus.Collector.
func (c *collector) Describe(descs chan<- *prometheus.Desc) {
	for _, m := range c.table {
		descs <- m.desc()
	}
}

// Collect implements prometheus.Collector.
func (c *collector) Collect(to chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), scrapeTime)
	defer cancel()
	snapshot := c.take(ctx)
	for _, m := range c.table {
		desc := m.desc()
		for _, value := range m.read(snapshot) {
			to <- prometheus.MustNewConstMetric(desc, m.kind, value.value, value.labels...)
		}
	}
}
