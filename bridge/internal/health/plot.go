package health

import (
	"fmt"
	"strings"
	"time"

	"ops-jrz1/bridge/internal/metrics"
)

// latencyView is a hop's distribution as bars, with the names of three places on their axis.
type latencyView struct {
	Name, Line          string
	Bars                []bar
	First, Middle, Last string
}

// bar is one bucket: of a plot that is 100 high, from left to right.
type bar struct {
	X, Y, Height float64
	Title        string
}

// plot makes bars of a distribution. The highest one is as high as the plot.
func plot(l metrics.Latency) latencyView {
	v := latencyView{Name: map[metrics.Hop]string{
		metrics.SlackToMatrix: "from Slack to Matrix", metrics.MatrixToSlack: "from Matrix to Slack",
		metrics.SlackCall: "calls of Slack", metrics.ToHomeserver: "calls of the homeserver",
	}[l.Hop], Line: "nothing yet"}
	if l.Count == 0 {
		return v
	}
	most := uint64(1)
	for _, bucket := range l.Buckets {
		most = max(most, bucket.Count)
	}
	v.Line = fmt.Sprintf("%d, %s on average", l.Count, short(l.Sum/time.Duration(l.Count)))
	for i, bucket := range l.Buckets {
		height := 96 * float64(bucket.Count) / float64(most)
		title := fmt.Sprintf("%d up to %s", bucket.Count, short(bucket.AtMost))
		if bucket.AtMost == 0 {
			title = fmt.Sprintf("%d longer", bucket.Count)
		}
		v.Bars = append(v.Bars, bar{X: float64(20 * i), Y: 100 - height, Height: height, Title: title})
	}
	v.First, v.Middle, v.Last = axis(l.Buckets)
	return v
}

// axis names the first bar, the middle of the plot and the last bar.
func axis(buckets []metrics.Bucket) (first, middle, last string) {
	n := len(buckets)
	if n < 2 {
		return "", "", ""
	}
	return "≤ " + short(buckets[0].AtMost), short(buckets[(n-1)/2].AtMost), "> " + short(buckets[n-2].AtMost)
}

// short is a time without digits that tell nothing.
func short(d time.Duration) string {
	if d < 10*time.Second {
		return d.Round(time.Millisecond).String()
	}
	text := d.Round(time.Second).String()
	if whole, found := strings.CutSuffix(text, "m0s"); found {
		text = whole + "m"
	}
	return text
}
