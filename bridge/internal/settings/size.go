package settings

import (
	"fmt"
	"strconv"
	"strings"
)

// Size is a number of bytes, written like 200MiB.
type Size int64

// UnmarshalText reads a size as it is written in the configuration.
func (s *Size) UnmarshalText(text []byte) error {
	number, unit := string(text), int64(1)
	for i, name := range [...]string{"KiB", "MiB", "GiB"} {
		if rest, found := strings.CutSuffix(number, name); found {
			number, unit = rest, 1<<(10*(i+1))
			break
		}
	}
	count, err := strconv.ParseInt(strings.TrimSpace(number), 10, 64)
	if err != nil || unit == 1 || count < 1 || count > (1<<50)/unit {
		return fmt.Errorf("%q is not a size", text)
	}
	*s = Size(count * unit)
	return nil
}

func isSize(value string) fault {
	return require(new(Size).UnmarshalText([]byte(value)) == nil, "is not a size", "write it like 500MiB or 2GiB")
}

// isSpoolFolder refuses folders that are in memory on many machines.
func isSpoolFolder(value string) fault {
	for _, memory := range [...]string{"/tmp", "/run", "/dev"} {
		if value == memory || strings.HasPrefix(value, memory+"/") {
			return fault{"may be in memory", "write a folder on a disk, or nothing"}
		}
	}
	return require(!strings.ContainsRune(value, 0), "is not a path", "write the path of a folder, or nothing")
}
