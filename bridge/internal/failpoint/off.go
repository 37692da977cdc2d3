//go:build !failpoint

package failpoint

import "time"

// Hit says that the program is at a failpoint. Without the tag it does nothing.
func Hit(Name) {}

// Now returns the current time. Without the tag that is time.Now.
func Now() time.Time { return time.Now() }
