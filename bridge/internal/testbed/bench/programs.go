package bench

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"ops-jrz1/bridge/internal/testbed/sqlcount"
)

// program is a bridge to measure.
type program struct {
	// name is what the report calls it.
	name string
	path string
	// counting is the same program built to note its statements; empty if there is
	// no such build.
	counting string
}

// bridgePackage is what a bridge is built from, in every commit.
const bridgePackage = "./bridge/cmd/slack-bridge"

// build compiles the bridge of a source tree twice: as it is, and to count statements.
func build(ctx context.Context, root, name, dir string) (program, error) {
	p := program{name: name, path: filepath.Join(dir, "slack-bridge"), counting: filepath.Join(dir, "slack-bridge.counting")}
	if err := compile(ctx, root, name, p.path); err != nil {
		return p, err
	}
	return p, sqlcount.Build(ctx, root, bridgePackage, p.counting, "-tags", "goolm")
}

func compile(ctx context.Context, root, name, out string) error {
	cmd := exec.CommandContext(ctx, "go", "build", "-tags", "goolm", "-o", out, bridgePackage)
	cmd.Dir = root
	if printed, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("build the bridge of %s: %w\n%s", name, err, printed)
	}
	return nil
}

// programs returns the bridge of the tree at root and those to compare it with: each is
// a commit, which is built, or the path of a program.
func programs(ctx context.Context, root, dir string, others []string) ([]program, error) {
	mine := filepath.Join(dir, "this")
	if err := os.MkdirAll(mine, 0o700); err != nil {
		return nil, fmt.Errorf("make a folder for the programs: %w", err)
	}
	this, err := build(ctx, root, "this commit", mine)
	if err != nil {
		return nil, err
	}
	all := []program{this}
	for _, other := range others {
		p, err := find(ctx, root, dir, other)
		if err != nil {
			return nil, err
		}
		all = append(all, p)
	}
	return all, nil
}

// find returns the program of a path, or builds that of a commit.
func find(ctx context.Context, root, dir, other string) (program, error) {
	if info, err := os.Stat(other); err == nil && info.Mode().IsRegular() {
		path, err := filepath.Abs(other)
		if err != nil {
			return program{}, fmt.Errorf("find %s: %w", other, err)
		}
		p := program{name: filepath.Base(other), path: path}
		if _, err := os.Stat(path + ".counting"); err == nil {
			p.counting = path + ".counting"
		}
		return p, nil
	}
	commit, err := git(ctx, root, "rev-parse", "--verify", "--short", other+"^{commit}")
	if err != nil {
		return program{}, fmt.Errorf("BRIDGE=%s: it is neither a program nor a commit", other)
	}
	tree := filepath.Join(dir, "commit-"+commit)
	if err := unpack(ctx, root, commit, tree); err != nil {
		return program{}, err
	}
	return build(ctx, tree, commit, tree)
}

// unpack writes the files of a commit into a folder.
func unpack(ctx context.Context, root, commit, into string) error {
	if err := os.MkdirAll(into, 0o700); err != nil {
		return fmt.Errorf("unpack commit %s: %w", commit, err)
	}
	archive := exec.CommandContext(ctx, "git", "archive", "--format=tar", commit)
	archive.Dir = root
	files, err := archive.Output()
	if err != nil {
		return fmt.Errorf("unpack commit %s: %w", commit, err)
	}
	tar := exec.CommandContext(ctx, "tar", "-x", "-C", into)
	tar.Stdin = bytes.NewReader(files)
	if out, err := tar.CombinedOutput(); err != nil {
		return fmt.Errorf("unpack commit %s: %w\n%s", commit, err, out)
	}
	return nil
}

func git(ctx context.Context, root string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, "git", args...)
	cmd.Dir = root
	out, err := cmd.Output()
	return strings.TrimSpace(string(out)), err
}
