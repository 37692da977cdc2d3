package main

import (
	"errors"
	"fmt"
	"strings"

	"ops-jrz1/tests/features"
)

// module is what the import paths of this repository begin with.
const module = "ops-jrz1"

// prove sees that each sub-test passed in this run that a row of the table relies on.
func prove(table string, to *report) {
	rows, err := features.Load(table)
	if err != nil {
		to.broke("the table of features", err)
		return
	}
	if missing := features.Unproven(rows, module, to.seen); len(missing) > 0 {
		to.broke("the table of features", errors.New("these sub-tests did not pass in this run\n"+strings.Join(missing, "\n")))
		return
	}
	shown := 0
	for _, row := range rows {
		if len(row.Tests) > 0 {
			shown++
		}
	}
	fmt.Fprintf(to.out, "ok  %4d of %d rows of %s have their sub-tests in this run\n", shown, len(rows), features.File)
}
