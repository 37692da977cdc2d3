package slackdb_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"maunium.net/go/mautrix/bridgev2/networkid"

	"ops-jrz1/bridge/internal/slackdb"
)

func TestPeople(t *testing.T) {
	db, ctx := open(t), t.Context()
	at := time.Unix(1_700_000_000, 0)
	ann := slackdb.Person{
		ID: "U1", Team: "T2", Name: "ann", RealName: "Ann Archer", DisplayName: "Ann", FirstName: "Ann", LastName: "Archer",
		Title: "Engineer", Picture: "https://example.com/a.png", IsAppUser: true, Role: slackdb.RoleAdmin, Updated: at, Fetched: at.Add(time.Hour),
		StatusText: "on holiday", StatusEmoji: ":palm_tree:", StatusUntil: at.Add(24 * time.Hour),
	}
	stored := func() slackdb.Person {
		p, ok, err := db.Person(ctx, "T1", "U1")
		require.NoError(t, err)
		require.True(t, ok)
		return p
	}
	put := func(p slackdb.Person) bool {
		news, err := db.PutPerson(ctx, "T1", p)
		require.NoError(t, err)
		return news
	}

	require.True(t, put(ann))
	require.Equal(t, ann, stored())
	_, ok, err := db.Person(ctx, "T2", "U1")
	require.NoError(t, err)
	require.False(t, ok, "another workspace's app was told nothing")

	older := slackdb.Person{ID: "U1", Name: "old", Updated: at.Add(-time.Second), Fetched: at.Add(2 * time.Hour)}
	require.False(t, put(older))
	ann.Fetched = at.Add(2 * time.Hour)
	require.Equal(t, ann, stored(), "what is older only says that Slack was asked")

	ann.DisplayName, ann.Updated = "Annie", at.Add(time.Minute)
	require.True(t, put(ann))
	require.Equal(t, ann, stored())

	untold := ann
	untold.Title, untold.Updated = "Boss", time.Time{}
	require.True(t, put(untold), "what has no time is taken for new")
	untold.Updated = ann.Updated
	require.Equal(t, untold, stored(), "and the time that was told stays")

	require.NoError(t, db.TouchPerson(ctx, "T1", "U1", at.Add(3*time.Hour)))
	require.NoError(t, db.TouchPerson(ctx, "T1", "U1", at))
	require.Equal(t, at.Add(3*time.Hour), stored().Fetched)

	for now, ended := range map[time.Time][]string{ann.StatusUntil.Add(-time.Second): nil, ann.StatusUntil: {"U1"}} {
		people, err := db.EndedStatuses(ctx, "T1", now)
		require.NoError(t, err)
		require.Equal(t, ended, people)
	}
	require.NoError(t, db.EndStatus(ctx, "T1", "U1", ann.StatusUntil.Add(-time.Second)))
	require.Equal(t, ann.StatusUntil, stored().StatusUntil)
	require.NoError(t, db.EndStatus(ctx, "T1", "U1", ann.StatusUntil))
	require.Empty(t, stored().StatusText+stored().StatusEmoji)
	require.Zero(t, stored().StatusUntil)

	known, err := db.KnownPeople(ctx, "T1", []string{"U2", "U1", "U3"})
	require.NoError(t, err)
	require.Equal(t, []string{"U1"}, known)
	none, err := db.KnownPeople(ctx, "T1", nil)
	require.NoError(t, err)
	require.Empty(t, none)
}

func TestJoiners(t *testing.T) {
	db, ctx := open(t), t.Context()
	room, another := networkid.PortalKey{ID: "T1-C1"}, networkid.PortalKey{ID: "T1-C1", Receiver: "T1-U1"}
	next := func(n int) []networkid.UserID {
		ghosts, err := db.NextJoiners(ctx, room, n)
		require.NoError(t, err)
		return ghosts
	}
	require.NoError(t, db.PutJoiners(ctx, room, []networkid.UserID{"t1-u3", "t1-u1", "t1-u2"}))
	require.NoError(t, db.PutJoiners(ctx, room, []networkid.UserID{"t1-u2"}), "repeated")
	require.NoError(t, db.PutJoiners(ctx, another, []networkid.UserID{"t1-u9"}))
	require.Equal(t, []networkid.UserID{"t1-u3", "t1-u1"}, next(2))

	require.NoError(t, db.DropJoiner(ctx, room, "t1-u3"))
	for ghost, want := range map[networkid.UserID]bool{"t1-u1": true, "t1-u3": false, "t1-u9": false} {
		joins, err := db.IsJoiner(ctx, room, ghost)
		require.NoError(t, err)
		require.Equal(t, want, joins, ghost)
	}
	require.NoError(t, db.DropJoiners(ctx, room))
	require.Empty(t, next(9))
	left, err := db.NextJoiners(ctx, another, 9)
	require.NoError(t, err)
	require.Len(t, left, 1)
}

// TestMorePeopleThanOneQueryTakes are the members of a very large channel.
func TestMorePeopleThanOneQueryTakes(t *testing.T) {
	db, ctx := openWithFramework(t), t.Context()
	ids := make([]string, 70_000)
	ghosts := make([]networkid.UserID, len(ids))
	for i := range ids {
		ids[i] = fmt.Sprint("U", i)
		ghosts[i] = networkid.UserID(fmt.Sprint("t1-u", i))
	}
	_, err := db.PutPerson(ctx, "T1", slackdb.Person{ID: "U69999", Name: "ann"})
	require.NoError(t, err)
	known, err := db.KnownPeople(ctx, "T1", ids)
	require.NoError(t, err)
	require.Equal(t, []string{"U69999"}, known)
	speakers, err := db.Speakers(ctx, ghosts)
	require.NoError(t, err)
	require.Empty(t, speakers)
}
