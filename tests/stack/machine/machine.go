// Package machine runs a machine without a hypervisor: a real systemd as process 1
// of its own namespaces, on a layer in memory over a tree that it never writes to,
// with a network cable to a second network namespace, the world. Nothing of it is
// left when it has ended. It must not know what runs on the machine.
package machine

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"

	"ops-jrz1/tests/stack/child"
)

// haltSignal asks systemd to stop every unit and end (systemd(1), SIGRTMIN+3).
const haltSignal = syscall.Signal(34 + 3)

// haltTimeout is how long the units may take to stop.
const haltTimeout = 90 * time.Second

// Config says what to run.
type Config struct {
	// Tree is the system's root folder.
	Tree string
	// Boot is the path of boot.sh.
	Boot string
	// Folder is an empty folder: for the console's log, and to mount on.
	Folder string
}

// Machine is a running machine.
type Machine struct {
	// World is the network that the machine is connected to.
	World *World

	config  Config
	group   *group
	log     *os.File
	console *console
	first   *child.Child
	stdin   io.WriteCloser
}

// New starts the machine as far as its layer of files: prepare gets the path of
// its root and puts files there before systemd starts. What was made is taken away
// by Close, after an error too.
func New(ctx context.Context, config Config, prepare func(root string) error) (*Machine, error) {
	m := &Machine{config: config}
	if os.Geteuid() != 0 {
		return m, errors.New("a machine needs root: run it with sudo")
	}
	var err error
	if m.group, err = newGroup(); err != nil {
		return m, err
	}
	if m.World, err = newWorld(); err != nil {
		return m, err
	}
	out, err := m.start()
	if err != nil {
		return m, err
	}
	if line, err := bufio.NewReader(out).ReadString('\n'); err != nil || line != "mounted\n" {
		return m, fmt.Errorf("the machine's files are not mounted: %w\n%s", err, m.Console())
	}
	if err := prepare(filepath.Join(fmt.Sprintf("/proc/%d/root", m.PID()), config.Folder, "mount", "root")); err != nil {
		return m, err
	}
	if err := m.World.connect(ctx, m.PID()); err != nil {
		return m, err
	}
	// The console is not an input.
	if _, err := io.WriteString(m.stdin, "go\n"); err != nil {
		return m, fmt.Errorf("start systemd: %w", err)
	}
	return m, m.stdin.Close()
}

// start runs boot.sh in new namespaces and the machine's control group.
func (m *Machine) start() (io.Reader, error) {
	mount := filepath.Join(m.config.Folder, "mount")
	if err := os.Mkdir(mount, 0o755); err != nil {
		return nil, fmt.Errorf("start a machine: %w", err)
	}
	var err error
	// Two write it, this process and boot.sh.
	if m.log, err = os.OpenFile(m.consoleFile(), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600); err != nil {
		return nil, fmt.Errorf("start a machine: %w", err)
	}
	if m.console, err = newConsole(m.log); err != nil {
		return nil, fmt.Errorf("start a machine: %w", err)
	}
	out, in, err := os.Pipe()
	if err != nil {
		return nil, fmt.Errorf("start a machine: %w", err)
	}
	cmd := exec.Command(m.config.Boot, m.config.Tree, mount, m.console.path)
	cmd.Stdout, cmd.Stderr = in, m.log
	if m.stdin, err = cmd.StdinPipe(); err != nil {
		return nil, fmt.Errorf("start a machine: %w", err)
	}
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags:  syscall.CLONE_NEWNS | syscall.CLONE_NEWPID | syscall.CLONE_NEWUTS | syscall.CLONE_NEWIPC | syscall.CLONE_NEWNET,
		UseCgroupFD: true, CgroupFD: m.group.fd(),
		Setsid: true,
	}
	if m.first, err = child.Start(cmd); err != nil {
		return nil, fmt.Errorf("start a machine: %w", err)
	}
	return out, in.Close()
}

// PID is process 1 of the machine as seen from outside.
func (m *Machine) PID() int { return m.first.PID() }

// Ended is closed when process 1 has ended.
func (m *Machine) Ended() <-chan struct{} { return m.first.Ended() }

func (m *Machine) consoleFile() string { return filepath.Join(m.config.Folder, "console.log") }

// Console is what systemd has said so far.
func (m *Machine) Console() string {
	text, err := os.ReadFile(m.consoleFile())
	if err != nil {
		return err.Error()
	}
	return string(text)
}

// Close stops every unit in good order, ends the machine, and removes its control
// group and networks. Units that do not stop in time are an error.
func (m *Machine) Close() error {
	var errs []error
	if m.first != nil {
		errs = append(errs, m.halt())
	}
	if m.console != nil {
		errs = append(errs, m.console.close())
	}
	if m.log != nil {
		errs = append(errs, m.log.Close())
	}
	if m.World != nil {
		errs = append(errs, m.World.close())
	}
	if m.group != nil {
		errs = append(errs, m.group.remove())
	}
	if m.config.Folder != "" {
		errs = append(errs, ignoreMissing(os.Remove(filepath.Join(m.config.Folder, "mount"))))
	}
	return errors.Join(errs...)
}

func (m *Machine) halt() error {
	if err := m.first.Signal(haltSignal); err != nil {
		return fmt.Errorf("stop the machine: %w", err)
	}
	select {
	case <-m.first.Ended():
		return nil
	case <-time.After(haltTimeout):
	}
	if err := m.first.Signal(syscall.SIGKILL); err != nil {
		return fmt.Errorf("kill the machine: %w", err)
	}
	<-m.first.Ended()
	return fmt.Errorf("the machine did not stop within %s; its console:\n%s", haltTimeout, m.Console())
}

func ignoreMissing(err error) error {
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	return err
}
