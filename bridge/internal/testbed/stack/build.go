package stack

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// Binaries are the paths of the programs under test.
type Binaries struct {
	Bridge   string
	Emulator string
}

// Root returns the repository's folder, which holds go.mod.
func Root(ctx context.Context) (string, error) {
	out, err := exec.CommandContext(ctx, "go", "env", "GOMOD").Output()
	if err != nil {
		return "", fmt.Errorf("find go.mod: %w", err)
	}
	mod := strings.TrimSpace(string(out))
	if mod == "" || mod == os.DevNull {
		return "", fmt.Errorf("find go.mod: this is not inside the repository")
	}
	return filepath.Dir(mod), nil
}

// Build compiles the programs into the repository's build folder. Several
// builds may run at the same time: each puts its result in place in one step.
func Build(ctx context.Context, root string, race bool) (Binaries, error) {
	build := filepath.Join(root, "build")
	if err := os.MkdirAll(build, 0o755); err != nil {
		return Binaries{}, fmt.Errorf("build the programs: %w", err)
	}
	temporary, err := os.MkdirTemp(build, "new-")
	if err != nil {
		return Binaries{}, fmt.Errorf("build the programs: %w", err)
	}
	defer os.RemoveAll(temporary)

	args := []string{"build", "-tags", "goolm", "-o", temporary + string(filepath.Separator)}
	suffix := ""
	if race {
		args, suffix = append(args, "-race"), "-race"
	}
	cmd := exec.CommandContext(ctx, "go", append(args, "./bridge/cmd/slack-bridge", "./bridge/cmd/slack-emulator")...)
	cmd.Dir = root
	if out, err := cmd.CombinedOutput(); err != nil {
		return Binaries{}, fmt.Errorf("build the programs: %w\n%s", err, out)
	}
	place := func(name string) (string, error) {
		path := filepath.Join(build, name+suffix)
		return path, os.Rename(filepath.Join(temporary, name), path)
	}
	var built Binaries
	if built.Bridge, err = place("slack-bridge"); err != nil {
		return Binaries{}, fmt.Errorf("build the programs: %w", err)
	}
	if built.Emulator, err = place("slack-emulator"); err != nil {
		return Binaries{}, fmt.Errorf("build the programs: %w", err)
	}
	return built, nil
}

// BuildWithFailpoints compiles a bridge that kills itself where it is told to, and
// returns its path.
func BuildWithFailpoints(ctx context.Context, root string) (string, error) {
	path := filepath.Join(root, "build", "slack-bridge-failpoint")
	temporary := fmt.Sprintf("%s.%d", path, os.Getpid()) // Put in place in one step, as by Build.
	cmd := exec.CommandContext(ctx, "go", "build", "-tags", "goolm,failpoint", "-o", temporary, "./bridge/cmd/slack-bridge")
	cmd.Dir = root
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build the bridge with failpoints: %w\n%s", err, out)
	}
	return path, os.Rename(temporary, path)
}
