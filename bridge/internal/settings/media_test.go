package settings_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"ops-jrz1/bridge/internal/settings"
)

func TestSpoolFolder(t *testing.T) {
	for name, tc := range map[string]struct {
		set, state, want string
	}{
		"next to the configuration":        {"", "", "/etc/bridge/spool"},
		"in the state directory":           {"", "/var/lib/slack-bridge", "/var/lib/slack-bridge/spool"},
		"in the first of several":          {"", "/var/lib/one:/var/lib/two", "/var/lib/one/spool"},
		"as it is set":                     {"/srv/files", "/var/lib/slack-bridge", "/srv/files"},
		"as it is set, from its own place": {"files", "", "/etc/bridge/files"},
	} {
		t.Run(name, func(t *testing.T) {
			config := settings.Config{Path: "/etc/bridge/config.yaml", Media: settings.Media{SpoolFolder: tc.set}}
			require.Equal(t, tc.want, config.SpoolFolder(func(string) (string, bool) { return tc.state, tc.state != "" }))
		})
	}
}

func TestSize(t *testing.T) {
	for text, want := range map[string]settings.Size{
		"1KiB": 1 << 10, "200MiB": 200 << 20, "2 GiB": 2 << 30,
		"": 0, "0MiB": 0, "-1MiB": 0, "200": 0, "1MB": 0, "MiB": 0, "1.5GiB": 0, "9999999999GiB": 0,
	} {
		var got settings.Size
		err := got.UnmarshalText([]byte(text))
		require.Equal(t, want, got, text)
		require.Equal(t, want == 0, err != nil, text)
	}
}

func TestMediaThatCannotBe(t *testing.T) {
	for given, want := range map[string]string{
		"max_size: 200":               "media.max_size: is not a size; write it like 500MiB or 2GiB",
		"spool_size: 1MiB":            "media.max_size: is larger than the whole spool; set media.spool_size to at least as much, or this to less",
		"spool_folder: /tmp/spool":    "media.spool_folder: may be in memory; write a folder on a disk, or nothing",
		"spool_folder: /run/spool":    "media.spool_folder: may be in memory; write a folder on a disk, or nothing",
		"spool_folder: /dev/shm/here": "media.spool_folder: may be in memory; write a folder on a disk, or nothing",
	} {
		_, problems := settings.Parse("config.yaml", []byte(complete+"\nmedia: {"+given+"}\n"))
		require.Len(t, problems, 1, given)
		require.Contains(t, problems.Error(), want)
	}
}
