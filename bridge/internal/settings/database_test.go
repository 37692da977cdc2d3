package settings_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/lib/pq"
	"github.com/stretchr/testify/require"

	"ops-jrz1/bridge/internal/settings"
)

// withDatabase is a configuration that is complete, with the database's section.
func withDatabase(t *testing.T, kind, uri string) (*settings.Config, settings.Problems) {
	t.Helper()
	section, err := json.Marshal(map[string]string{"type": kind, "uri": uri})
	require.NoError(t, err)
	return settings.Parse("config.yaml", fmt.Appendf(nil, `
homeserver: {domain: engines.test}
bridge: {permissions: {"@ada:engines.test": admin}}
provisioning: {shared_secret: 0123456789abcdef-ps}
appservice: {as_token: 0123456789abcdef-as, hs_token: 0123456789abcdef-hs}
database: %s
`, section))
}

// TestDatabaseURIsThatAreRefused has addresses that the drivers would refuse, or
// would read otherwise than they are meant. No part of the password is shown.
func TestDatabaseURIsThatAreRefused(t *testing.T) {
	for uri, says := range map[string]string{
		"postgres://slack:Xy7SecretPart/rest@127.0.0.1/db":                         "percent-encode",
		"postgres://slack:Xy7SecretPart?rest@127.0.0.1/db":                         "percent-encode",
		"postgres://slack:Xy7SecretPart#rest@127.0.0.1/db":                         "percent-encode",
		"postgres://slack:777/rest@127.0.0.1/db":                                   "percent-encode",
		"postgres://slack:777#rest@127.0.0.1/db":                                   "percent-encode",
		"postgres://slack:777?rest@127.0.0.1/db":                                   "percent-encode",
		"postgres://slack:Xy7SecretPart%rest@127.0.0.1/db":                         "percent-encode",
		"postgres://slack:Xy7SecretPart rest@127.0.0.1/db":                         "percent-encode",
		"postgres://slack:Xy7SecretPart[rest@127.0.0.1/db":                         "percent-encode",
		`postgres://slack:Xy7SecretPart\rest@127.0.0.1/db`:                         "percent-encode",
		"postgres://slack:Xy7SecretPart\"rest@127.0.0.1/db":                        "percent-encode",
		"postgres://slack:Xy7SecretPart\nrest@127.0.0.1/db":                        "percent-encode",
		"postgres://127.0.0.1/db?user=slack&password=Xy7SecretPart%rest":           "percent-encode",
		"postgres://127.0.0.1/db?user=slack&password=Xy7SecretPart;rest":           "percent-encode",
		"postgres://slack:Xy7SecretPart@127.0.0.1:rest/db":                         "port",
		"postgres://slack:Xy7SecretPart@127.0.0.1:99999/db":                        "port",
		"postgres://slack:Xy7SecretPart@[::1/db":                                   "host",
		"postgres://slack:Xy7SecretPart@127.0.0.1/d%b":                             "percent-encode",
		"postgres://slack:Xy7SecretPart@127.0.0.1/db?sslmode=Xy7SecretPart":        "sslmode",
		"postgres://slack:Xy7SecretPart@127.0.0.1/db?connect_timeout=soon":         "connect_timeout",
		"postgres://slack:Xy7SecretPart@127.0.0.1/db?client_encoding=latin1":       "settings",
		"postgres://slack:Xy7SecretPart@127.0.0.1/db?sslmode":                      "percent-encode",
		"host=127.0.0.1 user=slack password=Xy7SecretPart rest dbname=db":          "quotes",
		"host=127.0.0.1 user=slack dbname=db password='Xy7SecretPart rest":         "quotes",
		"host=127.0.0.1 user=slack dbname=db password=Xy7SecretPart\\":             "quotes",
		"host=127.0.0.1 user=slack password=Xy7SecretPart dbname=db port=postgres": "port",
		"host=127.0.0.1 user=slack password=Xy7SecretPart dbname=db sslmode=on":    "sslmode",
	} {
		t.Run(uri, func(t *testing.T) {
			_, problems := withDatabase(t, "postgres", uri)
			require.Len(t, problems, 1)
			require.Equal(t, "database.uri", problems[0].Key)
			require.Contains(t, problems.Error(), says)
			for _, part := range []string{"Xy7", "Secret", "Part", "rest", "777"} {
				require.NotContains(t, problems.Error(), part)
			}
		})
	}
}

