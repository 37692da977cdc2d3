package app

import (
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"maunium.net/go/mautrix/id"

	"ops-jrz1/bridge/internal/connector"
	"ops-jrz1/bridge/internal/operator"
	"ops-jrz1/bridge/internal/settings"
	"ops-jrz1/bridge/internal/trouble"
)

// names are those of troubles; a doubtful one's ends with a question mark.
func names(found []trouble.Trouble) (names []string) {
	for _, t := range found {
		name := t.Name
		if t.Doubtful {
			name += "?"
		}
		names = append(names, name)
	}
	return names
}

func TestTroublesOfAStatus(t *testing.T) {
	now := time.Now()
	up := func(seen operator.HomeserverStatus) operator.Status {
		return operator.Status{At: now, Phase: operator.Up, Homeserver: seen}
	}
	delivers := operator.HomeserverStatus{Delivers: true, Proven: now}
	away := up(delivers)
	away.Incomplete = "the database does not answer"
	for name, tc := range map[string]struct {
		status operator.Status
		want   []string
	}{
		"all is well":                     {up(delivers), nil},
		"it starts":                       {operator.Status{At: now, Phase: operator.Starting}, []string{"registration?", "delivery?"}},
		"nothing is known yet":            {up(operator.HomeserverStatus{Waiting: now.Add(-time.Minute)}), []string{"registration?", "delivery?"}},
		"it never delivered":              {up(operator.HomeserverStatus{Waiting: now.Add(-time.Hour)}), []string{"delivery"}},
		"the homeserver is restarted":     {up(operator.HomeserverStatus{Proven: now.Add(-time.Hour), Waiting: now.Add(-time.Minute)}), []string{"delivery?"}},
		"the homeserver delivers no more": {up(operator.HomeserverStatus{Proven: now.Add(-time.Hour), Waiting: now.Add(-5 * time.Minute)}), []string{"delivery"}},
		"the registration is forgotten":   {up(operator.HomeserverStatus{Refused: true, Proven: now.Add(-time.Hour), Waiting: now.Add(-5 * time.Minute)}), []string{"registration", "delivery?"}},
		"the database is away":            {away, []string{"database"}},
	} {
		t.Run(name, func(t *testing.T) { require.Equal(t, tc.want, names(troublesIn(tc.status, 1))) })
	}
}

func TestTroublesOfALogin(t *testing.T) {
	now := time.Now()
	ownerOf := func(login string) (id.UserID, string) {
		return map[string]id.UserID{"T1-U1": "@ada:test"}[login], "Example"
	}
	for name, tc := range map[string]struct {
		login operator.LoginStatus
		want  []string
	}{
		"connected":              {operator.LoginStatus{Login: "T1-U1", State: "connected"}, nil},
		"refused":                {operator.LoginStatus{Login: "T1-U1", State: "unusable"}, []string{"login T1-U1", "slack T1-U1?"}},
		"stopped":                {operator.LoginStatus{Login: "T1-U1", State: "stopped"}, []string{"login T1-U1", "slack T1-U1?"}},
		"it waits":               {operator.LoginStatus{Login: "T1-U1", State: "waiting", Lost: now.Add(-time.Minute)}, []string{"login T1-U1?", "slack T1-U1?"}},
		"it waits for long":      {operator.LoginStatus{Login: "T1-U1", State: "waiting", Lost: now.Add(-5 * time.Minute)}, []string{"login T1-U1?", "slack T1-U1"}},
		"it never connected":     {operator.LoginStatus{Login: "T1-U1", State: "connecting"}, []string{"login T1-U1?", "slack T1-U1"}},
		"it is gone meanwhile":   {operator.LoginStatus{Login: "T2-U2", State: "stopped"}, nil},
		"it connects at a start": {operator.LoginStatus{Login: "T1-U1", State: "connecting", Lost: now}, []string{"login T1-U1?", "slack T1-U1?"}},
	} {
		t.Run(name, func(t *testing.T) {
			found := loginTroubles(operator.Status{At: now, Started: now.Add(-time.Hour), Logins: []operator.LoginStatus{tc.login}}, 1, ownerOf)
			require.Equal(t, tc.want, names(found))
			for _, one := range found {
				require.Equal(t, "@ada:test", one.Owner)
			}
		})
	}
}

// TestTroublesOfDeclaredLogins: those that could not be made. While it is not known why, it is not
// known whether.
func TestTroublesOfDeclaredLogins(t *testing.T) {
	found := unmadeTroubles([]connector.Unmade{
		{BotTokenFile: "/run/one", Owner: "@ada:test", Why: "the Slack token is still missing"},
		{BotTokenFile: "/run/two", Owner: "@ben:test"},
	})
	require.Equal(t, []string{"declared /run/one", "declared /run/two?"}, names(found))
	require.Equal(t, trouble.Trouble{
		Name: "declared /run/one", Line: "The login that network.logins declares with /run/one does not work", Cure: "the Slack token is still missing",
		Owner: "@ada:test", Logged: true, Sure: true,
	}, found[0])
}

// TestConcerns: a trouble of a login is its owner's alone, and no one's when it is gone.
func TestConcerns(t *testing.T) {
	ownerOf := func(login string) (id.UserID, string) {
		return map[string]id.UserID{"T1-U1": "@ada:test"}[login], "Example"
	}
	declaredOwner := func(file string) id.UserID { return map[string]id.UserID{"/run/my bot": "@ada:test"}[file] }
	for name, adas := range map[string]bool{
		"login T1-U1": true, "slack T1-U1": true, "declared /run/my bot": true, "login T2-U2": false, "slack T2-U2": false, "declared /run/my": false,
	} {
		require.Equal(t, adas, concerns(name, "@ada:test", ownerOf, declaredOwner), name)
		require.False(t, concerns(name, "@ben:test", ownerOf, declaredOwner), name)
	}
	for _, name := range []string{"registration", "delivery", "database", "disk"} {
		require.True(t, concerns(name, "@ben:test", ownerOf, declaredOwner), name)
	}
}

// TestWhoTellsOfLogins: the framework knows nothing of those that could not be made.
func TestWhoTellsOfLogins(t *testing.T) {
	for notices, want := range map[string][2]bool{"errors": {true, true}, "all": {false, true}, "none": {false, false}} {
		a := &App{config: new(settings.Config)}
		a.config.Bridge.BridgeStatusNotices = notices
		a.takeNotices()
		require.Equal(t, want, [2]bool{a.tellLogins, a.tellUnmade}, notices)
	}
}

func TestFullDisks(t *testing.T) {
	free := func(folder string) (free, disk uint64, err error) {
		if folder == "/gone" {
			return 0, 0, errors.New("no such folder")
		}
		return map[string]uint64{"/full": 5 << 20, "/low": 500 << 20}[folder], 1, nil
	}
	require.Empty(t, fullDisks([]string{"/gone", "/low"}, free))
	found := fullDisks([]string{"/low", "/full", "/full"}, free)
	require.Len(t, found, 1)
	require.Equal(t, "The disk is full: 5 MiB are free at /full", found[0].Line)
}
