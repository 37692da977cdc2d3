package matrixin

import (
	"strconv"

	"go.uber.org/zap"
)

// maxGap is more transactions than are ever left out at once. Larger steps are
// those of a homeserver whose ids are numbers without being a count.
const maxGap = 100

// gaps watches the ids of a homeserver that counts its transactions for one that
// was left out.
//
// Synapse leaves one out when it is made in the moment in which a bridge that was
// away is found to be back: it is stored as for a bridge that is away, and looked
// at again only after the next failure (synapse/appservice/scheduler.py: retry
// finds no unsent transaction, another is stored, on_recovered ends the recovery).
// So the transaction after a gap is refused once, and Synapse begins again with the
// oldest one it has not delivered: nothing is lost, and the order is kept.
//
// Synapse counts for all its appservices together, and its counter may skip a
// number: when the refused transaction comes again and none came before it, gaps
// mean nothing here and are not looked at any more.
type gaps struct {
	last    int64 // the number of the newest transaction taken; 0: none yet
	refused int64 // the transaction that was refused, until another was taken; 0: none
	pass    bool  // gaps mean nothing here
}

// misses says whether a transaction must be refused, because the one before it is
// missing.
func (g *gaps) misses(txnID string, log *zap.Logger) bool {
	number, err := strconv.ParseInt(txnID, 10, 64)
	if err != nil || g.pass || g.last == 0 || number <= g.last+1 || number > g.last+maxGap {
		return false
	}
	if number == g.refused {
		g.pass = true
		log.Info("No transaction was missing: the homeserver does not count this bridge's alone; its gaps are not looked at any more")
		return false
	}
	g.refused = number
	log.Warn("The homeserver has left a transaction out; the next one is refused once, so that it sends what is missing",
		zap.Int64("last", g.last), zap.Int64("refused", number))
	return true
}

// received notes an acknowledged transaction.
func (g *gaps) received(txnID string) {
	if number, err := strconv.ParseInt(txnID, 10, 64); err == nil {
		g.last, g.refused = number, 0
	}
}
