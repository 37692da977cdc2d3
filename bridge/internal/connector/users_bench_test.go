package connector

import (
	"encoding/json"
	"fmt"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"

	"ops-jrz1/bridge/internal/slackdb"
	"ops-jrz1/bridge/internal/slackevent"
)

// BenchmarkPeopleInMemory is the heap for 10,000 people of a workspace: all that users.list
// says about them, as it was kept once, and what is kept about those seen last.
func BenchmarkPeopleInMemory(b *testing.B) {
	const workspace = 10_000
	user := func(n int) (user slackevent.User) {
		picture := func(size int) string {
			return fmt.Sprintf("https://avatars.slack-edge.com/2024-01-01/%012d_%020x_%d.png", n, n, size)
		}
		raw, err := json.Marshal(slackevent.User{
			ID: fmt.Sprintf("U%010d", n), TeamID: "T0ACME0001", Name: fmt.Sprintf("person.%d", n), RealName: fmt.Sprintf("Person %d", n),
			Color: "9f69e7", TZ: "Europe/London", TZLabel: "Greenwich Mean Time",
			Profile: slackevent.Profile{
				DisplayName: fmt.Sprintf("person %d", n), DisplayNameNormalized: fmt.Sprintf("person %d", n),
				RealName: fmt.Sprintf("Person %d", n), RealNameNormalized: fmt.Sprintf("Person %d", n),
				FirstName: "Person", LastName: fmt.Sprint(n), Title: "Engineer", Email: fmt.Sprintf("person.%d@example.com", n),
				AvatarHash: fmt.Sprintf("%012x", n), ImageOriginal: picture(0), Image24: picture(24), Image32: picture(32),
				Image48: picture(48), Image72: picture(72), Image192: picture(192), Image512: picture(512), Image1024: picture(1024),
			},
		})
		require.NoError(b, err)
		require.NoError(b, json.Unmarshal(raw, &user))
		return user
	}
	for name, fill := range map[string]func() any{
		"everybody": func() any {
			users := map[string]slackevent.User{}
			for n := range workspace {
				known := user(n)
				users[known.ID] = known
			}
			return users
		},
		"who was seen last": func() any {
			seen := newLRU[slackdb.Person](peopleInMemory)
			for n := range workspace {
				known := personOf(user(n))
				seen.put(known.ID, known)
			}
			return seen
		},
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				before := heap()
				kept := fill()
				b.ReportMetric(float64(heap()-before), "heap-B")
				runtime.KeepAlive(kept)
			}
		})
	}
}

// heap is how much of it is in use.
func heap() int64 {
	runtime.GC()
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return int64(stats.HeapAlloc) // far below the limit
}
