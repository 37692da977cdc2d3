package slackws_test

import (
	"bytes"
	"context"
	"net"
	"sync"
	"time"
)

// pipeListener is a listener whose connections are pipes in memory.
type pipeListener struct {
	conns  chan net.Conn
	closed chan struct{}
	once   sync.Once
}

func newPipeListener() *pipeListener {
	return &pipeListener{conns: make(chan net.Conn), closed: make(chan struct{})}
}

func (l *pipeListener) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	ours, theirs := net.Pipe()
	client, server := newPipeConn(ours), newPipeConn(theirs)
	var err error
	select {
	case l.conns <- server:
		return client, nil
	case <-l.closed:
		err = net.ErrClosed
	case <-ctx.Done():
		err = ctx.Err()
	}
	_, _ = client.Close(), server.Close()
	return nil, err
}

func (l *pipeListener) Accept() (net.Conn, error) {
	select {
	case conn := <-l.conns:
		return conn, nil
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

func (l *pipeListener) Close() error {
	l.once.Do(func() { close(l.closed) })
	return nil
}

func (l *pipeListener) Addr() net.Addr { return &net.UnixAddr{Name: "slack.test"} }

// pipeConn is one end of a pipe in memory that takes what is written without
// waiting for the other end to read, as a TCP connection does.
type pipeConn struct {
	net.Conn
	out    chan []byte
	closed chan struct{}
	once   sync.Once
}

func newPipeConn(end net.Conn) *pipeConn {
	c := &pipeConn{Conn: end, out: make(chan []byte, 10_000), closed: make(chan struct{})}
	go c.pump()
	return c
}

func (c *pipeConn) Write(p []byte) (int, error) {
	select {
	case <-c.closed:
		return 0, net.ErrClosed
	case c.out <- bytes.Clone(p):
		return len(p), nil
	}
}

// Close lets what was written arrive, and ends reading at once.
func (c *pipeConn) Close() error {
	c.once.Do(func() {
		close(c.closed)
		_ = c.SetReadDeadline(time.Unix(1, 0))
	})
	return nil
}

func (c *pipeConn) pump() {
	defer func() { _ = c.Conn.Close() }()
	for {
		select {
		case p := <-c.out:
			if _, err := c.Conn.Write(p); err != nil {
				return
			}
		case <-c.closed:
			for len(c.out) > 0 {
				if _, err := c.Conn.Write(<-c.out); err != nil {
					return
				}
			}
			return
		}
	}
}
