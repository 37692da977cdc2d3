package slackfmt

// dataVisualization reads a chart as the table of its numbers (Slack docs: "Data
// visualization block").
func (r *slackReader) dataVisualization(b object) []block {
	chart := b.object("chart")
	out := asHeading(r.words(b["title"]))
	shown := r.segments(chart.list("segments"))
	if len(shown) == 0 {
		shown = r.series(chart)
	}
	if len(shown) == 0 {
		shown = r.anything(chart)
	}
	if len(shown) == 0 {
		r.partial = true
	}
	return append(out, shown...)
}

// segments are the slices of a pie.
func (r *slackReader) segments(segments []object) []block {
	t := table{}
	for _, segment := range segments {
		t.rows = append(t.rows, [][]inline{r.words(segment["label"]), plainRuns(segment.str("value"))})
	}
	if len(t.rows) == 0 {
		return nil
	}
	return []block{t}
}

// series are numbers by category: a row for each category, a column for each
// series.
func (r *slackReader) series(chart object) []block {
	series, axes := chart.list("series"), chart.object("axis_config")
	if len(series) == 0 {
		return nil
	}
	categories := axes.strings("categories")
	values := map[string][]string{}
	for _, category := range categories {
		values[category] = make([]string, len(series))
	}
	head := [][]inline{r.words(axes["x_label"])}
	for i, s := range series {
		head = append(head, r.words(s["name"]))
		for _, point := range s.list("data") {
			label := point.str("label")
			if values[label] == nil {
				categories = append(categories, label)
				values[label] = make([]string, len(series))
			}
			values[label][i] = point.str("value")
		}
	}
	t := table{header: true, rows: [][][]inline{head}}
	for _, category := range categories {
		row := [][]inline{r.label(category)}
		for _, value := range values[category] {
			row = append(row, plainRuns(value))
		}
		t.rows = append(t.rows, row)
	}
	return append(asParagraph(r.words(axes["y_label"])), t)
}
