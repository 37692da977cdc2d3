package emulator_test

import (
	"bufio"
	"encoding/base64"
	"encoding/binary"
	"io"
	"net"
	"net/http"
	"net/url"
	"time"

	"github.com/stretchr/testify/require"
)

// frames is a WebSocket client at the level of frames, for what libraries hide.
type frames struct {
	e      *emu
	conn   net.Conn
	reader *bufio.Reader
}

// dialFrames opens a socket and takes the hello.
func (e *emu) dialFrames() *frames {
	e.t.Helper()
	u, err := url.Parse(e.ticket())
	require.NoError(e.t, err)
	conn, err := net.Dial("tcp", u.Host)
	require.NoError(e.t, err)
	e.t.Cleanup(func() { _ = conn.Close() })
	require.NoError(e.t, conn.SetDeadline(time.Now().Add(waitFor)))
	key := base64.StdEncoding.EncodeToString([]byte("0123456789abcdef"))
	_, err = io.WriteString(conn, "GET "+u.RequestURI()+" HTTP/1.1\r\nHost: "+u.Host+
		"\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: "+key+"\r\n\r\n")
	require.NoError(e.t, err)
	f := &frames{e: e, conn: conn, reader: bufio.NewReader(conn)}
	res, err := http.ReadResponse(f.reader, nil)
	require.NoError(e.t, err)
	require.Equal(e.t, http.StatusSwitchingProtocols, res.StatusCode)
	op, payload := f.read()
	require.Equal(e.t, byte(1), op)
	require.Contains(e.t, string(payload), `"hello"`)
	return f
}

// send sends one whole masked frame; sendRaw takes the first byte as it is.
func (f *frames) send(op byte, payload []byte) { f.sendRaw(0x80|op, payload) }

func (f *frames) sendRaw(first byte, payload []byte) {
	f.e.t.Helper()
	require.Less(f.e.t, len(payload), 126)
	mask := []byte{1, 2, 3, 4}
	frame := append([]byte{first, 0x80 | byte(len(payload))}, mask...)
	for i, b := range payload {
		frame = append(frame, b^mask[i%4])
	}
	_, err := f.conn.Write(frame)
	require.NoError(f.e.t, err)
}

// read returns the next frame's opcode and payload.
func (f *frames) read() (op byte, payload []byte) {
	f.e.t.Helper()
	var head [2]byte
	_, err := io.ReadFull(f.reader, head[:])
	require.NoError(f.e.t, err)
	size := uint64(head[1])
	switch size {
	case 126:
		var b [2]byte
		_, err = io.ReadFull(f.reader, b[:])
		size = uint64(binary.BigEndian.Uint16(b[:]))
	case 127:
		var b [8]byte
		_, err = io.ReadFull(f.reader, b[:])
		size = binary.BigEndian.Uint64(b[:])
	}
	require.NoError(f.e.t, err)
	payload = make([]byte, size)
	_, err = io.ReadFull(f.reader, payload)
	require.NoError(f.e.t, err)
	return head[0] & 0x0F, payload
}
