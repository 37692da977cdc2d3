// Package ports hands out loopback TCP ports to processes that cannot choose one
// themselves: a homeserver and a bridge have to know each other's address before
// either runs. A port stays reserved among all testbeds of the machine until it
// is released or the reserving process ends. It must not be used where a server
// can listen on port 0 and say what it got.
package ports

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
)

// The range lies below the one that Linux takes ports of outgoing connections
// from (32768 on, net.ipv4.ip_local_port_range), so that no connection lands on
// a reserved port.
const (
	first = 20000
	last  = 32000
)

// Reservation is one port. Its lock is held by an open file, so the kernel
// releases it with the process, however that ends.
type Reservation struct {
	Port int
	lock *os.File
}

// Reserve finds a port of 127.0.0.1 on which nothing listens and which no other
// process has reserved.
func Reserve() (*Reservation, error) {
	dir := filepath.Join(os.TempDir(), fmt.Sprintf("testbed-ports-%d", os.Getuid()))
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("reserve a port: %w", err)
	}
	for range 1000 {
		port := first + rand.IntN(last-first)
		r, err := try(dir, port)
		if err != nil {
			return nil, fmt.Errorf("reserve port %d: %w", port, err)
		}
		if r != nil {
			return r, nil
		}
	}
	return nil, fmt.Errorf("reserve a port: none is free between %d and %d", first, last)
}

// try reserves one port; it returns nil without an error when that is taken.
func try(dir string, port int) (*Reservation, error) {
	lock, err := os.OpenFile(filepath.Join(dir, strconv.Itoa(port)), os.O_CREATE|os.O_RDWR|syscall.O_CLOEXEC, 0o600)
	if err != nil {
		return nil, err
	}
	err = syscall.Flock(int(lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if err == nil && free(port) {
		return &Reservation{Port: port, lock: lock}, nil
	}
	lock.Close()
	if err != nil && !errors.Is(err, syscall.EWOULDBLOCK) {
		return nil, err
	}
	return nil, nil
}

func free(port int) bool {
	listener, err := net.Listen("tcp4", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
	if err != nil {
		return false
	}
	return listener.Close() == nil
}

// Release gives the port back. The lock's file stays: removing it could take it
// from under a process that is about to lock it.
func (r *Reservation) Release() error { return r.lock.Close() }
