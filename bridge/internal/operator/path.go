package operator

import (
	"fmt"
	"io/fs"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"

	"ops-jrz1/bridge/internal/exit"
)

// key is the setting that names the socket; every line about it begins so.
const key = "operator.socket"

// maxPath is how long the path of a Unix socket can be (unix(7): sun_path has 108 bytes
// with the zero byte at the end; macOS and the BSDs have 104).
const maxPath = 103

// checkPath refuses a path that no socket can have.
func checkPath(path string) error {
	if len(path) > maxPath {
		return exit.New(exit.Config, "%s: %s has %d bytes, and a Unix socket's path at most %d; set a shorter one", key, path, len(path), maxPath)
	}
	return nil
}

// checkFolder refuses a folder in which other users could put a socket of their own.
func checkFolder(path string) error {
	folder := filepath.Dir(path)
	info, err := os.Stat(folder)
	if err != nil {
		return err
	}
	if mode := info.Mode().Perm(); mode&0o022 != 0 {
		return exit.New(exit.Config, "%s: other users can write to the folder %s (mode %04o); run `chmod 700 %s`, or set a path in another folder", key, folder, mode, folder)
	}
	return nil
}

// notASocket is the error for something else at the socket's path.
func notASocket(path string) error {
	return exit.New(exit.CannotWrite, "%s: %s is there and is not a socket; move it away, or set another path", key, path)
}

func isSocket(info fs.FileInfo) bool { return info.Mode().Type() == fs.ModeSocket }

// ownerOf is the user that a file belongs to.
func ownerOf(info fs.FileInfo) (uid int, known bool) {
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return 0, false
	}
	return int(stat.Uid), true
}

// UserName is how a user is named in a command.
func UserName(uid int) string {
	if found, err := user.LookupId(strconv.Itoa(uid)); err == nil {
		return found.Username
	}
	return fmt.Sprintf("#%d", uid)
}
