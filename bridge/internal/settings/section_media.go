package settings

import (
	"path/filepath"
	"strings"
)

// Media says how files are transferred.
type Media struct {
	// MaxSize is the size of the largest file that is transferred.
	MaxSize Size `yaml:"max_size"`
	// SpoolFolder is where files are while they are transferred, "" if it is to be found
	// by Config.SpoolFolder.
	SpoolFolder string `yaml:"spool_folder"`
	// SpoolSize bounds the sum of the sizes of all files in the spool.
	SpoolSize Size `yaml:"spool_size"`
}

// spoolName is the spool's name where media.spool_folder does not give it.
const spoolName = "spool"

// SpoolFolder is the absolute path of the folder in which files are while they are
// transferred. lookup finds environment variables: systemd names the state directories of a
// service in STATE_DIRECTORY, separated by colons (systemd.exec(5)).
func (c *Config) SpoolFolder(lookup func(string) (string, bool)) string {
	folder := filepath.Dir(c.Path)
	if c.Media.SpoolFolder != "" {
		return resolve(folder, c.Media.SpoolFolder)
	}
	if given, _ := lookup("STATE_DIRECTORY"); given != "" {
		first, _, _ := strings.Cut(given, ":")
		return filepath.Join(first, spoolName)
	}
	return resolve(folder, spoolName)
}

func (a *assembly) checkMedia(c *Config) {
	if c.Media.MaxSize > c.Media.SpoolSize {
		a.complain("media.max_size", "is larger than the whole spool", "set media.spool_size to at least as much, or this to less")
	}
}

// mediaKeys are the rows of the section media.
func mediaKeys() *key {
	return &key{
		name: "media", into: func(c *Config) any { return &c.Media },
		doc: lines(
			"How files get from one side to the other. They are streamed through a folder on disk and",
			"are never in memory as a whole.",
		),
		keys: []*key{
			{
				name: "max_size", kind: kindText, value: "1GiB", check: isSize,
				doc: lines(
					"The largest file that is transferred. The homeserver's own limit (m.upload.size) counts",
					"as well, the smaller of both. In the place of a larger file is a notice with a link.",
				),
			},
			{
				name: "spool_folder", kind: kindText, value: `""`, check: isSpoolFolder,
				doc: lines(
					"Where files are while they are transferred: a folder on a disk, for the bridge alone.",
					"What is left in it by an earlier run is removed at start. A relative path begins in the",
					"folder of this file. Empty is spool in the service's state directory, if systemd gives",
					"one (STATE_DIRECTORY), and else next to this file.",
				),
			},
			{
				name: "spool_size", kind: kindText, value: "2GiB", check: isSize,
				doc: lines(
					"How much disk space files may take while they are transferred, all together. A file for",
					"which there is no room waits until others are done.",
				),
			},
		},
	}
}
