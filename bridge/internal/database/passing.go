package database

import (
	"database/sql"
	"database/sql/driver"
	"errors"
	"io"

	"github.com/lib/pq"
	"github.com/lib/pq/pqerror"
	"github.com/mattn/go-sqlite3"
)

// Passes says whether what a database refused may succeed later, as it is: while
// it restarts, is full or out of reach it may, where it objects to the query or to
// what it would store it will not. known is false for errors of anything else.
func Passes(err error) (passes, known bool) {
	var postgres *pq.Error
	if errors.As(err, &postgres) {
		switch postgres.Code.Class() {
		case pqerror.ClassDataException, pqerror.ClassIntegrityConstraintViolation,
			pqerror.ClassSyntaxErrorOrAccessRuleViolation, pqerror.ClassFeatureNotSupported,
			pqerror.ClassProgramLimitExceeded:
			return false, true
		}
		return true, true
	}
	var sqlite sqlite3.Error
	if errors.As(err, &sqlite) {
		switch sqlite.Code {
		case sqlite3.ErrConstraint, sqlite3.ErrMismatch, sqlite3.ErrTooBig, sqlite3.ErrError,
			sqlite3.ErrMisuse, sqlite3.ErrRange:
			return false, true
		}
		return true, true
	}
	for _, cut := range []error{driver.ErrBadConn, sql.ErrConnDone, io.EOF, io.ErrUnexpectedEOF} {
		if errors.Is(err, cut) {
			return true, true
		}
	}
	return false, false
}

// Refuses says whether a database objects to a value that it should store: a zero byte,
// a word that its column does not take, something too long or too deep. Unlike other
// errors that do not pass, it says that the rest can be stored.
func Refuses(err error) bool {
	var postgres *pq.Error
	if errors.As(err, &postgres) {
		class := postgres.Code.Class()
		return class == pqerror.ClassDataException || class == pqerror.ClassProgramLimitExceeded
	}
	var sqlite sqlite3.Error
	return errors.As(err, &sqlite) && (sqlite.Code == sqlite3.ErrTooBig || sqlite.Code == sqlite3.ErrMismatch)
}
