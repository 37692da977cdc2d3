package slackdb

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"go.mau.fi/util/dbutil"
	"maunium.net/go/mautrix/bridgev2/networkid"
)

// Person is a user or bot of Slack, as far as a ghost shows it.
type Person struct {
	ID string
	// Team is the workspace that they are of.
	Team string

	Name, RealName, DisplayName, FirstName, LastName, Title string
	// Picture is the address of their picture, or "".
	Picture string

	// StatusText and StatusEmoji are their status, until a time; the zero time is until it changes.
	StatusText, StatusEmoji string
	StatusUntil             time.Time

	IsBot, IsAppUser, Deleted bool
	// Role is what they may do in their workspace.
	Role Role
	// Updated is when they changed last, in whole seconds, by Slack's clock; the zero
	// time if Slack did not say. Fetched is when Slack said all this.
	Updated, Fetched time.Time
}

// Role is what a person may do in their workspace.
type Role string

// The roles that matter to rooms. Members and guests have none.
const (
	RoleOwner Role = "owner"
	RoleAdmin Role = "admin"
)

// PutPerson stores what Slack says of a person to an app in a workspace. What is older
// than what is stored changes nothing but the time at which Slack was asked, and
// returns false.
func (db *DB) PutPerson(ctx context.Context, team string, p Person) (news bool, err error) {
	result, err := db.db.Exec(ctx, `
		INSERT INTO slack_person (team_id, person_id, home_team, name, real_name, display_name, first_name, last_name,
			title, picture, is_bot, is_app_user, deleted, updated_s, fetched_ms, role,
			status_text, status_emoji, status_until_s)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19)
		ON CONFLICT (team_id, person_id) DO UPDATE SET home_team=excluded.home_team, name=excluded.name,
			real_name=excluded.real_name, display_name=excluded.display_name, first_name=excluded.first_name,
			last_name=excluded.last_name, title=excluded.title, picture=excluded.picture, is_bot=excluded.is_bot,
			is_app_user=excluded.is_app_user, deleted=excluded.deleted, fetched_ms=excluded.fetched_ms, role=excluded.role,
			status_text=excluded.status_text, status_emoji=excluded.status_emoji, status_until_s=excluded.status_until_s,
			updated_s=CASE WHEN excluded.updated_s=0 THEN slack_person.updated_s ELSE excluded.updated_s END
		WHERE excluded.updated_s=0 OR excluded.updated_s>=slack_person.updated_s`,
		team, p.ID, p.Team, p.Name, p.RealName, p.DisplayName, p.FirstName, p.LastName,
		p.Title, p.Picture, p.IsBot, p.IsAppUser, p.Deleted, seconds(p.Updated), p.Fetched.UnixMilli(), p.Role,
		p.StatusText, p.StatusEmoji, seconds(p.StatusUntil))
	if err != nil {
		return false, fmt.Errorf("store what Slack says of %s: %w", p.ID, err)
	}
	changed, err := result.RowsAffected()
	if err != nil {
		return false, fmt.Errorf("store what Slack says of %s: %w", p.ID, err)
	}
	if changed == 0 {
		return false, db.TouchPerson(ctx, team, p.ID, p.Fetched)
	}
	return true, nil
}

// TouchPerson notes when Slack was asked for a person last, without news.
func (db *DB) TouchPerson(ctx context.Context, team, person string, fetched time.Time) error {
	_, err := db.db.Exec(ctx, `UPDATE slack_person SET fetched_ms=$3 WHERE team_id=$1 AND person_id=$2 AND fetched_ms<$3`,
		team, person, fetched.UnixMilli())
	return wrap(err, "note when Slack was asked for %s", person)
}

// Person returns what Slack said of a person; ok is false if it never did.
func (db *DB) Person(ctx context.Context, team, person string) (p Person, ok bool, err error) {
	var updated, fetched, until int64
	p.ID = person
	err = db.db.QueryRow(ctx, `SELECT home_team, name, real_name, display_name, first_name, last_name, title, picture,
			is_bot, is_app_user, deleted, updated_s, fetched_ms, role, status_text, status_emoji, status_until_s
		FROM slack_person WHERE team_id=$1 AND person_id=$2`, team, person).
		Scan(&p.Team, &p.Name, &p.RealName, &p.DisplayName, &p.FirstName, &p.LastName, &p.Title, &p.Picture,
			&p.IsBot, &p.IsAppUser, &p.Deleted, &updated, &fetched, &p.Role,
			&p.StatusText, &p.StatusEmoji, &until)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return Person{}, false, nil
	case err != nil:
		return Person{}, false, fmt.Errorf("look up %s: %w", person, err)
	}
	if updated != 0 {
		p.Updated = time.Unix(updated, 0)
	}
	if until != 0 {
		p.StatusUntil = time.Unix(until, 0)
	}
	p.Fetched = time.UnixMilli(fetched)
	return p, true, nil
}

