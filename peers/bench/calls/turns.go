package calls

import (
	"fmt"
	"reflect"
	"slices"
	"time"
)

// Plan says how long is measured.
type Plan struct {
	Rounds int           // turns of each way
	Turn   time.Duration // how long one is
	Failed func(error)   // is told when a peer fails, and is left out; nil means that nobody may fail
}

// Closed lets ways take turns under load: one turn each, and again, so that what else the machine does hurts all of them alike. It
// returns for each the medians of its turns.
func Closed(ways []Way, load Load, plan Plan) (map[string]Sample, error) {
	return turns(ways, load, plan, func(r *rig) (Sample, error) { return r.closed(plan.Turn) })
}

// Open is Closed with as many calls a second as rates says for each way.
func Open(ways []Way, load Load, plan Plan, rates map[string]float64) (map[string]Sample, error) {
	return turns(ways, load, plan, func(r *rig) (Sample, error) { return r.open(rates[r.way.Name], plan.Turn) })
}

func turns(ways []Way, load Load, plan Plan, turn func(*rig) (Sample, error)) (map[string]Sample, error) {
	rigs := make([]*rig, 0, len(ways))
	for _, w := range ways {
		if w.Largest > 0 && w.Largest < load.Payload {
			continue
		}
		r, err := warm(w, load, plan.Turn/4)
		if err != nil {
			if err := plan.without(w, err); err != nil {
				return nil, err
			}
			continue
		}
		defer r.close()
		rigs = append(rigs, r)
	}
	samples, err := rounds(rigs, plan, turn)
	medians := make(map[string]Sample)
	for name, of := range samples {
		medians[name] = medianSample(of)
	}
	return medians, err
}

// warm returns a rig that has worked for that long.
func warm(w Way, load Load, d time.Duration) (*rig, error) {
	r, err := newRig(w, load)
	if err != nil {
		return nil, err
	}
	s, err := r.closed(d)
	if err != nil {
		r.close()
		return nil, err
	}
	r.rate = s.Rate
	return r, nil
}

func rounds(rigs []*rig, plan Plan, turn func(*rig) (Sample, error)) (map[string][]Sample, error) {
	samples, failed := make(map[string][]Sample), make(map[*rig]bool)
	for range plan.Rounds {
		for _, r := range rigs {
			if failed[r] {
				continue
			}
			s, err := turn(r)
			if err == nil {
				samples[r.way.Name] = append(samples[r.way.Name], s)
				continue
			}
			if err := plan.without(r.way, err); err != nil {
				return nil, err
			}
			failed[r] = true
			delete(samples, r.way.Name)
		}
	}
	return samples, nil
}

// without goes on without a peer that fails: that is its figure. Ours and the floors must not.
func (p Plan) without(w Way, err error) error {
	err = fmt.Errorf("%s: %w", w.Name, err)
	if w.Kind == Ours || w.Kind == Floor || p.Failed == nil {
		return err
	}
	p.Failed(err)
	return nil
}

// medianSample returns the median of each field.
func medianSample(of []Sample) Sample {
	var m Sample
	for i := range reflect.TypeFor[Sample]().NumField() {
		values := make([]float64, len(of))
		for j, s := range of {
			values[j] = reflect.ValueOf(s).Field(i).Float()
		}
		slices.Sort(values)
		reflect.ValueOf(&m).Elem().Field(i).SetFloat(values[len(values)/2])
	}
	return m
}
