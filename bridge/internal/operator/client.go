package operator

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"syscall"

	"ops-jrz1/bridge/internal/exit"
)

// ErrNobody is returned by Connect when no bridge answers at the socket: there is none,
// or an earlier process left it behind.
var ErrNobody = errors.New("no bridge answers at its socket")

// Client speaks to a running bridge.
type Client struct {
	path string
	http http.Client
}

var _ Inbox = (*Client)(nil)

// Connect sees whether a bridge answers at a socket. The error is [ErrNobody] if not,
// and an *exit.Error if this user may not ask it.
func Connect(ctx context.Context, path string) (*Client, error) {
	if err := mayConnect(path); err != nil {
		return nil, err
	}
	dial := func(ctx context.Context) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "unix", path)
	}
	conn, err := dial(ctx)
	switch {
	case errors.Is(err, syscall.ECONNREFUSED), errors.Is(err, fs.ErrNotExist):
		return nil, ErrNobody
	case errors.Is(err, fs.ErrPermission):
		return nil, notForThisUser(path)
	case err != nil:
		return nil, exit.New(exit.Unavailable, "%s: %w; look whether the bridge is well", key, err)
	}
	if err := conn.Close(); err != nil {
		return nil, fmt.Errorf("close the connection to %s: %w", path, err)
	}
	transport := &http.Transport{
		DialContext:       func(ctx context.Context, _, _ string) (net.Conn, error) { return dial(ctx) },
		DisableKeepAlives: true,
	}
	return &Client{path: path, http: http.Client{Transport: transport, Timeout: writeTime}}, nil
}

// mayConnect sees whether the socket is one that can be trusted and asked.
func mayConnect(path string) error {
	if err := checkPath(path); err != nil {
		return err
	}
	info, err := os.Lstat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return ErrNobody
	case errors.Is(err, fs.ErrPermission):
		return notForThisUser(path)
	case err != nil:
		return exit.New(exit.Unavailable, "%s: %w; set a path that can be read", key, err)
	case !isSocket(info):
		return notASocket(path)
	}
	if err := checkFolder(path); err != nil {
		return err
	}
	if owner, known := ownerOf(info); known && owner != os.Geteuid() && os.Geteuid() != 0 {
		return notForThisUser(path)
	}
	if mode := info.Mode().Perm(); mode&0o077 != 0 {
		return exit.New(exit.Config, "%s: other users may use %s (mode %04o); run `chmod 600 %s`", key, path, mode, path)
	}
	return nil
}

// notForThisUser names the user to whom the socket belongs, or else its folder.
func notForThisUser(path string) error {
	who := "the bridge's user"
	for _, file := range []string{path, filepath.Dir(path)} {
		info, err := os.Lstat(file)
		if err != nil {
			continue
		}
		if owner, known := ownerOf(info); known && owner != 0 && owner != os.Geteuid() {
			who = UserName(owner)
			break
		}
	}
	return exit.New(exit.Refused, "%s: %s is for root and %s; run this as one of them, as with sudo", key, path, who)
}

// List implements Inbox.
func (c *Client) List(ctx context.Context) (rows []Row, err error) {
	err = c.ask(ctx, http.MethodGet, "/v1/inbox", &rows)
	return rows, err
}

// Show implements Inbox.
func (c *Client) Show(ctx context.Context, id int64, content bool) (row Row, err error) {
	err = c.ask(ctx, http.MethodGet, "/v1/inbox/"+decimal(id)+"?content="+strconv.FormatBool(content), &row)
	return row, err
}

// Retry implements Inbox.
func (c *Client) Retry(ctx context.Context, id int64) (rows int, err error) {
	err = c.ask(ctx, http.MethodPost, "/v1/inbox/"+decimal(id)+"/retry", &rows)
	return rows, err
}

// Drop implements Inbox.
func (c *Client) Drop(ctx context.Context, id int64) (dropped []int64, err error) {
	err = c.ask(ctx, http.MethodDelete, "/v1/inbox/"+decimal(id), &dropped)
	return dropped, err
}

func decimal(id int64) string { return strconv.FormatInt(id, 10) }

// ask makes a request and decodes the answer.
func (c *Client) ask(ctx context.Context, method, path string, into any) error {
	request, err := http.NewRequestWithContext(ctx, method, "http://bridge"+path, nil)
	if err != nil {
		return fmt.Errorf("ask the bridge: %w", err)
	}
	response, err := c.http.Do(request)
	if err != nil {
		return c.noAnswer(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return c.noAnswer(err)
	}
	if response.StatusCode == http.StatusOK {
		if err := json.Unmarshal(body, into); err != nil {
			return c.notUnderstood()
		}
		return nil
	}
	var failed failure
	if err := json.Unmarshal(body, &failed); err != nil || failed.Line == "" {
		return c.notUnderstood()
	}
	return exit.New(failed.Code, "%s", failed.Line)
}

func (c *Client) noAnswer(err error) error {
	return exit.New(exit.Unavailable, "the bridge at %s did not answer: %w; see its log", c.path, err)
}

func (c *Client) notUnderstood() error {
	return exit.New(exit.Unavailable, "what answers at %s is not a bridge of this version; restart the bridge", c.path)
}
