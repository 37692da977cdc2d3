package workspace

// Plan is what the workspace has paid for.
type Plan struct {
	// HiddenBefore is the timestamp before which messages are kept back, as on a
	// free plan; "" shows everything.
	HiddenBefore string `json:"hidden_before"`
}

// Hides says whether the plan keeps a message back.
func (p Plan) Hides(ts string) bool { return p.HiddenBefore != "" && ts < p.HiddenBefore }

// SetPlan changes the plan.
func (w *Workspace) SetPlan(p Plan) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.plan = p
}

// Plan returns the plan.
func (w *Workspace) Plan() Plan {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.plan
}
