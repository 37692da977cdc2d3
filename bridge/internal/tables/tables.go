// Package tables lists the groups of tables in the bridge's database: the framework's,
// the inbox's and the connector's. It must not open a database.
package tables

import (
	"maunium.net/go/mautrix/bridgev2/database/upgrades"

	"ops-jrz1/bridge/internal/database"
	"ops-jrz1/bridge/internal/inbox"
	"ops-jrz1/bridge/internal/slackdb"
)

// Known returns the groups with the newest version of each that this program knows.
func Known() []database.Tables {
	return []database.Tables{
		{Version: database.FrameworkVersion, Known: len(upgrades.Table)},
		{Version: inbox.VersionTable, Known: inbox.Version()},
		{Version: slackdb.VersionTable, Known: slackdb.Version()},
	}
}
