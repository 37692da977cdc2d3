//go:build stack

package stack_test

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"
)

// TestHost is the life of one machine: its first start with nothing but
// placeholders for secrets, then everything that an operator does with it. Each
// part makes sure of what it needs, so that any of them runs alone.
func TestHost(t *testing.T) {
	s := newSite(t)
	for _, part := range []struct {
		name string
		run  func(*testing.T, *site)
	}{
		{"first start", testFirstStart},
		{"secret files", testSecretFiles},
		{"hardening", testHardening},
		{"administrator", testAdministrator},
		{"tokens come", testTokensCome},
		{"messages", testMessages},
		{"accounts", testAccounts},
		{"web", testWeb},
		{"addresses", testAddresses},
		{"faces", testFaces},
		{"database", testDatabase},
		{"database in a file", testSQLite},
		{"monitoring", testMonitoring},
		{"stages", testStages},
		{"settings", testSettings},
		{"rotated token", testRotatedToken},
		{"unchanged switch", testUnchangedSwitch},
		{"changed registration", testChangedRegistration},
		{"misspelt setting", testMisspeltSetting},
		{"failing stage", testFailingStage},
		{"broken bridge", testBrokenBridge},
		{"older homeserver", testOldHomeserver},
		{"wrong key", testWrongKey},
		{"quickstart", testQuickstart},
		{"restore", testRestore},
		{"secret files after it all", testSecretFiles},
		{"secrets stay secret", testSecretsStaySecret},
	} {
		select {
		case <-s.machine.Ended():
			t.Fatalf("the machine has ended before %q; its console:\n%s", part.name, s.machine.Console())
		default:
		}
		ok := t.Run(part.name, func(t *testing.T) {
			s.watch(t)
			part.run(t, s)
		})
		if !ok && os.Getenv("STACK_HOLD") != "" {
			break
		}
	}
	if os.Getenv("STACK_HOLD") != "" {
		fmt.Fprintln(os.Stderr, "the machine is held; end it with: kill -KILL", s.machine.PID(), "\nlook around with:", strings.Join(s.machine.Enter("bash"), " "))
		<-s.machine.Ended()
	}
}

// watch shows what the units have said if the test fails.
func (s *site) watch(t *testing.T) {
	begin := time.Now()
	t.Cleanup(func() {
		if !t.Failed() {
			return
		}
		for _, unit := range watched {
			t.Logf("%s said:\n%s", unit, s.journal(t, unit, begin))
		}
		t.Log(s.lastLines(t))
	})
}
