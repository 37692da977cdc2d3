package bench

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ops-jrz1/bridge/internal/testbed/postgres"
	"ops-jrz1/bridge/internal/testbed/sqlcount"
	"ops-jrz1/bridge/internal/testbed/stack"
)

// bridgeUnderTest names the program that TestMain has built. It is never one with
// the race detector, which needs several times the memory.
const bridgeUnderTest = "BENCH_TEST_BRIDGE"

func TestMain(m *testing.M) { os.Exit(withBridge(m)) }

func withBridge(m *testing.M) int {
	ctx := context.Background()
	dir, remove, err := Folder()
	if err == nil {
		defer func() { _ = remove() }()
		var root, program string
		if root, err = stack.Root(ctx); err == nil {
			program, err = Program(ctx, root, dir)
		}
		if err == nil {
			err = os.Setenv(bridgeUnderTest, program)
		}
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		return 1
	}
	return m.Run()
}

// TestCeilings makes a very short measurement on each database: every figure of this
// part is there, and every message arrived once.
func TestCeilings(t *testing.T) {
	server := postgres.New(t)
	uri, err := server.NewDatabase(t.Context())
	require.NoError(t, err)
	for database, uri := range map[Database]string{SQLite: "", PostgreSQL: uri} {
		t.Run(string(database), func(t *testing.T) {
			measured := map[measure]float64{}
			w, err := newWorld(t.Context(), options{bridge: os.Getenv(bridgeUnderTest), channels: channels, uri: uri})
			t.Cleanup(func() { require.NoError(t, w.close(nil)) })
			require.NoError(t, err)
			r := &round{w, quickSizes(), database, func(m measure, value float64) { measured[m] = value }}
			for _, take := range r.ceilings() {
				require.NoError(t, take(t.Context()))
			}
			for _, m := range order() {
				switch m {
				case rawOne, rawTen, burstSQLFrom, burstSQLTo, pacedSQLFrom, pacedSQLTo, firstFifty, firstHundreds, burstRepeats, withHistoryP50, withHistoryP99, withoutHistoryP50, withoutHistoryP99:
				default:
					require.Positive(t, measured[m], m)
				}
			}
			require.Contains(t, measured, burstRepeats)
		})
	}
}

// TestLiveMeanwhile makes a very short measurement of live messages during a first login.
func TestLiveMeanwhile(t *testing.T) {
	for name, history := range map[measure]bool{withHistoryP50: true, withoutHistoryP50: false} {
		t.Run(string(name), func(t *testing.T) {
			measured := map[measure]float64{}
			sizes := quickSizes()
			w, err := newWorld(t.Context(), options{
				bridge: os.Getenv(bridgeUnderTest), channels: sizes.many, said: sizes.said, history: history,
			})
			t.Cleanup(func() { require.NoError(t, w.close(nil)) })
			require.NoError(t, err)
			r := &round{w, sizes, SQLite, func(m measure, value float64) { measured[m] = value }}
			require.NoError(t, r.liveMeanwhile(t.Context()))
			require.Positive(t, measured[name])
		})
	}
}

// TestMemoryWhileTheHomeserverIsAway is the ten-minute run without its pace: as many
// messages as come in a minute, all at once.
func TestMemoryWhileTheHomeserverIsAway(t *testing.T) {
	endured, err := Absence{
		Bridge: os.Getenv(bridgeUnderTest), Database: SQLite, Messages: 1200, Say: t.Logf,
	}.Endure(t.Context())
	require.NoError(t, err)
	require.Positive(t, endured.Before)
	require.Less(t, endured.Most, int64(MaxMemory), "%d MiB", endured.Most>>20)
}

// TestSize is the login in a large workspace, with a small one: every figure is there, and
// what must hold in a large one holds.
func TestSize(t *testing.T) {
	sized, err := Size{
		Bridge: os.Getenv(bridgeUnderTest), Database: SQLite, Channels: 12, People: 30, PerChannel: 4, Rooms: 4,
		Messages: 5, Pace: 100 * time.Millisecond, Say: t.Logf,
	}.Measure(t.Context())
	require.NoError(t, err)
	t.Log("\n" + sized.Markdown())
	require.Equal(t, 30+1, sized.All, "everyone and the bot")
	require.Positive(t, sized.FromP50)
	require.Positive(t, sized.ToP50)
	sized.FromP50, sized.ToP50 = min(sized.FromP50, maxChat/2), min(sized.ToP50, maxChat/2) // the machine does other things
	require.NoError(t, sized.Judge())
	require.LessOrEqual(t, sized.Histories, 12)
}

func TestArrivals(t *testing.T) {
	a := newArrivals()
	old := a.begin(1, false)
	text := a.begin(2, false)
	a.inMatrix(old(0))
	a.inMatrix("something else")
	a.inMatrix(text(0))
	a.note(text(1), true)
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := a.wait(ended)
	require.ErrorContains(t, err, "1 of 2 messages have come", "messages of an earlier run or of the other side do not count")
	a.inMatrix(text(1))
	came, err := a.wait(t.Context())
	require.NoError(t, err)
	require.Len(t, came, 2)
	a.inMatrix(text(1))
	_, err = a.wait(t.Context())
	require.EqualError(t, err, "1 of 2 messages came twice")
}

