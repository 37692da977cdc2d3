// The program of the tests: it reaches send-row five times and says so.
package main

import (
	"fmt"
	"time"

	"ops-jrz1/bridge/internal/failpoint"
)

func main() {
	for i := range 5 {
		fmt.Println("before", i+1)
		failpoint.Hit(failpoint.RowDone)
		failpoint.Hit(failpoint.SendRow)
	}
	fmt.Println("jumped", time.Until(failpoint.Now()).Round(time.Hour))
}
