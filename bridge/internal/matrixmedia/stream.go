package matrixmedia

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// stream is the content of a file as the homeserver has it. What breaks off goes on where it
// broke, if the homeserver can do that.
type stream struct {
	repository *Repository
	ctx        context.Context
	address    *url.URL

	size   int64
	read   int64
	breaks int
	body   io.ReadCloser
	cancel context.CancelFunc
	// failed is the error of every further read.
	failed error
}

// open makes the request, from what was read so far.
func (s *stream) open() error {
	ctx, cancel := context.WithCancel(s.ctx)
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.address.String(), nil)
	if err != nil {
		cancel()
		return &Error{Kind: Vanished, err: errors.New("its address is not one of a file")}
	}
	req.Header.Set("Authorization", "Bearer "+s.repository.cfg.Token.Reveal())
	req.Header.Set("Accept-Encoding", "identity") // or its size would not be known
	if s.read > 0 {
		req.Header.Set("Range", fmt.Sprintf("bytes=%d-", s.read))
	}
	timer := time.AfterFunc(s.repository.cfg.Start, cancel)
	resp, err := s.repository.client.Do(req)
	if timedOut := !timer.Stop(); err != nil {
		cancel()
		return s.broken(err, timedOut)
	}
	if err := s.accept(resp); err != nil {
		cancel()
		_ = resp.Body.Close()
		return err
	}
	s.body, s.cancel = resp.Body, cancel
	return nil
}

// accept checks that an answer is what was asked for.
func (s *stream) accept(resp *http.Response) error {
	switch {
	case s.read == 0 && resp.StatusCode == http.StatusOK:
		s.size = resp.ContentLength
		return nil
	case s.read == 0 || resp.StatusCode >= http.StatusBadRequest:
		return refusal(resp)
	case resp.StatusCode != http.StatusPartialContent || !strings.HasPrefix(resp.Header.Get("Content-Range"), fmt.Sprintf("bytes %d-", s.read)):
		return &Error{Kind: Broken, Status: resp.StatusCode, err: errors.New("it broke off, and the homeserver gives it from its beginning only")}
	case s.size >= 0 && resp.ContentLength >= 0 && s.read+resp.ContentLength != s.size:
		return &Error{Kind: Broken, Status: resp.StatusCode, err: errors.New("it broke off, and its rest has another size")}
	}
	return nil
}

// broken is the error of a request that failed, or of a body that ended.
func (s *stream) broken(err error, stalled bool) error {
	if s.ctx.Err() != nil {
		return s.ctx.Err()
	}
	if stalled {
		err = errors.New("nothing came of it for too long")
	}
	var withURL *url.Error
	if errors.As(err, &withURL) {
		err = withURL.Err
	}
	return &Error{Kind: Broken, err: err}
}

// Read implements io.Reader.
func (s *stream) Read(p []byte) (int, error) {
	if s.failed != nil {
		return 0, s.failed
	}
	for {
		n, err := s.readSome(p)
		s.read += int64(n)
		if n > 0 {
			s.breaks = 0
		}
		switch {
		case err == nil:
			return n, nil
		case errors.Is(err, io.EOF):
			s.failed = io.EOF
			return n, io.EOF
		}
		if s.failed = s.goOn(err); s.failed != nil || n > 0 {
			return n, s.failed
		}
	}
}

// readSome reads from the body, for no longer than nothing may come.
func (s *stream) readSome(p []byte) (int, error) {
	timer := time.AfterFunc(s.repository.cfg.Stall, s.cancel)
	n, err := s.body.Read(p)
	if stalled := !timer.Stop(); err != nil && !errors.Is(err, io.EOF) {
		err = s.broken(err, stalled)
	}
	if errors.Is(err, io.EOF) && s.size >= 0 && s.read+int64(n) < s.size {
		err = s.broken(io.ErrUnexpectedEOF, false)
	}
	return n, err
}

// goOn opens the stream again after a break, and returns why it cannot.
func (s *stream) goOn(why error) error {
	s.close()
	for s.read > 0 && s.ctx.Err() == nil && s.breaks < maxBreaks {
		s.breaks++
		if err := sleep(s.ctx, s.repository.cfg.Pause<<(s.breaks-1)); err != nil {
			return err
		}
		err := s.open()
		if err == nil || !Goes(err) {
			return err
		}
		if e := (*Error)(nil); errors.As(err, &e) && e.Status != 0 && e.Status < http.StatusInternalServerError {
			return err // it answers, and cannot go on
		}
		why = err
	}
	return why
}

func (s *stream) close() {
	if s.body == nil {
		return
	}
	s.cancel()
	_ = s.body.Close()
	s.body = nil
}

// Close ends the download.
func (s *stream) Close() error {
	s.close()
	if s.failed == nil {
		s.failed = &Error{Kind: Broken, err: errors.New("it is closed")}
	}
	return nil
}

func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
