package process

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"

	"ops-jrz1/bridge/internal/testbed/await"
)

// tailLines is how many lines of a log an error has.
const tailLines = 25

// LogFile returns the path of the log.
func (p *Process) LogFile() string { return p.command.Log }

// Log returns what this process has written so far; lines of an earlier process
// with the same log file are not part of it.
func (p *Process) Log() (string, error) {
	file, err := os.Open(p.command.Log)
	if err != nil {
		return "", err
	}
	defer file.Close()
	if _, err := file.Seek(p.from, io.SeekStart); err != nil {
		return "", err
	}
	text, err := io.ReadAll(file)
	return string(text), err
}

// AwaitLog waits until a line of this process's log contains text, and returns
// that line. It is an error when the process ends without having written it.
func (p *Process) AwaitLog(ctx context.Context, text string) (string, error) {
	var line string
	err := await.Until(ctx, fmt.Sprintf("%q in the log of %s", text, p.command.Name), func(context.Context) (bool, error) {
		ended := p.ExitCode() >= 0 // Checked before the log is read: a line that is missing then stays missing.
		log, err := p.Log()
		if err != nil {
			return false, err
		}
		for found := range strings.Lines(log) {
			if strings.Contains(found, text) {
				line = strings.TrimRight(found, "\n")
				return true, nil
			}
		}
		if ended {
			return false, p.Died()
		}
		return false, nil
	})
	return line, err
}

// Died describes the end of the process: its exit code and its last lines.
func (p *Process) Died() error {
	return fmt.Errorf("%s ended with %d; its last lines:\n%s", p.command.Name, p.ExitCode(), p.tail())
}

func (p *Process) tail() string {
	log, err := p.Log()
	if err != nil {
		return err.Error()
	}
	lines := strings.Split(strings.TrimRight(log, "\n"), "\n")
	return strings.Join(lines[max(0, len(lines)-tailLines):], "\n")
}
