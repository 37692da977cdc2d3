// Package exit owns the codes with which slack-bridge ends and what each means to
// a person, a script or systemd. They are those of sysexits.h. It must not decide
// which error is which: that is said where the error arises, by returning an
// *Error.
package exit

import (
	"errors"
	"fmt"
)

// Code is the exit code of the process.
type Code int

// The codes in use. Codes documents them.
const (
	OK          Code = 0
	Usage       Code = 64
	Data        Code = 65
	Unavailable Code = 69
	Software    Code = 70
	CannotWrite Code = 73
	TryAgain    Code = 75
	Refused     Code = 77
	Config      Code = 78
)

// Row is one code of the documentation.
type Row struct {
	Code Code
	// Name is the code's name in sysexits.h.
	Name string
	// Meaning says what happened, Do what the operator does about it.
	Meaning string
	Do      string
	// Restart says whether a service manager starts the bridge again.
	Restart bool
}

// Codes returns every code that slack-bridge ends with, in order.
func Codes() []Row {
	return []Row{
		{OK, "EX_OK", "Finished as asked.", "Nothing.", false},
		{Usage, "EX_USAGE", "The command line is wrong, or names a row that the inbox does not hold, a backup that is not there, an archive that is not there, or a database that `slack-bridge backup` does not copy.", "Read the line printed, or `slack-bridge --help`.", false},
		{Data, "EX_DATAERR", "A file holds damaged data, such as a corrupt database or a damaged backup. Or another bridge's database cannot be taken over as it is, or nothing of an archive of Slack's can be imported.", "Repair or restore the file that the line names; change what `slack-bridge takeover` lists as in the way, or `slack-bridge import` as refused.", false},
		{Unavailable, "EX_UNAVAILABLE", "Something the bridge needs does not answer: the database, the homeserver, the running bridge. Or another program has its port or its database.", "Look after what the line names; the bridge is started again by itself.", true},
		{Software, "EX_SOFTWARE", "A fault of the bridge itself.", "Report it with the log; the bridge is started again by itself.", true},
		{CannotWrite, "EX_CANTCREAT", "A file cannot be written, or is there already and is not to be replaced.", "Make the folder that the line names writable for the bridge's user, make room there, or name another file.", false},
		{TryAgain, "EX_TEMPFAIL", "A passing failure.", "Nothing; the bridge is started again by itself.", true},
		{Refused, "EX_NOPERM", "Credentials are refused: a password of the database, the as_token at the homeserver, the hs_token of the homeserver. Or this user may not talk to the bridge, or copy its database.", "Set the credential that the line names, or run the command as the user that it names.", false},
		{Config, "EX_CONFIG", "The configuration is wrong. Every mistake is listed, one a line. Or a newer bridge has used the database, or made the backup.", "Change the keys that the lines name; `slack-bridge config check` tries again. For something newer, install the newer bridge.", false},
	}
}

// Error is an error that knows the code with which the process ends. Line is the
// one line an operator reads: what, where and the cure.
type Error struct {
	Code Code
	Line string
	// Err is the cause, if there is one. It is not part of the line.
	Err error
}

// New returns an Error whose line is formatted as by fmt.Errorf; an error given
// for %w is its cause.
func New(code Code, format string, args ...any) *Error {
	err := fmt.Errorf(format, args...)
	return &Error{Code: code, Line: err.Error(), Err: errors.Unwrap(err)}
}

// Error implements error: it is the Line.
func (e *Error) Error() string { return e.Line }

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// ExitCode returns the Code.
func (e *Error) ExitCode() Code { return e.Code }

// coder is an error that says its own exit code.
type coder interface {
	error
	ExitCode() Code
}

// Of returns the code with which a process ends because of err: OK for nil, the
// code that an error in its chain names, Software for an error that names none.
func Of(err error) Code {
	if err == nil {
		return OK
	}
	var coded coder
	if errors.As(err, &coded) {
		return coded.ExitCode()
	}
	return Software
}
