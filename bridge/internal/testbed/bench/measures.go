package bench

// measure is one thing that is measured, a line of the report.
type measure string

const (
	fromOne       measure = "Slack → Matrix, one channel"
	fromTen       measure = "Slack → Matrix, ten channels"
	toOne         measure = "Matrix → Slack, one room"
	toTen         measure = "Matrix → Slack, ten rooms"
	fromOneCPU    measure = "CPU, Slack → Matrix, one channel"
	fromTenCPU    measure = "CPU, Slack → Matrix, ten channels"
	toOneCPU      measure = "CPU, Matrix → Slack, one room"
	toTenCPU      measure = "CPU, Matrix → Slack, ten rooms"
	fromPacedP50  measure = "Slack → Matrix at 10/s, median"
	fromPacedP99  measure = "Slack → Matrix at 10/s, p99"
	toPacedP50    measure = "Matrix → Slack at 10/s, median"
	toPacedP99    measure = "Matrix → Slack at 10/s, p99"
	burstAck      measure = "burst of 2,000: ack, p99"
	burstRepeats  measure = "burst of 2,000: deliveries repeated"
	burstSQLFrom  measure = "statements, Slack → Matrix, burst of 1,000"
	burstSQLTo    measure = "statements, Matrix → Slack, burst of 1,000"
	pacedSQLFrom  measure = "statements, Slack → Matrix at 10/s"
	pacedSQLTo    measure = "statements, Matrix → Slack at 10/s"
	restarted     measure = "restart until connected to Slack"
	memoryIdle    measure = "resident memory, ten channels, idle"
	memoryMost    measure = "resident memory, most during the bursts"
	firstFifty    measure = "first login, 50 channels"
	firstHundreds measure = "first login, 500 channels"

	withHistoryP50    measure = "first login with history, 500 channels: Slack → Matrix at 10/s, median"
	withHistoryP99    measure = "first login with history, 500 channels: Slack → Matrix at 10/s, p99"
	withoutHistoryP50 measure = "first login without history, 500 channels: Slack → Matrix at 10/s, median"
	withoutHistoryP99 measure = "first login without history, 500 channels: Slack → Matrix at 10/s, p99"

	rawOne measure = "the homeserver alone: sends, one room"
	rawTen measure = "the homeserver alone: sends, ten rooms"
)

// kind is how a measure is written.
type kind struct {
	unit string
	// more says that more is better.
	more bool
	// digits after the point.
	digits int
}

func kindOf(m measure) kind {
	switch m {
	case fromOne, fromTen, toOne, toTen, rawOne, rawTen:
		return kind{"/s", true, 0}
	case fromOneCPU, fromTenCPU, toOneCPU, toTenCPU:
		return kind{"ms each", false, 2}
	case fromPacedP50, fromPacedP99, toPacedP50, toPacedP99, burstAck, withHistoryP50, withHistoryP99, withoutHistoryP50, withoutHistoryP99:
		return kind{"ms", false, 1}
	case burstSQLFrom, burstSQLTo, pacedSQLFrom, pacedSQLTo:
		return kind{"each", false, 2}
	case burstRepeats:
		return kind{"", false, 0}
	case memoryIdle, memoryMost:
		return kind{"MiB", false, 0}
	default:
		return kind{"s", false, 2}
	}
}

// goal is the target of a measure: at least so many times as good as the program that
// it is compared with, or a bound.
type goal struct {
	measure  measure
	database Database
	// times is the ratio that is wanted, 0 where most is.
	times float64
	most  float64
}

// goals are those of the design: what the queue costs compared with the commit before it.
func goals() []goal {
	all := []goal{
		{measure: fromTen, database: SQLite, times: 1.8},
		{measure: toOne, database: SQLite, times: 1.5},
		{measure: fromTen, database: PostgreSQL, times: 3},
		{measure: toOne, database: PostgreSQL, times: 2.5},
	}
	for _, database := range []Database{SQLite, PostgreSQL} {
		all = append(
			all, goal{measure: burstAck, database: database, most: 1000}, goal{measure: burstRepeats, database: database},
			goal{measure: burstSQLFrom, database: database, most: 5}, goal{measure: burstSQLTo, database: database, most: 5},
			goal{measure: pacedSQLFrom, database: database, most: 7}, goal{measure: pacedSQLTo, database: database, most: 7},
			goal{measure: withHistoryP50, database: database, most: 300},
		)
	}
	return all
}
