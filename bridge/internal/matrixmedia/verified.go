package matrixmedia

import (
	"errors"
	"io"

	"maunium.net/go/mautrix/crypto/attachment"
)

// window is how much of a file is held back until it is known what follows.
const window = 32 << 10

// verified reads a decrypted file and keeps its end back until the whole is known to be
// what was encrypted: who takes the size for the end is not given a changed file.
type verified struct {
	from io.ReadCloser
	// held is what may be the end, ready what is given out.
	held, ready []byte
	err         error
}

// Read implements io.Reader.
func (v *verified) Read(p []byte) (int, error) {
	for len(v.ready) == 0 {
		if v.err != nil {
			return 0, v.err
		}
		v.fill()
	}
	n := copy(p, v.ready)
	v.ready = v.ready[n:]
	return n, nil
}

// fill reads one window, which makes the one before ready.
func (v *verified) fill() {
	next := make([]byte, window)
	n, err := io.ReadFull(v.from, next)
	switch {
	case err == nil:
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		if v.err = v.verify(err); v.err != nil {
			return
		}
		v.ready, v.held, v.err = append(v.held, next[:n]...), nil, io.EOF
		return
	default:
		v.err = err
		return
	}
	v.ready, v.held = v.held, next
}

// verify compares the whole with its hash.
func (v *verified) verify(end error) error {
	if KindOf(end) != 0 {
		return end // the stream below broke off
	}
	err := v.from.Close()
	if errors.Is(err, attachment.ErrHashMismatch) {
		return &Error{Kind: Damaged, err: errors.New("it is not what its sender has encrypted")}
	}
	return err
}
