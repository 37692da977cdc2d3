// Package slackimport owns the way from an archive that Slack has exported to new rooms:
// which of its conversations can begin with it, and keeping them until the bridge makes
// their rooms. It must not know Slack's API or the homeserver, sends nothing, and changes
// nothing on a dry run.
//
// [Import] returns a [Report]. Each conversation is kept whole or not at all, and all may
// be repeated.
package slackimport

import (
	"context"
	"errors"
	"fmt"
	"time"

	"go.mau.fi/util/dbutil"
	"go.uber.org/zap"

	"ops-jrz1/bridge/internal/connector"
	"ops-jrz1/bridge/internal/database"
	"ops-jrz1/bridge/internal/exit"
	"ops-jrz1/bridge/internal/logging"
	"ops-jrz1/bridge/internal/settings"
	"ops-jrz1/bridge/internal/slackdb"
	"ops-jrz1/bridge/internal/slackexport"
)

// Options are what an import needs.
type Options struct {
	// Config is the bridge's configuration.
	Config *settings.Config
	// File is the archive.
	File string
	// DryRun says that nothing is changed.
	DryRun bool
}

// lockPatience is how long a process that has just ended may still have the database.
const lockPatience = 5 * time.Second

// Import keeps what an archive holds of the conversations that have no room yet.
func Import(ctx context.Context, options Options) (report *Report, err error) {
	archive, err := slackexport.Open(options.File)
	if err != nil {
		return nil, explain(err)
	}
	defer func() { err = errors.Join(err, archive.Close()) }()
	run := &run{options: options, archive: archive, report: &Report{File: options.File, Team: archive.Team(), DryRun: options.DryRun}}
	if options.DryRun {
		return run.report, explain(run.look(ctx))
	}
	return run.report, explain(run.write(ctx))
}

// explain is an error about the archive for an operator.
func explain(err error) error {
	switch {
	case errors.Is(err, slackexport.ErrForm):
		return exit.New(exit.Data, "%w; give the .zip file as Slack made it", err)
	case errors.Is(err, slackexport.ErrOpen):
		return exit.New(exit.Usage, "%w", err)
	}
	return err
}

// run is an import under way.
type run struct {
	options Options
	archive *slackexport.Archive
	report  *Report
}

// look says what an import would do.
func (r *run) look(ctx context.Context) (err error) {
	db, err := database.Look(ctx, r.options.Config)
	if errors.Is(err, database.ErrUnused) {
		return r.each(ctx, known{}, nil)
	}
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	known, err := readKnown(ctx, db)
	if err != nil {
		return err
	}
	return r.each(ctx, known, nil)
}

// write opens the bridge's database while no other process uses it, and keeps what the
// archive holds.
func (r *run) write(ctx context.Context) error {
	db, err := database.OpenAlone(ctx, r.options.Config, logging.Zerolog(zap.NewNop()), lockPatience)
	if err != nil {
		return err
	}
	err = r.writeInto(ctx, db.Database)
	if closing := db.Close(); err == nil {
		err = closing
	}
	if unlocking := db.Unlock(); err == nil {
		err = unlocking
	}
	return err
}

func (r *run) writeInto(ctx context.Context, db *dbutil.Database) error {
	own, err := slackdb.Open(ctx, db, nil)
	if err != nil {
		return err
	}
	known, err := readKnown(ctx, db)
	if err != nil {
		return err
	}
	return r.each(ctx, known, own)
}

// each looks at the archive's conversations one after the other. With a database it keeps
// those that it can.
func (r *run) each(ctx context.Context, known known, into *slackdb.DB) error {
	if why := r.refusedAltogether(known); why != "" {
		r.report.Refused = append(r.report.Refused, why)
		return nil
	}
	if into != nil {
		if err := connector.KeepPeople(ctx, into, r.report.Team, r.archive.Users); err != nil {
			return err
		}
	}
	r.report.leaveOut("people and conversations", r.archive.Unreadable)
	for _, conversation := range r.archive.Conversations {
		title := r.title(conversation)
		if why := r.refused(conversation, known); why != "" {
			r.report.Refused = append(r.report.Refused, title+": "+why)
			continue
		}
		messages, unreadable, err := r.archive.Messages(conversation)
		if errors.Is(err, slackexport.ErrForm) {
			r.report.Refused = append(r.report.Refused, fmt.Sprintf("%s: it is damaged: %s", title, err))
			continue
		}
		if err != nil {
			return err
		}
		r.report.leaveOut(title, unreadable)
		messages = connector.HistoryOf(messages)
		if len(messages) == 0 {
			r.report.Empty = append(r.report.Empty, title)
			continue
		}
		if into != nil {
			if err := connector.KeepArchive(ctx, into, r.report.Team, conversation.ID, messages); err != nil {
				return err
			}
		}
		r.report.Filled = append(r.report.Filled, count(title, conversation, messages))
	}
	return nil
}
