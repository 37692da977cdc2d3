package testbed

import "strings"

// A report of the race detector begins with raceBegin and ends with raceEnd (Go
// documentation: "Data Race Detector", "Report Format"). Lines of the log may be in
// between.
const (
	raceBegin = "WARNING: DATA RACE\n"
	raceEnd   = "\n==================\n"
)

// dataRace returns the first report of the race detector in a log, "" if there is none.
// A bridge that is killed has written its reports already; one that ends by itself also
// exits with 66 instead of its own code.
func dataRace(log string) string {
	_, report, found := strings.Cut(log, raceBegin)
	if !found {
		return ""
	}
	report, _, _ = strings.Cut(report, raceEnd)
	return report
}
