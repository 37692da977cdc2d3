package settings

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// sqliteFault judges an address of SQLite: a path, or file: with parameters
// (documentation of go-sqlite3, "Connection String"; SQLite docs: "URI Filenames").
func sqliteFault(uri string) fault {
	path, query, _ := strings.Cut(uri, "?")
	values, err := url.ParseQuery(query)
	if err != nil || strings.HasPrefix(path, "file:") && !decodes(path) {
		return fault{"has a percent sign that begins no escape", "write %25 for a percent sign"}
	}
	if values.Get("_txlock") != "immediate" {
		return fault{"lets two writers block each other, without _txlock=immediate", "write file:<path>?_txlock=immediate"}
	}
	for _, key := range sqliteKeys {
		for _, name := range key.names {
			if value := values.Get(name); value != "" && !key.takes(value) {
				return fault{"has a value of " + name + " with which the bridge cannot work", strings.TrimSuffix("remove it, or "+key.cure, ", or ")}
			}
		}
	}
	return fault{}
}

// sqliteKeys are the parameters of which not every value will do.
var sqliteKeys = []struct {
	names []string
	takes func(value string) bool
	cure  string
}{
	{[]string{"mode"}, among("RW", "RWC"), "write rwc"},
	{[]string{"immutable", "_query_only"}, among("0", "NO", "FALSE", "OFF"), "write 0"},
	{[]string{"cache"}, among("SHARED", "PRIVATE"), "write private"},
	{[]string{"_mutex"}, among("NO", "FULL"), "write full"},
	{[]string{"_auto_vacuum", "_vacuum"}, among("0", "NONE", "1", "FULL", "2", "INCREMENTAL"), "write none, full or incremental"},
	{[]string{"_journal_mode", "_journal"}, among("DELETE", "TRUNCATE", "PERSIST", "MEMORY", "WAL", "OFF"), "write WAL"},
	{[]string{"_locking_mode", "_locking"}, among("NORMAL", "EXCLUSIVE"), "write normal"},
	{[]string{"_synchronous", "_sync"}, among("0", "OFF", "1", "NORMAL", "2", "FULL", "3", "EXTRA"), "write normal or full"},
	{[]string{"_secure_delete"}, among("0", "NO", "FALSE", "OFF", "1", "YES", "TRUE", "ON", "FAST", "DEFAULT"), "write on or off"},
	{[]string{"_busy_timeout", "_timeout", "_cache_size"}, isWhole, "write a whole number"},
	{[]string{"_stmt_cache_size"}, isCount, "write a whole number, 0 or more"},
	{[]string{"_loc"}, isTimeZone, "write auto"},
	{[]string{"vfs"}, func(string) bool { return false }, ""}, // SQLite has only its own, which is there without it
	{
		[]string{
			"_foreign_keys", "_fk", "_case_sensitive_like", "_cslike", "_defer_foreign_keys", "_defer_fk",
			"_ignore_check_constraints", "_recursive_triggers", "_rt", "_writable_schema",
		},
		among("0", "NO", "FALSE", "OFF", "1", "YES", "TRUE", "ON"), "write on or off",
	},
}

func among(values ...string) func(string) bool {
	return func(value string) bool { return slices.Contains(values, strings.ToUpper(value)) }
}

func isCount(value string) bool {
	count, err := strconv.Atoi(value)
	return err == nil && count >= 0
}

// isTimeZone asks this machine for the zone, as the driver does.
func isTimeZone(value string) bool {
	_, err := time.LoadLocation(value)
	return err == nil || strings.EqualFold(value, "auto")
}

func isWhole(value string) bool {
	_, err := strconv.ParseInt(value, 10, 64)
	return err == nil
}
