// Package child runs a process that ends with this one, however this one ends.
package child

import (
	"os/exec"
	"runtime"
	"syscall"
)

// Child is a started process.
type Child struct {
	cmd   *exec.Cmd
	ended chan struct{}
	err   error
}

// Start starts a command. The kernel kills it when this process is gone.
func Start(cmd *exec.Cmd) (*Child, error) {
	if cmd.SysProcAttr == nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{}
	}
	cmd.SysProcAttr.Pdeathsig = syscall.SIGKILL
	c := &Child{cmd: cmd, ended: make(chan struct{})}
	started := make(chan error)
	go func() {
		// The kernel counts the end of the thread that started it, so that thread
		// does nothing else until the child has ended.
		runtime.LockOSThread()
		err := cmd.Start()
		started <- err
		if err == nil {
			c.err = cmd.Wait()
			close(c.ended)
		}
	}()
	if err := <-started; err != nil {
		return nil, err
	}
	return c, nil
}

// PID is the process's id.
func (c *Child) PID() int { return c.cmd.Process.Pid }

// Signal sends a signal, unless the process has ended.
func (c *Child) Signal(signal syscall.Signal) error {
	select {
	case <-c.ended:
		return nil
	default:
		return c.cmd.Process.Signal(signal)
	}
}

// Ended is closed when the process has ended.
func (c *Child) Ended() <-chan struct{} { return c.ended }

// Err is why it ended, once it has.
func (c *Child) Err() error { return c.err }