func TestQuantile(t *testing.T) {
	var all []time.Duration
	for n := range 100 {
		all = append(all, time.Duration(n))
	}
	require.EqualValues(t, 50, quantile(all, 0.5))
	require.EqualValues(t, 99, quantile(all, 0.99))
	require.EqualValues(t, 7, quantile([]time.Duration{7}, 0.99))
	require.Zero(t, quantile(nil, 0.5))
}

func TestSummarize(t *testing.T) {
	var noted []sqlcount.Statement
	for range 40 {
		noted = append(noted, sqlcount.Statement{
			Callers: []string{"example/state.(*Store).Get", "example/state.(*Store).Is", "example/bridge.(*Portal).send"},
			Query:   "SELECT a, b FROM rooms WHERE id=$1",
		})
	}
	noted = append(noted, sqlcount.Statement{Callers: []string{"example/x.F"}, Query: "DELETE FROM once"})
	require.Equal(t, []count{{burstSQLTo, "SELECT … FROM rooms WHERE id=$1", "state.(*Store).Get ← bridge.(*Portal).send", 1}},
		summarize(burstSQLTo, noted, 40))
}

func TestReport(t *testing.T) {
	r := &Report{
		programs: []program{{name: "this commit", counting: "x"}, {name: "0123abc"}}, sizes: sizes{rounds: 3},
		samples: map[sampleKey][]float64{}, counted: map[Database][]count{SQLite: {{burstSQLTo, "SELECT 1", "a.B", 2}}},
		head: []string{"commit: 9999999"},
	}
	for _, value := range []float64{90, 300, 100} {
		r.add(atOnce, SQLite, "this commit", fromTen, value)
		r.add(atOnce, SQLite, "0123abc", fromTen, value/2)
		r.add(atOnce, SQLite, "this commit", burstAck, value*20)
		r.add(atOnce, SQLite, "0123abc", burstAck, value*40)
	}
	r.add(atOnce, SQLite, "this commit", toOne, 10)
	r.add(atOnce, SQLite, "this commit", toOne, 400)
	r.add(atOnce, SQLite, "this commit", toOne, 30)
	for range 3 {
		r.add(atOnce, SQLite, "0123abc", toOne, 10)
	}
	text := r.Markdown()
	for _, want := range []string{
		"- commit: 9999999\n",
		"- 0123abc: its statements are not counted",
		"| Slack → Matrix, ten channels | SQLite | ×1.8 of 0123abc | ×2.00 | yes |",
		"| burst of 2,000: ack, p99 | SQLite | at most 1000.0 ms | 2000.0 ms | **no** |",
		"| Slack → Matrix, ten channels | 100 /s | 50 /s | ×2.00 |",
		"| burst of 2,000: ack, p99 | 2000.0 ms | 4000.0 ms | ×2.00 |",
		"| Matrix → Slack, one room | SQLite | ×1.5 of 0123abc | ×3.00 | yes |",
		"| 2.00 | `SELECT 1` | `a.B` |",
	} {
		require.Contains(t, text, want)
	}
	require.NotContains(t, text, "PostgreSQL | ×", "what was not measured is not judged")
}

// TestAPartThatFails leaves the report with the other parts, and says what is missing.
func TestAPartThatFails(t *testing.T) {
	b := &bench{report: &Report{head: []string{"machine"}}}
	broken := errors.New("broken")
	var measured []string
	note := func(name string, err error) part {
		return part{name, func(*bench, context.Context) error {
			measured = append(measured, name)
			return err
		}}
	}
	err := b.measure(t.Context(), []part{note("one", nil), note("two", broken), note("three", nil)})
	require.ErrorIs(t, err, broken)
	require.ErrorContains(t, err, "part two")
	require.Equal(t, []string{"one", "two", "three"}, measured)
	require.Equal(t, "**not measured to the end: two**", b.report.head[1])
}

func TestUpdate(t *testing.T) {
	page := filepath.Join(t.TempDir(), "page.md")
	require.NoError(t, os.WriteFile(page, []byte("before\n"+beginMark+"\nold\n"+endMark+"\nafter\n"), 0o600))
	require.NoError(t, update(page, "new\n"))
	text, err := os.ReadFile(page)
	require.NoError(t, err)
	require.Equal(t, "before\n"+beginMark+"\n\nnew\n\n"+endMark+"\nafter\n", string(text))

	require.NoError(t, os.WriteFile(page, []byte("no marks\n"), 0o600))
	require.ErrorContains(t, update(page, "new"), "has no lines")
}

// TestGoalsAreMeasured: a goal of something that no table has would never be missed.
func TestGoalsAreMeasured(t *testing.T) {
	for _, g := range goals() {
		require.Contains(t, order(), g.measure)
		require.False(t, g.times == 0 && kindOf(g.measure).more, g.measure)
	}
}

func TestAPartIsOneOfThem(t *testing.T) {
	_, err := Run(t.Context(), Config{Only: "all"})
	require.EqualError(t, err, `there is no part "all": there are fast, statements, logins, history, synapse`)
	all, err := Config{}.chosen()
	require.NoError(t, err)
	require.Len(t, all, 5)
}

func TestFindRefusesWhatIsNeither(t *testing.T) {
	root, err := stack.Root(t.Context())
	require.NoError(t, err)
	_, err = find(t.Context(), root, t.TempDir(), "no-such-commit")
	require.EqualError(t, err, "BRIDGE=no-such-commit: it is neither a program nor a commit")
}