func TestDatabaseURIsThatAreTaken(t *testing.T) {
	for uri, secrets := range map[string][]string{
		"postgresql:///slack_bridge?host=/run/postgresql":                       nil,
		"postgres:///slack?host=@abstract":                                      nil,
		"postgres://slack@127.0.0.1/db":                                         nil,
		"postgres://slack:Xy7%2FSecret%25@127.0.0.1:5432/db?sslmode=disable":    {"Xy7%2FSecret%25", "Xy7/Secret%"},
		"postgres://slack:Xy7@Secret:Part@[::1]:5432/db":                        {"Xy7@Secret:Part"},
		"postgres://127.0.0.1/db?user=slack&password=Xy7%20Secret+Part":         {"Xy7%20Secret+Part", "Xy7 Secret Part"},
		"host=127.0.0.1 user=slack password='Xy7 Sec\\'ret' dbname=db":          {"Xy7 Sec'ret", "Xy7 Sec\\'ret"},
		"host = 127.0.0.1 password = Xy7Secret dbname = db sslpassword=another": {"Xy7Secret", "another"},
		"host=/run/postgresql dbname=db password=":                              nil,
	} {
		t.Run(uri, func(t *testing.T) {
			config, problems := withDatabase(t, "postgres", uri)
			require.Empty(t, problems)
			require.Equal(t, uri, config.Database.URI)
			_, err := pq.NewConfig(uri)
			require.NoError(t, err)
			require.ElementsMatch(t, secrets, settings.DatabaseSecrets(uri))
		})
	}
}

func TestSQLiteURIs(t *testing.T) {
	for uri, says := range map[string]string{
		"file:a.db?_txlock=immediate":                                               "",
		"file:/var/lib/a%20b.db?mode=rwc&_txlock=immediate&_busy_timeout=10000":     "",
		"file:a.db?_foreign_keys=on&_journal_mode=WAL&_txlock=immediate&_sync=FULL": "",
		"file:a.db?_txlock=immediately":                                             "_txlock",
		"file:a.db?_txlock=deferred":                                                "_txlock",
		"file:a.db?x=_txlock=immediate":                                             "_txlock",
		"file:a.db?_txlock=immediate&_busy_timeout=soon":                            "_busy_timeout",
		"file:a.db?_txlock=immediate&_journal_mode=WALL":                            "_journal_mode",
		"file:a.db?_txlock=immediate&_foreign_keys=maybe":                           "_foreign_keys",
		"file:a.db?_txlock=immediate&_loc=auto&_stmt_cache_size=0":                  "",
		"file:a.db?_txlock=immediate&_loc=UTC&_stmt_cache_size=20":                  "",
		"file:a.db?_txlock=immediate&_loc=Europe/Berln":                             "_loc",
		"file:a.db?_txlock=immediate&_stmt_cache_size=x":                            "_stmt_cache_size",
		"file:a.db?_txlock=immediate&_stmt_cache_size=-1":                           "_stmt_cache_size",
		"file:a.db?_txlock=immediate&vfs=unheard-of":                                "vfs",
		"file:a.db?_txlock=immediate&mode=ro":                                       "mode",
		"file:a.db?_txlock=immediate&_query_only=1":                                 "_query_only",
		"file:a%zz.db?_txlock=immediate":                                            "percent",
		"file:a.db?_txlock=immediate&x=%zz":                                         "percent",
	} {
		t.Run(uri, func(t *testing.T) {
			_, problems := withDatabase(t, "sqlite3-fk-wal", uri)
			if says == "" {
				require.Empty(t, problems)
				return
			}
			require.Len(t, problems, 1)
			require.Contains(t, problems.Error(), says)
		})
	}
}

