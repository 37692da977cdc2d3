package slackfmt

// walk calls visit for every run of a document; the text of code is one run in
// code style.
func walk(blocks []block, visit func(inline)) {
	each := func(runs []inline) {
		for _, run := range runs {
			visit(run)
		}
	}
	for _, b := range blocks {
		switch b := b.(type) {
		case paragraph:
			each(b.runs)
		case heading:
			each(b.runs)
		case codeBlock:
			each(codeRuns(b.text))
		case quote:
			walk(b.blocks, visit)
		case list:
			for _, item := range b.items {
				walk(item, visit)
			}
		case table:
			for _, row := range b.rows {
				for _, cell := range row {
					each(cell)
				}
			}
		}
	}
}

// rewrite applies change to all runs of a document; the text of code is one run
// in code style.
func rewrite(blocks []block, change func([]inline) []inline) []block {
	out := make([]block, len(blocks))
	for i, b := range blocks {
		switch b := b.(type) {
		case paragraph:
			out[i] = paragraph{change(b.runs)}
		case heading:
			out[i] = heading{b.level, change(b.runs)}
		case quote:
			out[i] = quote{rewrite(b.blocks, change)}
		case list:
			items := make([][]block, len(b.items))
			for j, item := range b.items {
				items[j] = rewrite(item, change)
			}
			out[i] = list{b.ordered, b.start, items}
		case table:
			rows := make([][][]inline, len(b.rows))
			for j, row := range b.rows {
				rows[j] = make([][]inline, len(row))
				for k, cell := range row {
					rows[j][k] = change(cell)
				}
			}
			out[i] = table{b.header, rows}
		case codeBlock:
			out[i] = codeBlock{runsText(change(codeRuns(b.text))), b.language}
		default:
			out[i] = b
		}
	}
	return out
}

// codeRuns is literal text in code style.
func codeRuns(text string) []inline { return []inline{{text: text, style: style{code: true}}} }
