package settings_test

import (
	"testing"

	"ops-jrz1/bridge/internal/settings"
)

// TestExample shows what a change of the table does to the file that people edit.
func TestExample(t *testing.T) {
	golden(t, "testdata/example.golden", string(settings.Example()))
}
