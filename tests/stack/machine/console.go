package machine

import (
	"errors"
	"fmt"
	"io"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// console is the machine's terminal. What keeps systemd from starting, before there
// is a journal, it says to a terminal only. All that is said there comes into a log.
type console struct {
	// path is the machine's end, which is kept open here too: without a reader at that
	// end there is nothing to read at the other.
	path        string
	end, master *os.File
	copied      chan struct{}
}

// newConsole opens a terminal whose output goes to a file.
func newConsole(log io.Writer) (*console, error) {
	master, err := os.OpenFile("/dev/ptmx", os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		return nil, fmt.Errorf("open a terminal: %w", err)
	}
	number, err := unlock(int(master.Fd()))
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open a terminal: %w", err), master.Close())
	}
	c := &console{path: fmt.Sprintf("/dev/pts/%d", number), master: master, copied: make(chan struct{})}
	if c.end, err = os.OpenFile(c.path, os.O_RDWR|syscall.O_NOCTTY, 0); err != nil {
		return nil, errors.Join(fmt.Errorf("open a terminal: %w", err), master.Close())
	}
	go func() {
		defer close(c.copied)
		// It ends with an error when no reader is at the machine's end any more.
		_, _ = io.Copy(log, master)
	}()
	return c, nil
}

// unlock lets the other end of a terminal be opened and returns its number (pts(4)).
func unlock(master int) (uint32, error) {
	if err := unix.IoctlSetPointerInt(master, unix.TIOCSPTLCK, 0); err != nil {
		return 0, err
	}
	return unix.IoctlGetUint32(master, unix.TIOCGPTN)
}

// close ends it when the machine has ended.
func (c *console) close() error {
	err := c.end.Close()
	<-c.copied
	return errors.Join(err, c.master.Close())
}
