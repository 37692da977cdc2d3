// Package sqlcount builds a program that notes every SQL statement that it gives to
// a database driver. It works for any commit: the compiler is given another
// database/sql. A statement of many rows is one; BEGIN, COMMIT and ROLLBACK reach
// the driver in another way and are not noted. Such a program is for counting,
// never for measuring time. The package must not change anything else that a
// program does.
package sqlcount

import (
	"bytes"
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// FileVariable names the file that a program notes its statements in.
const FileVariable = "SQLCOUNT_FILE"

// note is added to database/sql. It is not a Go file here, since it belongs to another
// package.
//
//go:embed note.go.txt
var note []byte

// hooks are the places in database/sql/ctxutil.go where a driver is called.
var hooks = []struct{ from, to string }{
	{"return ciCtx.PrepareContext(ctx, query)", "si, err := ciCtx.PrepareContext(ctx, query)\n\t\tnotePrepared(si, query, err)\n\t\treturn si, err"},
	{"si, err := ci.Prepare(query)\n", "si, err := ci.Prepare(query)\n\tnotePrepared(si, query, err)\n"},
	{"return execerCtx.ExecContext(ctx, query, nvdargs)", "r, err := execerCtx.ExecContext(ctx, query, nvdargs)\n\t\tnoteQuery(query, err)\n\t\treturn r, err"},
	{"return execer.Exec(query, dargs)", "r, err := execer.Exec(query, dargs)\n\tnoteQuery(query, err)\n\treturn r, err"},
	{"return queryerCtx.QueryContext(ctx, query, nvdargs)", "r, err := queryerCtx.QueryContext(ctx, query, nvdargs)\n\t\tnoteQuery(query, err)\n\t\treturn r, err"},
	{"return queryer.Query(query, dargs)", "r, err := queryer.Query(query, dargs)\n\tnoteQuery(query, err)\n\treturn r, err"},
	{"return siCtx.ExecContext(ctx, nvdargs)", "noteStatement(si)\n\t\treturn siCtx.ExecContext(ctx, nvdargs)"},
	{"return si.Exec(dargs)", "noteStatement(si)\n\treturn si.Exec(dargs)"},
	{"return siCtx.QueryContext(ctx, nvdargs)", "noteStatement(si)\n\t\treturn siCtx.QueryContext(ctx, nvdargs)"},
	{"return si.Query(dargs)", "noteStatement(si)\n\treturn si.Query(dargs)"},
}

// Build compiles a package of the source tree in root into out.
func Build(ctx context.Context, root, pkg, out string, args ...string) error {
	temporary, err := os.MkdirTemp("", "sqlcount-")
	if err != nil {
		return fmt.Errorf("build a counting program: %w", err)
	}
	defer os.RemoveAll(temporary)
	overlay, err := write(ctx, temporary)
	if err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, "go", append(append([]string{"build", "-overlay", overlay, "-o", out}, args...), pkg)...)
	cmd.Dir = root
	if printed, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("build a counting program: %w\n%s", err, printed)
	}
	return nil
}

// write makes the files that the compiler uses instead of Go's, and the list of them
// (`go help build`, -overlay).
func write(ctx context.Context, dir string) (overlay string, err error) {
	out, err := exec.CommandContext(ctx, "go", "env", "GOROOT").Output()
	if err != nil {
		return "", fmt.Errorf("find Go's own source: %w", err)
	}
	sql := filepath.Join(strings.TrimSpace(string(out)), "src", "database", "sql")
	source, err := os.ReadFile(filepath.Join(sql, "ctxutil.go"))
	if err != nil {
		return "", fmt.Errorf("read Go's own source: %w", err)
	}
	if source, err = hook(source); err != nil {
		return "", err
	}
	files, replaced := map[string][]byte{"ctxutil.go": source, "note.go": note}, map[string]string{}
	for name, text := range files {
		replaced[filepath.Join(sql, name)] = filepath.Join(dir, name)
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o600); err != nil {
			return "", fmt.Errorf("write another database/sql: %w", err)
		}
	}
	list, err := json.Marshal(map[string]any{"Replace": replaced})
	if err != nil {
		return "", fmt.Errorf("write another database/sql: %w", err)
	}
	overlay = filepath.Join(dir, "overlay.json")
	if err := os.WriteFile(overlay, list, 0o600); err != nil {
		return "", fmt.Errorf("write another database/sql: %w", err)
	}
	return overlay, nil
}

// hook adds a note wherever a driver is called. If a place is not found, Go has changed:
// that is an error, since statements would be missed.
func hook(source []byte) ([]byte, error) {
	for _, h := range hooks {
		if n := bytes.Count(source, []byte(h.from)); n != 1 {
			return nil, fmt.Errorf("database/sql of this Go has %d places with %q in ctxutil.go, not one: the package sqlcount has to be adapted", n, h.from)
		}
		source = bytes.Replace(source, []byte(h.from), []byte(h.to), 1)
	}
	return source, nil
}
