package main

import (
	"context"
	"errors"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/rs/zerolog"
	bridgedb "maunium.net/go/mautrix/bridgev2/database"
	"maunium.net/go/mautrix/bridgev2/networkid"

	"ops-jrz1/bridge/internal/connector"
	"ops-jrz1/bridge/internal/database"
	"ops-jrz1/bridge/internal/inbox"
	"ops-jrz1/bridge/internal/settings"
	"ops-jrz1/bridge/internal/slackdb"
)

// fillInbox is `fill CONFIG`: a bridge ran on the configuration's database and stopped.
// It left a message from #general parked, with an answer to it, something of a login
// that is gone, a message from #general's room, and a command to the bot.
func fillInbox(ts *testscript.TestScript, _ bool, args []string) {
	ctx := context.Background()
	config, problems := settings.Read(ts.MkAbs(args[0]))
	ts.Check(problems.Err())
	db, err := database.OpenAlone(ctx, config, zerolog.Nop(), 0)
	ts.Check(err)
	_, err = slackdb.Open(ctx, db.Database, nil)
	ts.Check(err)
	box, err := inbox.Open(ctx, inbox.Options{DB: db.Database})
	ts.Check(err)
	portals := bridgedb.New("", (*connector.Connector)(nil).GetDBMetaTypes(), db.Database).Portal
	ts.Check(portals.Insert(ctx, &bridgedb.Portal{
		PortalKey: networkid.PortalKey{ID: "T1-C1"}, MXID: "!general:engines.test", Name: "#general", Metadata: &connector.PortalMetadata{},
	}))
	message := func(key, text string) []byte {
		return []byte(`{"type":"event_callback","token":"verification-0123456789","event":{"type":"message","channel":"C1","ts":"` + key + `","text":"` + text + `"}}`)
	}
	put := func(rows ...inbox.Row) {
		_, err := box.Put(ctx, rows...)
		ts.Check(err)
	}
	put(inbox.Row{Source: "slack:T1-U1", Key: "message C1 1.1", Lane: "T1/C1", Kind: "event", Self: "C1 1.1", Payload: message("1.1", "hello")},
		inbox.Row{Source: "slack:T1-U1", Key: "message C1 1.2", Lane: "T1/C1", Kind: "event", About: "C1 1.1", Payload: message("1.2", "an answer")})
	parkAll(ts, box, "slack:T1-U1", "M_FORBIDDEN: the ghost is banned")
	put(inbox.Row{Source: "slack:T1-U2", Key: "Ev1", Lane: "T1/C9", Kind: "event", Payload: message("2.1", "gone")})
	ts.Check(box.ParkSource(ctx, "slack:T1-U2", "its login is gone"))
	event := func(room, text string) []byte {
		return []byte(`{"type":"m.room.message","room_id":"` + room + `","event_id":"$1","sender":"@ada:engines.test","content":{"msgtype":"m.text","body":"` + text + `"}}`)
	}
	put(inbox.Row{Source: "matrix", Key: "$1", Lane: "!general:engines.test", Kind: "event", Payload: event("!general:engines.test", "hi")},
		inbox.Row{Source: "matrix", Key: "$2", Lane: "!bot:engines.test", Kind: "event", Payload: event("!bot:engines.test", "my secret answer")},
		inbox.Row{Source: "matrix", Key: "$3", Lane: "!general:engines.test", Kind: "event", Payload: event("!general:engines.test", "!slack login my secret")})
	ts.Check(box.Close(ctx))
	ts.Check(db.Close())
	ts.Check(db.Unlock())
}

// parkAll has the rows of a source handled until all are parked.
func parkAll(ts *testscript.TestScript, box *inbox.Inbox, source, reason string) {
	ctx, stop := context.WithTimeout(context.Background(), time.Minute)
	defer stop()
	handle := func(context.Context, *inbox.Attempt) error { return inbox.Park(errors.New(reason)) }
	ended := make(chan error, 1)
	go func() { ended <- box.Run(ctx, source, handle, inbox.Policy{}) }()
	for box.Waiting(source) > 0 && ctx.Err() == nil {
		time.Sleep(time.Millisecond)
	}
	ts.Check(ctx.Err())
	stop()
	ts.Check(<-ended)
}

// holdDatabase is `hold CONFIG`: another process uses the configuration's database until
// `release`.
func holdDatabase(ts *testscript.TestScript, _ bool, args []string) {
	config, problems := settings.Read(ts.MkAbs(args[0]))
	ts.Check(problems.Err())
	db, err := database.OpenAlone(context.Background(), config, zerolog.Nop(), 0)
	ts.Check(err)
	ts.Defer(func() { ts.Check(errors.Join(db.Close(), db.Unlock())) })
}
