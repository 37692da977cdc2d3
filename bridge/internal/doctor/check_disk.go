package doctor

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"syscall"
)

// MustBeFree is how many bytes the inbox and files that cross need.
const MustBeFree = 100 << 20

// oughtBe is how many there ought to be.
const oughtBe = 1 << 30

// checkDisk looks at the file systems that the bridge and its neighbours write to.
func (e *examination) checkDisk(context.Context) (string, []Finding) {
	var good []string
	var found []Finding
	for _, folder := range []string{filepath.Dir(e.Config), "/var/lib"} {
		free, err := e.Machine.Free(folder)
		size := fmt.Sprintf("%d MiB free at %s", free>>20, folder)
		switch {
		case err != nil: // a folder that this machine does not have
		case free < MustBeFree:
			found = append(found, diskFull.found("the disk is full", size, "make room: journalctl --vacuum-size=200M; nix-collect-garbage -d"))
		case free < oughtBe:
			found = append(found, diskLow.found("the disk is nearly full", size, "make room: journalctl --vacuum-size=200M; nix-collect-garbage -d"))
		default:
			good = append(good, size)
		}
	}
	return strings.Join(good, ", "), found
}

// FreeSpace is what users other than root may still write (statvfs(3)).
func FreeSpace(folder string) (uint64, error) {
	var stat syscall.Statfs_t
	if err := syscall.Statfs(folder, &stat); err != nil {
		return 0, err
	}
	return uint64(stat.Bavail) * uint64(stat.Bsize), nil
}
