package connector

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"go.mau.fi/util/configupgrade"
	"go.mau.fi/util/dbutil"
	"go.uber.org/zap"
	"golang.org/x/sync/semaphore"
	"maunium.net/go/mautrix/bridgev2"
	"maunium.net/go/mautrix/bridgev2/matrix"
	"maunium.net/go/mautrix/bridgev2/networkid"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"ops-jrz1/bridge/internal/database"
	"ops-jrz1/bridge/internal/face"
	"ops-jrz1/bridge/internal/inbox"
	"ops-jrz1/bridge/internal/matrixmedia"
	"ops-jrz1/bridge/internal/media"
	"ops-jrz1/bridge/internal/operator"
	"ops-jrz1/bridge/internal/settings"
	"ops-jrz1/bridge/internal/slackdb"
)

// Options are what a Connector is made of.
type Options struct {
	// Network is the configuration's section of that name.
	Network settings.Network
	// Backfill says what a new room gets of what was said before.
	Backfill settings.Backfill
	// AliasLocalpart names the alias of a public channel's room by the channel's
	// name.
	AliasLocalpart func(channel string) string
	// HTTP fetches Slack's avatars and calls its Web API; nil is a plain client.
	HTTP *http.Client
	// Encryption is the framework's end-to-bridge encryption, nil if that is off, and how far a
	// sender's device must be trusted.
	Encryption func() (matrix.Crypto, id.TrustState)
	// History reads back what is in rooms. Without it a send of unknown outcome is
	// repeated under its transaction id alone.
	History History
	// Faces are the links by which Slack fetches the pictures of Matrix people; nil if it
	// cannot.
	Faces *face.Links
	// Spool holds files while they are transferred, MaxFileSize is the size of the largest
	// that is, and Media uploads them to the homeserver. Without one of them a file from
	// Slack is a link.
	Spool       *media.Spool
	MaxFileSize int64
	Media       Media
	// ErrorNotices says that the sender of a message that Slack refuses is told so in the
	// room. The framework's own notices are switched off.
	ErrorNotices bool
	// Files are the homeserver's, which go to Slack.
	Files *matrixmedia.Repository
	// Status, if set, says how the bridge is, for the command of that name.
	Status operator.Asked
	// Doctor, if set, asks every hop how it is, for the command of that name.
	Doctor func(context.Context) (string, error)
	// Done, if set, is told how long each row of the inbox was there.
	Done func(source string, took time.Duration)
	// ForgetTold, if set, forgets which troubles an owner of a login was told of.
	ForgetTold func(context.Context, id.UserID) error
	// Log is for the parts that are not the framework's.
	Log *zap.Logger
}

// Connector is the Slack side of the bridge. Make it with New and hand it to
// bridgev2.NewBridge.
type Connector struct {
	options      Options
	bridge       *bridgev2.Bridge
	db           *slackdb.DB
	inbox        *inbox.Inbox
	opened       atomic.Pointer[inbox.Inbox] // inbox, for callers before Start
	attempts     attempts
	notPermitted *toldOnce
	noCommands   *toldOnce
	oneWay       *toldOnce
	mutes        *mutes
	selfTests    selfTests
	limits       *senderLimits
	ghosts       *locks[networkid.UserID]
	transfers    chan struct{} // holds a token for each file that is being transferred
	seen         *seen
	aliases      *lru[aliasAnswer]
	clients      *clients
	faces        relayFaces
	counts       *counts
	// unmade are the declared logins that could not be made.
	unmade unmade
	// optOuts are the people whose messages are not carried.
	optOuts optOuts
	// deletions are what must not come back, whichever login receives it.
	deletions *deletions
	// homes are the workspaces by which ghosts are named.
	homes *homes
	// moves are the channels that have other ids now.
	moves *moves
	// consents are the channels whose people were asked whether they may be bridged.
	consents *consents
	// uploads are the files that were brought to Slack, and sending bounds those on their way.
	uploads *uploads
	sending *semaphore.Weighted
	// restored is when the database was put back from a backup, the zero time if never.
	restored time.Time

	// relays guards the Relay of all portals, and which room they have, in addition to each portal's own
	// lock.
	relays sync.RWMutex
	// closures guards what is read of all portals without their own locks: Closed, ReadOnly, Restricted, Outside, and what
	// [Connector.shownIn] returns. It is held for changes in addition to each portal's own lock.
	closures sync.RWMutex

	handlers        map[string]handler
	messageHandlers map[string]messageHandler

	// background is what runs next to the logins: keeping the inbox small, and making
	// declared logins for which Slack did not answer at the start.
	background sync.WaitGroup
	stop       context.CancelFunc
	stopping   context.Context
}

var (
	_ bridgev2.NetworkConnector            = (*Connector)(nil)
	_ bridgev2.StoppableNetwork            = (*Connector)(nil)
	_ bridgev2.IdentifierValidatingNetwork = (*Connector)(nil)
)

