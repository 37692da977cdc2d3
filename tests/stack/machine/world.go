package machine

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"runtime"
	"strconv"

	"golang.org/x/sys/unix"
)

// The two ends of the cable, of the addresses that are kept for documentation
// (RFC 5737).
const (
	WorldAddress   = "192.0.2.1"
	MachineAddress = "192.0.2.2"
)

// World is the network outside of the machine: a namespace with one end of the
// cable. It has no other connections.
type World struct{ namespace *os.File }

// newWorld makes the namespace. Nothing but this file keeps it.
func newWorld() (*World, error) {
	type result struct {
		file *os.File
		err  error
	}
	made := make(chan result)
	go func() {
		// The thread has another network from now on, and ends with this function.
		runtime.LockOSThread()
		if err := unix.Unshare(unix.CLONE_NEWNET); err != nil {
			made <- result{err: err}
			return
		}
		file, err := os.Open("/proc/thread-self/ns/net")
		made <- result{file, err}
	}()
	r := <-made
	if r.err != nil {
		return nil, fmt.Errorf("make the world's network: %w", r.err)
	}
	return &World{r.file}, nil
}

// connect lays the cable to the network of a process.
func (w *World) connect(ctx context.Context, pid int) error {
	machine := strconv.Itoa(pid)
	for _, args := range [][]string{
		{"ip", "link", "add", "cable", "type", "veth", "peer", "name", "eth0", "netns", machine},
		{"ip", "addr", "add", WorldAddress + "/24", "dev", "cable"},
		{"ip", "link", "set", "cable", "up"},
		{"nsenter", "--net=/proc/" + machine + "/ns/net", "ip", "addr", "add", MachineAddress + "/24", "dev", "eth0"},
		{"nsenter", "--net=/proc/" + machine + "/ns/net", "ip", "link", "set", "eth0", "up"},
		{"nsenter", "--net=/proc/" + machine + "/ns/net", "ip", "link", "set", "lo", "up"},
	} {
		cmd := exec.CommandContext(ctx, "nsenter", append([]string{"--net=/proc/self/fd/3"}, args...)...)
		cmd.ExtraFiles = []*os.File{w.namespace}
		if out, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("%v: %w: %s", args, err, out)
		}
	}
	return nil
}

// Command is a program that runs in the world, with the files of this machine.
func (w *World) Command(ctx context.Context, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, "nsenter", append([]string{"--net=/proc/self/fd/3", "--"}, args...)...)
	cmd.ExtraFiles = []*os.File{w.namespace}
	return cmd
}

// Dial connects from the world to an IP address and port.
func (w *World) Dial(ctx context.Context, network, address string) (net.Conn, error) {
	return inside(w, func() (net.Conn, error) { return (&net.Dialer{}).DialContext(ctx, network, address) })
}

// Listen listens in the world on an IP address and port.
func (w *World) Listen(ctx context.Context, address string) (net.Listener, error) {
	return inside(w, func() (net.Listener, error) { return (&net.ListenConfig{}).Listen(ctx, "tcp", address) })
}

// inside runs a function with the world's network. What it opens stays there.
func inside[T any](w *World, run func() (T, error)) (T, error) {
	type result struct {
		value T
		err   error
	}
	done := make(chan result)
	go func() {
		runtime.LockOSThread() // Never unlocked: the thread ends with this function.
		var r result
		if r.err = unix.Setns(int(w.namespace.Fd()), unix.CLONE_NEWNET); r.err == nil {
			r.value, r.err = run()
		}
		done <- r
	}()
	r := <-done
	return r.value, r.err
}

func (w *World) close() error { return w.namespace.Close() }
