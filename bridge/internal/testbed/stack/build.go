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

// Build compiles the bridge and the emulator into the repository's build folder. With
// race the bridge has the race detector.
func Build(ctx context.Context, root string, race bool) (built Binaries, err error) {
	if built.Bridge, err = compile(ctx, root, "slack-bridge", nil, race); err != nil {
		return Binaries{}, err
	}
	if built.Emulator, err = compile(ctx, root, "slack-emulator", nil, false); err != nil {
		return Binaries{}, err
	}
	return built, nil
}

// BuildWithFailpoints compiles a bridge that kills itself where it is told to, and
// returns its path.
func BuildWithFailpoints(ctx context.Context, root string, race bool) (string, error) {
	return compile(ctx, root, "slack-bridge", []string{"failpoint"}, race)
}

// compile builds one of the commands and returns its path, whose name has the tags and
// the race detector in it. Several builds may run at the same time: each puts its result
// in place in one step.
func compile(ctx context.Context, root, name string, tags []string, race bool) (string, error) {
	build := filepath.Join(root, "build")
	if err := os.MkdirAll(build, 0o755); err != nil {
		return "", fmt.Errorf("build %s: %w", name, err)
	}
	temporary, err := os.MkdirTemp(build, "new-")
	if err != nil {
		return "", fmt.Errorf("build %s: %w", name, err)
	}
	defer os.RemoveAll(temporary)

	args := []string{"build", "-tags", strings.Join(append([]string{"goolm"}, tags...), ",")}
	path := filepath.Join(build, strings.Join(append([]string{name}, tags...), "-"))
	if race {
		args, path = append(args, "-race"), path+"-race"
	}
	cmd := exec.CommandContext(ctx, "go", append(args, "-o", filepath.Join(temporary, name), "./bridge/cmd/"+name)...)
	cmd.Dir = root
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build %s: %w\n%s", name, err, out)
	}
	return path, os.Rename(filepath.Join(temporary, name), path)
}