// New returns a connector that does nothing before the bridge starts it.
func New(options Options) *Connector {
	if options.HTTP == nil {
		options.HTTP = &http.Client{}
	}
	if options.Log == nil {
		options.Log = zap.NewNop()
	}
	c := &Connector{
		options: options, ghosts: newLocks[networkid.UserID](), seen: newSeen(), aliases: newLRU[aliasAnswer](aliasesInMemory), clients: newClients(), counts: newCounts(), deletions: newDeletions(),
		moves: newMoves(), consents: newConsents(), homes: newHomes(), mutes: newMutes(), limits: newSenderLimits(options.Network.SenderLimit),
		handlers: eventHandlers(), messageHandlers: messageHandlers(),
		faces:   relayFaces{options.Faces, newLRU[struct{}](maxFaces)},
		uploads: newUploads(), sending: semaphore.NewWeighted(maxSending),
		notPermitted: newToldOnce(), noCommands: newToldOnce(), oneWay: newToldOnce(), transfers: make(chan struct{}, maxTransfers),
	}
	c.stopping, c.stop = context.WithCancel(context.Background())
	return c
}

// Init implements bridgev2.NetworkConnector.
func (c *Connector) Init(bridge *bridgev2.Bridge) {
	c.bridge = bridge
	c.addCommands()
}

// Start opens the connector's tables and makes the declared logins; the
// framework connects them afterwards.
func (c *Connector) Start(ctx context.Context) error {
	var err error
	if c.db, err = slackdb.Open(ctx, c.bridge.DB.Database, c.dbLog("slack")); err != nil {
		return bridgev2.DBUpgradeError{Section: "slack", Err: err}
	}
	if err := c.openInbox(ctx); err != nil {
		return bridgev2.DBUpgradeError{Section: "inbox", Err: err}
	}
	if err := c.deletions.load(ctx, c.db); err != nil {
		return err
	}
	if err := c.moves.load(ctx, c.db); err != nil {
		return err
	}
	if err := c.loadConsents(ctx); err != nil {
		return err
	}
	if err := c.uploads.load(ctx, c.db); err != nil {
		return err
	}
	if err := c.optOuts.load(ctx, c.db); err != nil {
		return err
	}
	if err := c.loadHomes(ctx); err != nil {
		return err
	}
	if err := c.mutes.load(ctx, c.db); err != nil {
		return err
	}
	c.restored = restoredAt(c.bridge.DB.KV.Get(ctx, database.RestoredKey))
	c.background.Go(c.pruneInbox)
	if err := c.declareLogins(ctx); err != nil {
		return fmt.Errorf("make the logins of network.logins: %w", err)
	}
	return nil
}

func (c *Connector) dbLog(section string) dbutil.DatabaseLogger {
	return dbutil.ZeroLogger(c.bridge.Log.With().Str("db_section", section).Logger())
}

// Stop implements bridgev2.StoppableNetwork: it is called after logins are
// disconnected and before the database is closed.
func (c *Connector) Stop() {
	c.stop()
	c.background.Wait()
	if c.inbox == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), closeTime)
	defer cancel()
	if err := c.inbox.Close(ctx); err != nil {
		c.bridge.Log.Warn().Err(err).Msg("The inbox was not closed cleanly; what was handled last may be looked at again")
	}
}

// closeTime is how long the last marks may take to be written.
const closeTime = 2 * time.Second

// GetName implements bridgev2.NetworkConnector.
func (c *Connector) GetName() bridgev2.BridgeName {
	return bridgev2.BridgeName{
		DisplayName:          "Slack",
		NetworkURL:           "https://slack.com",
		NetworkID:            "slack",
		BeeperBridgeType:     "slack",
		DefaultPort:          29319,
		DefaultCommandPrefix: "!slack",
	}
}

// GetCapabilities implements bridgev2.NetworkConnector.
func (c *Connector) GetCapabilities() *bridgev2.NetworkGeneralCapabilities {
	return &bridgev2.NetworkGeneralCapabilities{
		Provisioning: bridgev2.ProvisioningCapabilities{
			ResolveIdentifier: bridgev2.ResolveIdentifierCapabilities{CreateDM: true, LookupEmail: true, LookupUsername: true},
		},
	}
}

// GetBridgeInfoVersion implements bridgev2.NetworkConnector. Raise capabilities
// when GetCapabilities of a client says something new.
func (c *Connector) GetBridgeInfoVersion() (info, capabilities int) { return 1, 2 }

// GetConfig implements bridgev2.NetworkConnector. The configuration is read and
// checked by package settings, so the framework has none to offer.
func (c *Connector) GetConfig() (example string, data any, upgrader configupgrade.Upgrader) {
	return "", nil, nil
}

// serverName is the homeserver's.
func (c *Connector) serverName() string {
	if server, ok := c.bridge.Matrix.(bridgev2.MatrixConnectorWithServer); ok {
		return server.ServerName()
	}
	return ""
}

// roomLink is the matrix.to address of a room.
func (c *Connector) roomLink(room id.RoomID) string {
	return room.URI(c.serverName()).MatrixToURL()
}

// notice sends a notice to a room as the bridge's bot.
func (c *Connector) notice(ctx context.Context, room id.RoomID, text string) error {
	_, err := c.bridge.Bot.SendMessage(ctx, room, event.EventMessage, &event.Content{
		Parsed: &event.MessageEventContent{MsgType: event.MsgNotice, Body: text, Mentions: &event.Mentions{}},
	}, nil)
	if err != nil {
		return fmt.Errorf("say a notice in %s: %w", room, err)
	}
	return nil
}
