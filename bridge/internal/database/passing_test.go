package database

import (
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"testing"

	"github.com/lib/pq"
	"github.com/lib/pq/pqerror"
	"github.com/mattn/go-sqlite3"
	"github.com/stretchr/testify/require"
)

func TestPasses(t *testing.T) {
	postgres := func(code string) error { return &pq.Error{Code: pqerror.Code(code), Message: "no"} }
	for name, tc := range map[string]struct {
		err           error
		passes, known bool
	}{
		"shutting down":         {postgres("57P01"), true, true},
		"starting up":           {postgres("57P03"), true, true},
		"too many connections":  {postgres("53300"), true, true},
		"disk full":             {postgres("53100"), true, true},
		"a standby":             {postgres("25006"), true, true},
		"deadlock":              {postgres("40P01"), true, true},
		"unique violation":      {postgres("23505"), false, true},
		"a zero byte in text":   {postgres("22021"), false, true},
		"no such column":        {postgres("42703"), false, true},
		"busy file":             {sqlite3.Error{Code: sqlite3.ErrBusy}, true, true},
		"full disk of a file":   {sqlite3.Error{Code: sqlite3.ErrFull}, true, true},
		"failing disk":          {sqlite3.Error{Code: sqlite3.ErrIoErr}, true, true},
		"constraint of a file":  {sqlite3.Error{Code: sqlite3.ErrConstraint}, false, true},
		"no such table":         {sqlite3.Error{Code: sqlite3.ErrError}, false, true},
		"lost connection":       {driver.ErrBadConn, true, true},
		"closed connection":     {sql.ErrConnDone, true, true},
		"cut within an answer":  {io.ErrUnexpectedEOF, true, true},
		"of no database at all": {errors.New("odd"), false, false},
	} {
		t.Run(name, func(t *testing.T) {
			passes, known := Passes(fmt.Errorf("store it: %w", tc.err))
			require.Equal(t, tc.passes, passes)
			require.Equal(t, tc.known, known)
		})
	}
}

func TestRefuses(t *testing.T) {
	postgres := func(code string) error { return &pq.Error{Code: pqerror.Code(code), Message: "no"} }
	for name, tc := range map[string]struct {
		err     error
		refuses bool
	}{
		"a zero byte in text":    {postgres("22021"), true},
		"a zero byte in JSON":    {postgres("22P05"), true},
		"not a word of an enum":  {postgres("22P02"), true},
		"too long for an index":  {postgres("54000"), true},
		"nested too deeply":      {postgres("54001"), true},
		"too big for a file":     {sqlite3.Error{Code: sqlite3.ErrTooBig}, true},
		"no such column":         {postgres("42703"), false},
		"unique violation":       {postgres("23505"), false},
		"shutting down":          {postgres("57P01"), false},
		"no such table of files": {sqlite3.Error{Code: sqlite3.ErrError}, false},
		"full disk of a file":    {sqlite3.Error{Code: sqlite3.ErrFull}, false},
		"lost connection":        {driver.ErrBadConn, false},
	} {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, tc.refuses, Refuses(fmt.Errorf("store it: %w", tc.err)))
		})
	}
}
