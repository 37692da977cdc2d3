package limit

// GateCount tells tests how many gates are remembered.
func GateCount(l *Limiter) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.gates)
}
