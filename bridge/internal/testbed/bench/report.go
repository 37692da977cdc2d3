package bench

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"time"
)

// place is the homeserver that a measurement used.
type place string

const (
	atOnce        place = "a homeserver that answers at once"
	behindSynapse place = "Synapse"
)

type sampleKey struct {
	place    place
	database Database
	program  string
	measure  measure
}

// Report is what was measured.
type Report struct {
	programs []program
	sizes    sizes
	samples  map[sampleKey][]float64
	counted  map[Database][]count
	// head says which commit it was, where and when.
	head []string
	// missing are the parts that were not measured to their end.
	missing []string
}

func newReport(ctx context.Context, root string, programs []program, s sizes) (*Report, error) {
	commit, err := git(ctx, root, "describe", "--always", "--dirty", "--exclude=*")
	if err != nil {
		return nil, fmt.Errorf("find out which commit this is: %w", err)
	}
	machine, err := describeMachine(ctx)
	if err != nil {
		return nil, err
	}
	return &Report{
		programs: programs, sizes: s, samples: map[sampleKey][]float64{}, counted: map[Database][]count{},
		head: []string{
			"commit: " + commit, "date: " + time.Now().UTC().Format("2 January 2006"), machine,
		},
	}, nil
}

// describeMachine says what the figures depend on, without a name or a path.
func describeMachine(ctx context.Context) (string, error) {
	info, err := os.ReadFile("/proc/cpuinfo")
	if err != nil {
		return "", fmt.Errorf("describe the machine: %w", err)
	}
	model := "unknown CPU"
	for line := range strings.Lines(string(info)) {
		if key, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(key) == "model name" {
			model = strings.TrimSpace(value)
			break
		}
	}
	memory, err := os.ReadFile("/proc/meminfo")
	if err != nil {
		return "", fmt.Errorf("describe the machine: %w", err)
	}
	var kilobytes int64
	if _, err := fmt.Sscanf(string(memory), "MemTotal: %d kB", &kilobytes); err != nil {
		return "", fmt.Errorf("describe the machine: %w", err)
	}
	kernel, err := exec.CommandContext(ctx, "uname", "-sr").Output()
	if err != nil {
		return "", fmt.Errorf("describe the machine: %w", err)
	}
	load, err := loadAverage()
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("machine: %d cores (%s), %d GiB, %s, %s; load at the start %s",
		runtime.NumCPU(), model, kilobytes>>20, strings.TrimSpace(string(kernel)), runtime.Version(), load), nil
}

func loadAverage() (string, error) {
	text, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return "", fmt.Errorf("describe the machine: %w", err)
	}
	load, _, _ := strings.Cut(string(text), " ")
	return load, nil
}

func (r *Report) add(at place, database Database, program string, m measure, value float64) {
	key := sampleKey{at, database, program, m}
	r.samples[key] = append(r.samples[key], value)
}

// lacks notes that a part was not measured, or not to its end.
func (r *Report) lacks(part string) { r.missing = append(r.missing, part) }

// end notes the machine's load at the end, and what was not measured.
func (r *Report) end() error {
	load, err := loadAverage()
	if err == nil {
		r.head[len(r.head)-1] += ", at the end " + load
	}
	if len(r.missing) > 0 {
		r.head = append(r.head, "**not measured to the end: "+strings.Join(r.missing, ", ")+"**")
	}
	return err
}

// median of the rounds; ok is false where nothing was measured.
func (r *Report) median(at place, database Database, program string, m measure) (value float64, ok bool) {
	return median(r.samples[sampleKey{at, database, program, m}])
}

func median(values []float64) (value float64, ok bool) {
	if len(values) == 0 {
		return 0, false
	}
	values = slices.Sorted(slices.Values(values))
	middle := len(values) / 2
	if len(values)%2 == 0 {
		return (values[middle-1] + values[middle]) / 2, true
	}
	return values[middle], true
}

// ratio says how many times as good as another program this one is: the median over
// pairs of measurements that were made one after the other.
func (r *Report) ratio(at place, database Database, other string, m measure) (float64, bool) {
	mine := r.samples[sampleKey{at, database, r.programs[0].name, m}]
	theirs := r.samples[sampleKey{at, database, other, m}]
	if len(mine) != len(theirs) {
		return 0, false
	}
	var ratios []float64
	for i := range mine {
		good, than := mine[i], theirs[i]
		if !kindOf(m).more {
			good, than = than, good
		}
		if than == 0 {
			return 0, false
		}
		ratios = append(ratios, good/than)
	}
	return median(ratios)
}
