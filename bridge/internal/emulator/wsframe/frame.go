package wsframe

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"time"
)

// The opcodes of RFC 6455, section 5.2.
const (
	OpContinuation byte = 0x0
	OpText         byte = 0x1
	OpBinary       byte = 0x2
	OpClose        byte = 0x8
	OpPing         byte = 0x9
	OpPong         byte = 0xA
)

// writeTimeout bounds one write: a peer that reads nothing must not hold the
// emulator up.
const writeTimeout = 5 * time.Second

// errProtocol is a frame that RFC 6455 forbids a client to send.
var errProtocol = errors.New("WebSocket protocol error")

// Frame is one frame as the client sent it, unmasked.
type Frame struct {
	Op      byte
	Fin     bool
	Payload []byte
}

// Read returns the client's next frame. Frames of a client must be masked;
// control frames must be short and whole.
func (c *Conn) Read() (Frame, error) {
	var head [2]byte
	if _, err := io.ReadFull(c.reader, head[:]); err != nil {
		return Frame{}, err
	}
	f := Frame{Op: head[0] & 0x0F, Fin: head[0]&0x80 != 0}
	if head[0]&0x70 != 0 {
		return Frame{}, fmt.Errorf("%w: reserved bits set", errProtocol)
	}
	if head[1]&0x80 == 0 {
		return Frame{}, fmt.Errorf("%w: unmasked frame", errProtocol)
	}
	size, err := c.readSize(head[1] & 0x7F)
	if err != nil {
		return Frame{}, err
	}
	if f.Op >= OpClose && (size > 125 || !f.Fin) {
		return Frame{}, fmt.Errorf("%w: long or fragmented control frame", errProtocol)
	}
	if size > uint64(c.MaxFrame) {
		return Frame{}, fmt.Errorf("%w: frame of %d bytes", errProtocol, size)
	}
	var mask [4]byte
	if _, err := io.ReadFull(c.reader, mask[:]); err != nil {
		return Frame{}, err
	}
	f.Payload = make([]byte, size)
	if _, err := io.ReadFull(c.reader, f.Payload); err != nil {
		return Frame{}, err
	}
	for i := range f.Payload {
		f.Payload[i] ^= mask[i%4]
	}
	return f, nil
}

func (c *Conn) readSize(short byte) (uint64, error) {
	switch short {
	case 126:
		var b [2]byte
		_, err := io.ReadFull(c.reader, b[:])
		return uint64(binary.BigEndian.Uint16(b[:])), err
	case 127:
		var b [8]byte
		_, err := io.ReadFull(c.reader, b[:])
		return binary.BigEndian.Uint64(b[:]), err
	default:
		return uint64(short), nil
	}
}

// Write sends one whole frame.
func (c *Conn) Write(op byte, payload []byte) error {
	return c.WriteRaw(encode(0x80|op, payload))
}

func encode(first byte, payload []byte) []byte {
	frame := []byte{first}
	switch n := len(payload); {
	case n < 126:
		frame = append(frame, byte(n))
	case n <= 0xFFFF:
		frame = append(frame, 126)
		frame = binary.BigEndian.AppendUint16(frame, uint16(n))
	default:
		frame = append(frame, 127)
		frame = binary.BigEndian.AppendUint64(frame, uint64(n))
	}
	return append(frame, payload...)
}

// WriteRaw puts bytes on the wire as they are, for frames that are broken on
// purpose.
func (c *Conn) WriteRaw(b []byte) error {
	c.writeMu.Lock()
	defer c.writeMu.Unlock()
	if err := c.conn.SetWriteDeadline(time.Now().Add(writeTimeout)); err != nil {
		return err
	}
	_, err := c.conn.Write(b)
	return err
}

// WriteClose sends a close frame with a status code and reason.
func (c *Conn) WriteClose(code uint16, reason string) error {
	payload := binary.BigEndian.AppendUint16(nil, code)
	return c.Write(OpClose, append(payload, reason...))
}

// Cut ends the connection without a close frame, by a reset where TCP allows it.
func (c *Conn) Cut() {
	if tcp, ok := c.conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	_ = c.conn.Close()
}

// Close ends the TCP connection in the ordinary way.
func (c *Conn) Close() { _ = c.conn.Close() }

// SetReadDeadline bounds the next Read; the zero time waits without limit.
func (c *Conn) SetReadDeadline(t time.Time) { _ = c.conn.SetReadDeadline(t) }
