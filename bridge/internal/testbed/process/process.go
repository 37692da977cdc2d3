// Package process runs a server of the testbed as a child process: its output in
// a log file, its end awaited, and nothing left running when the parent ends,
// however that ends. It must not know what the servers are.
package process

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"syscall"
)

// Command says what to run.
type Command struct {
	// Name is what messages call the process.
	Name string
	// Path and Args are the program and its arguments. A secret does not belong
	// among the arguments: every user of the machine can read them.
	Path string
	Args []string
	// Env is added to the parent's environment, as KEY=value.
	Env []string
	// Dir is the working folder, the parent's when empty.
	Dir string
	// Log is the file that standard output and error are appended to.
	Log string
	// StopSignal asks for an orderly end; the zero value is SIGTERM.
	StopSignal syscall.Signal
	// DeathSignal is sent when the parent dies; the zero value is SIGKILL.
	DeathSignal syscall.Signal
	// Credential makes the process run as another user.
	Credential *syscall.Credential
}

// Process is a command that was started.
type Process struct {
	command Command
	cmd     *exec.Cmd
	// from is where in the log file this process's lines begin.
	from   int64
	exited chan struct{}
}

// Start runs the command. The process ends with the parent at the latest.
func Start(command Command) (*Process, error) {
	log, err := os.OpenFile(command.Log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, fmt.Errorf("start %s: %w", command.Name, err)
	}
	defer log.Close()
	end, err := log.Seek(0, 2)
	if err != nil {
		return nil, fmt.Errorf("start %s: %w", command.Name, err)
	}
	p := &Process{command: command, from: end, exited: make(chan struct{}), cmd: exec.Command(command.Path, command.Args...)}
	p.cmd.Dir = command.Dir
	p.cmd.Env = append(os.Environ(), command.Env...)
	p.cmd.Stdout, p.cmd.Stderr = log, log
	p.cmd.SysProcAttr = &syscall.SysProcAttr{
		// A group of its own keeps a terminal's Ctrl-C away: the parent decides
		// in which order things end.
		Setpgid:    true,
		Pdeathsig:  orElse(command.DeathSignal, syscall.SIGKILL),
		Credential: command.Credential,
	}
	started := make(chan error)
	go p.own(started)
	if err := <-started; err != nil {
		return nil, fmt.Errorf("start %s: %w", command.Name, err)
	}
	return p, nil
}

// own starts the process and waits for its end. The kernel sends the death
// signal when the starting thread ends, so this goroutine keeps its thread.
func (p *Process) own(started chan<- error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	err := p.cmd.Start()
	started <- err
	if err != nil {
		return
	}
	_ = p.cmd.Wait() // ExitCode returns the result.
	close(p.exited)
}

// Exited is closed when the process has ended.
func (p *Process) Exited() <-chan struct{} { return p.exited }

// ExitCode returns how the process ended: its exit code, 128 plus the number of
// the signal that killed it, or -1 while it runs.
func (p *Process) ExitCode() int {
	select {
	case <-p.exited:
	default:
		return -1
	}
	if status, ok := p.cmd.ProcessState.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		return 128 + int(status.Signal())
	}
	return p.cmd.ProcessState.ExitCode()
}

// PID returns the process's number.
func (p *Process) PID() int { return p.cmd.Process.Pid }

// Signal sends a signal; to a process that has ended it does nothing.
func (p *Process) Signal(signal syscall.Signal) error {
	err := p.cmd.Process.Signal(signal)
	if errors.Is(err, os.ErrProcessDone) {
		return nil
	}
	return err
}

// Stop asks the process to end and waits. When ctx ends first the process and
// its children are killed, which is an error.
func (p *Process) Stop(ctx context.Context) error {
	if err := p.Signal(orElse(p.command.StopSignal, syscall.SIGTERM)); err != nil {
		return fmt.Errorf("stop %s: %w", p.command.Name, err)
	}
	select {
	case <-p.exited:
		return nil
	case <-ctx.Done():
		p.Kill()
		return fmt.Errorf("stop %s: it did not end by itself and was killed (its log is %s)", p.command.Name, p.command.Log)
	}
}

// Kill ends the process and its children at once and waits for it.
func (p *Process) Kill() {
	select {
	case <-p.exited:
		return
	default:
	}
	// The group has the number of its first process, which is not yet waited for.
	_ = syscall.Kill(-p.PID(), syscall.SIGKILL)
	<-p.exited
}

// String returns the command line, to be run by hand.
func (p *Process) String() string {
	words := append([]string{}, p.command.Env...)
	words = append(words, p.command.Path)
	words = append(words, p.command.Args...)
	for i, word := range words {
		if strings.ContainsAny(word, " '\"$&;") {
			words[i] = "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
		}
	}
	line := strings.Join(words, " ")
	if p.command.Dir != "" {
		line = "cd " + p.command.Dir + " && " + line
	}
	return line
}

func orElse(signal, otherwise syscall.Signal) syscall.Signal {
	if signal == 0 {
		return otherwise
	}
	return signal
}