// TestAddressesHoldNothingElse has addresses that are shown in logs and pages.
func TestAddressesHoldNothingElse(t *testing.T) {
	for _, address := range []string{
		"http://ada:Xy7SecretPart@127.0.0.1:8008", "http://127.0.0.1:8008/?access_token=Xy7SecretPart", "http://127.0.0.1:8008/#Xy7SecretPart",
		"http://127.0.0.1:99999", "http://127.0.0.1:0", "http://ada:Xy7SecretPart/x@127.0.0.1:8008", "http://ada:Xy7%SecretPart@127.0.0.1:8008", "Xy7SecretPart",
	} {
		_, problems := settings.Parse("config.yaml", fmt.Appendf(nil, "homeserver: {address: %q}\n", address))
		require.Contains(t, problems.Error(), "homeserver.address: ", address)
		require.NotContains(t, problems.Error(), "Secret")
	}
}

// TestNoProblemShowsAValue has values that YAML takes for something else.
func TestNoProblemShowsAValue(t *testing.T) {
	for _, config := range []string{
		"provisioning:\n  shared_secret: *Xy7SecretPart\n",
		"provisioning:\n  shared_secret: !Xy7SecretPart\n",
		"provisioning:\n  shared_secret: !Xy7SecretPart more\n",
		"provisioning:\n  shared_secret: &Xy7SecretPart\n",
		"provisioning:\n  shared_secret: &Xy7SecretPart more\n",
		"provisioning:\n  shared_secret: {Xy7SecretPart}\n",
		"provisioning:\n  shared_secret: [Xy7SecretPart]\n",
		"provisioning:\n  shared_secret: \"Xy7SecretPart\\q\"\n",
		"provisioning:\n  shared_secret: \"Xy7SecretPart\n",
		"provisioning:\n  shared_secret: %Xy7SecretPart\n",
		"provisioning:\n  shared_secret: Xy7: SecretPart\n",
		"provisioning:\n  shared_secret: |Xy7SecretPart\n",
		"provisioning:\n  shared_secret: !!binary Xy7SecretPart=\n",
		"provisioning:\n  shared_secret: !!int Xy7SecretPart\n",
		"provisioning:\n  shared_secret: Xy7Part\n",
		"provisioning: Xy7SecretPart\n",
		"double_puppet:\n  secrets: Xy7SecretPart\n",
		"double_puppet:\n  secrets: {a.test: {Xy7SecretPart: 1}}\n",
		"double_puppet:\n  secrets: [Xy7SecretPart]\n",
		"Xy7SecretPart\n",
	} {
		_, problems := settings.Parse("config.yaml", []byte(config))
		require.NotEmpty(t, problems, config)
		for _, part := range []string{"Xy7", "Secret", "Part"} {
			require.NotContains(t, problems.Error(), part, config)
		}
	}
	_, problems := settings.Parse("config.json", []byte(`{"provisioning": {"shared_secret": Xy7SecretPart}}`))
	require.NotEmpty(t, problems)
	require.NotContains(t, problems.Error(), "X'")
}

// TestDatabaseURIMixtures has addresses put together at random, the same every time:
// what is refused shows no part of it, and what is taken the driver can read.
func TestDatabaseURIMixtures(t *testing.T) {
	pieces := []string{
		"postgres://", "host=", "SECRET", ":", "@", "/", "?", "#", "%", "%2F", "%zz", " ", "'", `\`, "=", "&", "password=", "127.0.0.1", "[::1]", "5432",
		"db", "[", "]", ",", "é", "\n", "sslmode=", "disable", "+", ";",
	}
	random := rand.New(rand.NewPCG(1, 2))
	taken := 0
	for range 30_000 {
		uri := []string{"postgres://slack:", "postgres://", "host=127.0.0.1 password="}[random.IntN(3)]
		for range random.IntN(9) {
			uri += pieces[random.IntN(len(pieces))]
		}
		what, cure := settings.PostgresFault(uri)
		require.NotContains(t, what+cure, "SECRET", uri)
		if what != "" {
			continue
		}
		taken++
		if _, err := pq.NewConfig(uri); err != nil {
			require.NotContains(t, err.Error(), "SECRET", uri)
		}
		for _, hidden := range settings.DatabaseSecrets(uri) {
			require.NotEmpty(t, hidden, uri)
		}
	}
	require.Positive(t, taken)
}
