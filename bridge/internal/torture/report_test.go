package torture

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ops-jrz1/bridge/internal/emulator/socket"
)

func TestReport(t *testing.T) {
	r := newReport(Options{Root: t.TempDir(), Seed: 7, Weather: Storm, Postgres: true})
	r.Items = map[Side]int{Slack: 10, Matrix: 20}
	r.Took, r.Traffic, r.Settled = 3*time.Minute, 2*time.Minute, 20*time.Second
	r.killed("send-row:2", 3)
	r.killed("", 0)
	r.killed("", unknown)
	r.homeserverKilled()
	r.databaseKilled()
	r.exit(69)
	r.fault("a full disk")
	r.fault("a full disk")
	require.Equal(t, Counts{Bridge: 3, Homeserver: 1, Database: 1}, r.Kills())
	require.True(t, r.OK())
	r.Verdict = Verdict{
		{Lost, Matrix, "message", "m1", "in general by ann"},
		{Lost, Matrix, "reaction", "s1", ""},
		{Doubled, Slack, "message", "s2", "2 copies"},
		{Unordered, Slack, "message", "s3", "after s4 in general"},
	}
	require.False(t, r.OK())
	r.Envelopes = socket.Summary{Envelopes: 40, Redelivered: 5, Dropped: 2}

	var out strings.Builder
	require.NoError(t, r.Write(&out))
	require.Equal(t, `seed                   7
commit                 unknown
what broke             all
database               PostgreSQL
manners                Synapse
took                   3m0s, of which people talked for 2m0s; everything had settled 20s later
kills                  3 of the bridge, 1 of the homeserver, 1 of the database
at failpoints          send-row 1
a row was unfinished   at 1 kills; none was at 1, the database could not be asked at 1
other faults           a full disk 2
ends of its own        69 1
events of Slack        40, of which 5 came again and Slack gave 2 up
Slack → Matrix         10 items, 0 lost (0 whole messages), 1 doubled, 0 out of order, 1 overtaken as their events were
Matrix → Slack         20 items, 2 lost (1 whole messages), 0 doubled, 0 out of order, 0 overtaken as their events were
  Matrix → Slack: message of m1 lost: in general by ann
  Matrix → Slack: reaction of s1 lost
  Slack → Matrix: message of s2 doubled: 2 copies
`, out.String())
}

// TestRestlessIsNotOK: a run is not OK unless both sides come to rest.
func TestRestlessIsNotOK(t *testing.T) {
	r := newReport(Options{Root: t.TempDir()})
	r.Restless = true
	require.False(t, r.OK())
}
