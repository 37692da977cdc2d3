package slackid_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"maunium.net/go/mautrix/bridgev2/networkid"

	"ops-jrz1/bridge/internal/slackid"
)

// The forms are those found in databases of mautrix-slack.
func TestFormsOfMautrixSlack(t *testing.T) {
	require.EqualValues(t, "TSW76H2Q0", slackid.MakeTeamPortalID("TSW76H2Q0"))
	require.EqualValues(t, "TSW76H2Q0-CU7KVAT50", slackid.MakePortalID("TSW76H2Q0", "CU7KVAT50"))
	require.EqualValues(t, "TSW76H2Q0-CU7KVAT50-1761506843.000100", slackid.MakeMessageID("TSW76H2Q0", "CU7KVAT50", "1761506843.000100"))
	require.EqualValues(t, "tsw76h2q0-u024be7lh", slackid.MakeUserID("TSW76H2Q0", "U024BE7LH"))
	require.EqualValues(t, "TSW76H2Q0-U024BE7LH", slackid.MakeLoginID("TSW76H2Q0", "U024BE7LH"))
	require.EqualValues(t, "file-0-F08A1B2C3", slackid.MakeFilePartID(0, "F08A1B2C3"))
	require.EqualValues(t, "", slackid.MakeTextPartID(0))
	require.EqualValues(t, "text-2", slackid.MakeTextPartID(2))
}

func TestParseGivesBackWhatWasMade(t *testing.T) {
	team, channel, err := slackid.ParsePortalID(slackid.MakePortalID("T1", "C1"))
	require.NoError(t, err)
	require.Equal(t, []string{"T1", "C1"}, []string{team, channel})

	team, channel, err = slackid.ParsePortalID("T1")
	require.NoError(t, err)
	require.Equal(t, []string{"T1", ""}, []string{team, channel})

	team, channel, ts, err := slackid.ParseMessageID(slackid.MakeMessageID("T1", "C1", "1700000000.000100"))
	require.NoError(t, err)
	require.Equal(t, []string{"T1", "C1", "1700000000.000100"}, []string{team, channel, ts})

	team, user, err := slackid.ParseUserID(slackid.MakeUserID("T1", "U1"))
	require.NoError(t, err)
	require.Equal(t, []string{"T1", "U1"}, []string{team, user})

	team, user, err = slackid.ParseLoginID(slackid.MakeLoginID("T1", "U1"))
	require.NoError(t, err)
	require.Equal(t, []string{"T1", "U1"}, []string{team, user})

	at, err := slackid.ParseTimestamp("1700000000.000100")
	require.NoError(t, err)
	require.Equal(t, time.Unix(1700000000, 100_000), at)
}

func TestParseRefusesTheRest(t *testing.T) {
	for _, id := range []string{"", "-", "T1-", "-C1", "T1-C1-x", "T 1-C1"} {
		_, _, err := slackid.ParsePortalID(networkid.PortalID(id))
		require.ErrorIs(t, err, slackid.ErrInvalid, "portal %q", id)
	}
	for _, id := range []string{"", "T1", "T1-C1", "T1-C1-", "T1-C1-now", "T1-C1-1.1", "T1-C1-1700000000.000100-x"} {
		_, _, _, err := slackid.ParseMessageID(networkid.MessageID(id))
		require.ErrorIs(t, err, slackid.ErrInvalid, "message %q", id)
	}
	for _, id := range []string{"", "t1", "T1-U1", "t1-u1-x", "t1-"} {
		_, _, err := slackid.ParseUserID(networkid.UserID(id))
		require.ErrorIs(t, err, slackid.ErrInvalid, "ghost %q", id)
	}
	for _, id := range []string{"", "T1", "T1-", "-U1", "T1-U 1"} {
		_, _, err := slackid.ParseLoginID(networkid.UserLoginID(id))
		require.ErrorIs(t, err, slackid.ErrInvalid, "login %q", id)
	}
	for _, id := range []string{"", "file", "file-", "file-1", "file-1-", "file-x-F1", "file-01-F1", "file-+1-F1", "file-1-F-1", "text-1"} {
		_, _, err := slackid.ParseFilePartID(networkid.PartID(id))
		require.ErrorIs(t, err, slackid.ErrInvalid, "file part %q", id)
	}
	for _, ts := range []string{"", "1", "1.", ".000000", "1700000000.1", "1700000000.00010x", "-1.000000", "+1.000000", "99999999999999.000000"} {
		_, err := slackid.ParseTimestamp(ts)
		require.ErrorIs(t, err, slackid.ErrInvalid, "ts %q", ts)
	}
}

func TestPartIDs(t *testing.T) {
	require.Equal(t, []networkid.PartID{"", "text-1", "channel-0", "amendment-2", "file-1-F1"}, []networkid.PartID{
		slackid.MakeTextPartID(0), slackid.MakeTextPartID(1), slackid.MakeCopyPartID(0), slackid.MakeAmendmentPartID(2), slackid.MakeFilePartID(1, "F1"),
	})
	for part, is := range map[networkid.PartID]bool{"channel-0": true, "": false, "text-1": false, "amendment-0": false, "file-0-F1": false} {
		require.Equal(t, is, slackid.IsCopyPartID(part), part)
	}
	index, file, err := slackid.ParseFilePartID("file-3-F1")
	require.NoError(t, err)
	require.Equal(t, []any{3, "F1"}, []any{index, file})
	for part, is := range map[networkid.PartID]bool{"amendment-0": true, "": false, "text-1": false, "channel-0": false, "file-0-F1": false} {
		require.Equal(t, is, slackid.IsAmendmentPartID(part), part)
	}
}

func FuzzParse(f *testing.F) {
	f.Add("T1-C1-1700000000.000100")
	f.Fuzz(func(t *testing.T, id string) {
		if team, channel, ts, err := slackid.ParseMessageID(networkid.MessageID(id)); err == nil {
			require.EqualValues(t, id, slackid.MakeMessageID(team, channel, ts))
		}
		if team, channel, err := slackid.ParsePortalID(networkid.PortalID(id)); err == nil && channel != "" {
			require.EqualValues(t, id, slackid.MakePortalID(team, channel))
		}
	})
}
