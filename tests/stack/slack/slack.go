// Package slack puts the emulated Slack where a machine of the stack test finds the
// real one: at slack.com, over TLS, outside of the machine. The bridge is configured
// as on the real host. It must not know what runs on the machine.
package slack

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"ops-jrz1/tests/stack/await"
	"ops-jrz1/tests/stack/child"
)

// Name is where the Web API and the sockets are.
const Name = "slack.com"

// Slack is the emulator with its front.
type Slack struct {
	folder, url string
	process     *child.Child
	front       *http.Server
}

// Tokens are the tokens of the workspace's app.
type Tokens struct {
	Bot string `json:"bot_token"`
	App string `json:"app_token"`
}

// Start runs the emulator's program. What it makes lies in folder.
func Start(ctx context.Context, program, folder string) (*Slack, error) {
	s := &Slack{folder: folder}
	output, err := os.Create(filepath.Join(folder, "slack.log"))
	if err != nil {
		return nil, fmt.Errorf("start the Slack emulator: %w", err)
	}
	defer output.Close()
	ready := filepath.Join(folder, "slack.ready")
	cmd := exec.Command(program, "-ready-file", ready, "-tokens-file", s.tokensFile())
	cmd.Stdout, cmd.Stderr = output, output
	if s.process, err = child.Start(cmd); err != nil {
		return nil, fmt.Errorf("start the Slack emulator: %w", err)
	}
	return s, await.Until(ctx, "the Slack emulator", func(context.Context) (bool, error) {
		text, err := os.ReadFile(ready)
		s.url = strings.TrimSpace(string(text))
		return err == nil && s.url != "", nil
	})
}

func (s *Slack) tokensFile() string { return filepath.Join(s.folder, "slack.tokens") }

// Tokens are those that are valid now.
func (s *Slack) Tokens() (Tokens, error) {
	var t Tokens
	text, err := os.ReadFile(s.tokensFile())
	if err != nil {
		return t, fmt.Errorf("read Slack's tokens: %w", err)
	}
	err = json.Unmarshal(text, &t)
	return t, err
}

// Serve answers for slack.com on a listener.
func (s *Slack) Serve(listener net.Listener, config *tls.Config) error {
	emulator, err := url.Parse(s.url)
	if err != nil {
		return fmt.Errorf("serve %s: %w", Name, err)
	}
	s.front = &http.Server{
		ReadHeaderTimeout: time.Minute,
		// A machine that is switched off says no good-bye.
		ErrorLog: log.New(io.Discard, "", 0),
		Handler: &httputil.ReverseProxy{
			Rewrite: func(r *httputil.ProxyRequest) {
				r.SetURL(emulator)
				r.Out.Host = r.In.Host
				r.SetXForwarded()
			},
			ErrorLog: log.New(io.Discard, "", 0),
		},
	}
	go s.front.Serve(tls.NewListener(listener, config)) // Ended by Close.
	return nil
}

// Say says a text as a person.
func (s *Slack) Say(ctx context.Context, person, channel, text string) error {
	return s.call(ctx, http.MethodPost, "/messages/post", map[string]string{"user": person, "channel": channel, "text": text}, nil)
}

// Message is a message as Slack shows it.
type Message struct {
	Text     string `json:"text"`
	Username string `json:"username"`
	// Icons are the addresses of the picture that it is shown with, by size.
	Icons map[string]string `json:"icons"`
}

// Messages are all messages of a channel.
func (s *Slack) Messages(ctx context.Context, channel string) ([]Message, error) {
	var messages []Message
	err := s.call(ctx, http.MethodGet, "/channels/"+channel+"/messages", nil, &messages)
	return messages, err
}

// ReplaceToken revokes a token, "bot" or "app", and issues another one.
func (s *Slack) ReplaceToken(ctx context.Context, kind string) error {
	return s.call(ctx, http.MethodPost, "/apps/replace", map[string]string{"kind": kind}, nil)
}

// call speaks the emulator's control API (docs/reference/emulator.md).
func (s *Slack) call(ctx context.Context, method, path string, in, out any) error {
	body, err := json.Marshal(in)
	if err != nil {
		return fmt.Errorf("Slack emulator %s: %w", path, err)
	}
	req, err := http.NewRequestWithContext(ctx, method, s.url+"/emulator/v1"+path, bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("Slack emulator %s: %w", path, err)
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return fmt.Errorf("Slack emulator %s: %w", path, err)
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	if err != nil {
		return fmt.Errorf("Slack emulator %s: %w", path, err)
	}
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("Slack emulator %s: %s: %s", path, resp.Status, answer)
	}
	if out == nil {
		return nil
	}
	return json.Unmarshal(answer, out)
}

// Close ends the front and the emulator.
func (s *Slack) Close() error {
	var errs []error
	if s.front != nil {
		errs = append(errs, s.front.Close())
	}
	errs = append(errs, s.process.Signal(syscall.SIGTERM))
	<-s.process.Ended()
	return errors.Join(append(errs, s.process.Err())...)
}