// EndedStatuses are the people whose statuses have ended and are stored.
func (db *DB) EndedStatuses(ctx context.Context, team string, now time.Time) ([]string, error) {
	rows, err := db.db.Query(ctx, `SELECT person_id FROM slack_person WHERE team_id=$1 AND status_until_s>0 AND status_until_s<=$2`, team, now.Unix())
	people, err := dbutil.NewRowIterWithError(rows, dbutil.ScanSingleColumn[string], err).AsList()
	return people, wrap(err, "look up whose statuses have ended")
}

// EndStatus forgets a person's status if it has ended.
func (db *DB) EndStatus(ctx context.Context, team, person string, now time.Time) error {
	_, err := db.db.Exec(ctx, `UPDATE slack_person SET status_text='', status_emoji='', status_until_s=0
		WHERE team_id=$1 AND person_id=$2 AND status_until_s>0 AND status_until_s<=$3`, team, person, now.Unix())
	return wrap(err, "forget the status of %s", person)
}

func seconds(at time.Time) int64 {
	if at.IsZero() {
		return 0
	}
	return at.Unix()
}

// KnownPeople returns those of some people of whom something is stored.
func (db *DB) KnownPeople(ctx context.Context, team string, people []string) ([]string, error) {
	var known []string
	for some := range slices.Chunk(people, maxListed) {
		places, args := listed(some, team)
		rows, err := db.db.Query(ctx, `SELECT person_id FROM slack_person WHERE team_id=$1 AND person_id IN (`+places+`)`, args...)
		list, err := dbutil.NewRowIterWithError(rows, dbutil.ScanSingleColumn[string], err).AsList()
		if err != nil {
			return nil, wrap(err, "look up which people are known")
		}
		known = append(known, list...)
	}
	return known, nil
}

// Speakers returns those of some ghosts that have said something, the one who spoke last
// first. It reads the framework's tables.
func (db *DB) Speakers(ctx context.Context, ghosts []networkid.UserID) ([]networkid.UserID, error) {
	type speaker struct {
		id   networkid.UserID
		last int64
	}
	var all []speaker
	for some := range slices.Chunk(ghosts, maxListed) {
		places, args := listed(some)
		rows, err := db.db.Query(ctx, `SELECT sender_id, MAX(timestamp) FROM message WHERE sender_id IN (`+places+`)
			GROUP BY sender_id`, args...)
		list, err := dbutil.NewRowIterWithError(rows, func(row dbutil.Scannable) (s speaker, err error) {
			return s, row.Scan(&s.id, &s.last)
		}, err).AsList()
		if err != nil {
			return nil, wrap(err, "look up who spoke last")
		}
		all = append(all, list...)
	}
	slices.SortFunc(all, func(a, b speaker) int { return cmp.Compare(b.last, a.last) })
	var ids []networkid.UserID
	for _, s := range all {
		ids = append(ids, s.id)
	}
	return ids, nil
}

// maxListed is how many elements of a list are in one query: databases limit them, SQLite to 32,766.
const maxListed = 10_000

// listed returns the placeholders of a list's elements, numbered after the arguments in
// before, and all the arguments.
func listed[T ~string](list []T, before ...any) (places string, args []any) {
	marks := make([]string, len(list))
	args = before
	for i, element := range list {
		args = append(args, element)
		marks[i] = fmt.Sprintf("$%d", len(args))
	}
	return strings.Join(marks, ", "), args
}

// Stranger is a person of another workspace than the one whose app sees them.
type Stranger struct{ Team, ID, Home string }

// Strangers are the people of other workspaces of whom something is stored.
func (db *DB) Strangers(ctx context.Context) ([]Stranger, error) {
	rows, err := db.db.Query(ctx, `SELECT team_id, person_id, home_team FROM slack_person WHERE home_team<>'' AND home_team<>team_id`)
	list, err := dbutil.NewRowIterWithError(rows, func(row dbutil.Scannable) (s Stranger, err error) {
		return s, row.Scan(&s.Team, &s.ID, &s.Home)
	}, err).AsList()
	return list, wrap(err, "look up the people of other workspaces")
}
