package torture

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ops-jrz1/bridge/internal/failpoint"
)

func lives(seed uint64, failpoints bool) (all []Life) {
	s := newSchedule(seed, 6*time.Second, Storm, failpoints)
	for range 400 {
		all = append(all, s.Life())
	}
	return all
}

func TestASeedRepeatsItsSchedule(t *testing.T) {
	require.Equal(t, lives(1, true), lives(1, true))
	require.NotEqual(t, lives(1, true), lives(2, true))
	a, b := newSchedule(1, time.Second, Storm, true), newSchedule(1, time.Second, Storm, true)
	b.Life() // What happens on one hop does not move another.
	x, y := a.Faults("slack", time.Second, "cut", "storm"), b.Faults("slack", time.Second, "cut", "storm")
	other := b.Faults("homeserver", time.Second, "cut", "storm")
	var first, second, third []Fault
	for range 50 {
		first, second, third = append(first, x.Next()), append(second, y.Next()), append(third, other.Next())
	}
	require.Equal(t, first, second)
	require.NotEqual(t, first, third)
}

func TestLivesEndInEveryWay(t *testing.T) {
	ends, failpoints, jumps, absences, total := map[End]int{}, map[string]int{}, 0, 0, time.Duration(0)
	for _, life := range lives(1, true) {
		ends[life.End]++
		if life.Failpoint != "" {
			name, _, _ := strings.Cut(life.Failpoint, ":")
			failpoints[name]++
			require.Equal(t, Killed, life.End)
			if rare[failpoint.Name(name)] {
				require.Equal(t, name+":1", life.Failpoint)
			}
		}
		if life.Jump != 0 {
			jumps++
		}
		if life.Away >= 10*time.Second {
			absences++
		}
		total += life.After
		require.Equal(t, life.End == Frozen, life.Freeze > 0)
	}
	require.Len(t, ends, 3)
	require.Greater(t, ends[Killed], 300)
	for _, name := range failpoint.Names() {
		reached := name != failpoint.Migration && name != failpoint.RoomFilled && !strings.HasPrefix(string(name), "file-")
		require.Equal(t, reached, failpoints[string(name)] > 0, "%s: each but those of the first start and of files", name)
	}
	require.Positive(t, jumps)
	require.Positive(t, absences)
	require.InDelta(t, 6*1.4, (total / 400).Seconds(), 2)
}

// TestAnotherProgramHasNoFailpoints leaves out what only our own build knows.
func TestAnotherProgramHasNoFailpoints(t *testing.T) {
	for _, life := range lives(1, false) {
		require.Empty(t, life.Failpoint)
		require.Zero(t, life.Jump)
	}
}

func TestKillsAlone(t *testing.T) {
	s := newSchedule(1, 6*time.Second, KillsAlone, true)
	for range 200 {
		life := s.Life()
		require.Equal(t, Killed, life.End)
		require.Empty(t, life.Failpoint)
		require.Zero(t, life.Jump)
	}
}

func TestFaults(t *testing.T) {
	faults := newSchedule(3, time.Second, Storm, true).Faults("slack", 4*time.Second, "a", "b", "b", "b")
	count := map[string]int{}
	for range 400 {
		f := faults.Next()
		count[f.Name]++
		require.GreaterOrEqual(t, f.Wait, 2*time.Second)
		require.Less(t, f.Wait, 6*time.Second)
		require.Positive(t, f.Lasts)
		require.Positive(t, f.Count)
	}
	require.InDelta(t, 100, count["a"], 40)
}
