package doctor

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"ops-jrz1/bridge/internal/database"
	"ops-jrz1/bridge/internal/settings"
)

// MustBeFree is how many bytes the inbox and files that cross need.
const MustBeFree = 100 << 20

// oughtBe is how many there ought to be.
const oughtBe = 1 << 30

// checkDisk looks at the file systems that the bridge and its neighbours write to.
func (e *examination) checkDisk(context.Context) (string, []Finding) {
	var good []string
	var found []Finding
	folders := []string{filepath.Dir(e.Config)}
	if e.config != nil {
		folders = Folders(e.config, os.LookupEnv)
	}
	disks := map[uint64]bool{}
	for _, folder := range append(folders, "/var/lib") {
		free, disk, err := e.Machine.Free(folder)
		size := fmt.Sprintf("%d MiB free at %s", free>>20, folder)
		known := disks[disk]
		switch {
		case err != nil: // a folder that this machine does not have
			continue
		case known:
		case free < MustBeFree:
			found = append(found, diskFull.found("the disk is full", size, "make room: journalctl --vacuum-size=200M; nix-collect-garbage -d"))
		case free < oughtBe:
			found = append(found, diskLow.found("the disk is nearly full", size, "make room: journalctl --vacuum-size=200M; nix-collect-garbage -d"))
		default:
			good = append(good, size)
		}
		disks[disk] = true
	}
	return strings.Join(good, ", "), found
}

// Folders are those that the bridge writes to: that of its configuration, of its database if
// it is a file, and of the files that cross. lookup reads a variable of the environment.
func Folders(config *settings.Config, lookup func(string) (string, bool)) []string {
	folders := []string{filepath.Dir(config.Path)}
	if file := database.File(config); file != "" {
		folders = append(folders, filepath.Dir(file))
	}
	return append(folders, config.SpoolFolder(lookup))
}

// FreeSpace is what users other than root may still write to the file system of a folder
// (statvfs(3)), and what tells that from others.
func FreeSpace(folder string) (free, disk uint64, err error) {
	var stat syscall.Statfs_t
	if err := syscall.Statfs(folder, &stat); err != nil {
		return 0, 0, err
	}
	var of syscall.Stat_t
	if err := syscall.Stat(folder, &of); err != nil {
		return 0, 0, err
	}
	return uint64(stat.Bavail) * uint64(stat.Bsize), of.Dev, nil
}
