//go:build race

package testbed

// raceEnabled says whether the tests run under the race detector.
const raceEnabled = true
