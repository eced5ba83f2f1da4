package fuzz

import (
	"fmt"
	"strconv"
	"strings"
)

// String returns p as Go source, such as
//
//	fuzz.Plan{3, 4 + fuzz.Timeout, fuzz.Repeat}
func (p Plan) String() string {
	steps := make([]string, len(p))
	for i, step := range p {
		steps[i] = step.String()
	}
	return "fuzz.Plan{" + strings.Join(steps, ", ") + "}"
}

// ParsePlan reads a plan as String writes it, without the package's name and the
// braces too, as in
//
//	3, 4 + Timeout, Repeat
//
// The empty text is the nil plan. The error says which step is impossible.
func ParsePlan(text string) (Plan, error) {
	text = strings.TrimSuffix(strings.TrimPrefix(strings.TrimSpace(text), "fuzz.Plan{"), "}")
	if strings.TrimSpace(text) == "" {
		return nil, nil
	}
	var plan Plan
	for _, part := range strings.Split(text, ",") {
		step, err := parseStep(part)
		if err != nil {
			return nil, fmt.Errorf("fuzz: %q is no step of a plan", strings.TrimSpace(part))
		}
		plan = append(plan, step)
	}
	return plan, nil
}

// parseStep reads a step, which is a sum.
func parseStep(text string) (Step, error) {
	var step Step
	for _, part := range strings.Split(text, "+") {
		part = strings.TrimSpace(part)
		term, ok := namedSteps["fuzz."+strings.TrimPrefix(part, "fuzz.")]
		if !ok {
			n, err := strconv.ParseUint(part, 10, faultShift-1)
			if err != nil {
				return 0, err
			}
			term = Step(n)
		}
		if step < 0 || term < 0 && step != 0 {
			return 0, strconv.ErrSyntax
		}
		step += term
	}
	if !step.valid() {
		return 0, strconv.ErrRange
	}
	return step, nil
}

// GoString returns the same as [Plan.String]. rapid and testify print values
// in this form.
func (p Plan) GoString() string { return p.String() }

// String returns s as Go source, such as 4 + fuzz.Timeout.
func (s Step) String() string {
	size, fault := s.size(), s.fault()
	switch {
	case !s.valid():
		return fmt.Sprintf("fuzz.Step(%d)", int64(s))
	case s < 0:
		return stepNames[s]
	case fault == 0:
		return sizeString(size)
	case size == 0:
		return stepNames[fault]
	}
	return sizeString(size) + " + " + stepNames[fault]
}

// sizeString returns the number of a step as Go source.
func sizeString(size Step) string {
	if size == Rest {
		return stepNames[Rest]
	}
	return fmt.Sprint(int64(size))
}

var stepNames = map[Step]string{
	Rest:      "fuzz.Rest",
	Timeout:   "fuzz.Timeout",
	Transient: "fuzz.Transient",
	EOF:       "fuzz.EOF",
	Reset:     "fuzz.Reset",
	Idle:      "fuzz.Idle",
	Half:      "fuzz.Half",
	Repeat:    "fuzz.Repeat",
	Stall:     "fuzz.Stall",
	Flip:      "fuzz.Flip",
	Drop:      "fuzz.Drop",
	Double:    "fuzz.Double",
}

// namedSteps is stepNames the other way round.
var namedSteps = func() map[string]Step {
	steps := map[string]Step{}
	for step, name := range stepNames {
		steps[name] = step
	}
	return steps
}()
