package calls

import (
	"bytes"
	"cmp"
	"runtime/pprof"
	"slices"
	"strings"
	"time"

	"github.com/google/pprof/profile"
)

// Share is a part of the time.
type Share struct {
	What string  `json:"what"`
	Part float64 `json:"part"` // of 1
}

// Profile tells where the time of a way goes under load: the CPU profile, each sample counted for the part of the program in which
// it was taken, or that called the runtime there.
func Profile(w Way, load Load, d time.Duration) ([]Share, error) {
	r, err := newRig(w, load)
	if err != nil {
		return nil, err
	}
	defer r.close()
	var out bytes.Buffer
	if err := pprof.StartCPUProfile(&out); err != nil {
		return nil, err
	}
	_, err = r.closed(d)
	pprof.StopCPUProfile()
	if err != nil {
		return nil, err
	}
	p, err := profile.Parse(&out)
	if err != nil {
		return nil, err
	}
	return shares(p), nil
}

func shares(p *profile.Profile) []Share {
	parts, total := make(map[string]float64), 0.0
	for _, s := range p.Sample {
		parts[part(s)] += float64(s.Value[1])
		total += float64(s.Value[1])
	}
	var all []Share
	for what, n := range parts {
		all = append(all, Share{what, n / total})
	}
	slices.SortFunc(all, func(a, b Share) int { return cmp.Compare(b.Part, a.Part) })
	return all
}

// parts are what a function belongs to, by the beginning of its name. The first that fits a function of the stack, from the
// innermost outwards, counts.
var parts = []struct{ prefix, what string }{
	{"internal/runtime/syscall", "system calls"},
	{"syscall.", "system calls"},
	{"runtime/internal/syscall", "system calls"},
	{"runtime.futex", "scheduler"},
	{"runtime.mallocgc", "memory"},
	{"runtime.gc", "memory"},
	{"runtime.bgsweep", "memory"},
	{"runtime.schedule", "scheduler"},
	{"runtime.park_m", "scheduler"},
	{"runtime.gopark", "scheduler"},
	{"runtime.goready", "scheduler"},
	{"runtime.ready", "scheduler"},
	{"runtime.mcall", "scheduler"},
	{"runtime.mstart", "scheduler"},
	{"runtime.netpoll", "scheduler"},
	{"runtime.Gosched", "scheduler"},
	{"runtime.chan", "channels and locks"},
	{"runtime.selectgo", "channels and locks"},
	{"runtime.send", "channels and locks"},
	{"runtime.recv", "channels and locks"},
	{"internal/sync.", "channels and locks"},
	{"sync.", "channels and locks"},
	{"internal/poll.", "package net"},
	{"net.", "package net"},
	{"time.", "the clock"},
	{"github.com/demarc-go/demarc/peers/", "the benchmark"},
	{"github.com/demarc-go/demarc/codec", "codec"},
	{"github.com/vmihailenco/", "codec"},
	{"github.com/demarc-go/demarc/frame", "frame"},
	{"github.com/demarc-go/demarc/transport", "transport"},
}

func part(s *profile.Sample) string {
	for _, l := range s.Location {
		for _, line := range l.Line {
			for _, p := range parts {
				if strings.HasPrefix(line.Function.Name, p.prefix) {
					return p.what
				}
			}
		}
	}
	return "the rest"
}
