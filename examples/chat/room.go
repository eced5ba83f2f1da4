package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
)

const (
	maxHistory = 50  // lines that a newcomer is told
	maxQueue   = 256 // lines that may wait for one guest
)

// room is where guests meet. It never waits for any of them: a line is put into each guest's queue, and who has no room left
// there does not keep up and has to go. The lock makes the order of lines the same for all.
type room struct {
	mu      sync.Mutex
	guests  map[string]*guest // by the key of their names
	history []string          // what was said last
}

// join lets g in under a name, unless somebody else has it: g is told what was said and who is here, and the others that it
// has come.
func (r *room) join(g *guest, name string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.guests[key(name)] != nil {
		return false
	}
	for _, line := range r.history {
		g.tell(line)
	}
	g.tell(fmt.Sprintf("* Hello, %s. %s /help says what you can do.", name, r.who()))
	r.tellAll(fmt.Sprintf("* %s has come.", name), nil)
	if r.guests == nil {
		r.guests = map[string]*guest{}
	}
	g.name = name
	r.guests[key(name)] = g
	return true
}

// leave lets g out. The others are told, unless everybody leaves.
func (r *room) leave(g *guest, everybody bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.guests[key(g.name)] != g {
		return // it never joined, or was sent away
	}
	delete(r.guests, key(g.name))
	if !everybody {
		r.tellAll(fmt.Sprintf("* %s has gone.", g.name), nil)
	}
}

// say tells the others what g says.
func (r *room) say(g *guest, text string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	line := g.name + ": " + text
	if len(r.history) == maxHistory {
		r.history = slices.Delete(r.history, 0, 1)
	}
	r.history = append(r.history, line)
	r.tellAll(line, g)
}

// whisper tells one guest what g says, and reports whether there is such a guest.
func (r *room) whisper(g *guest, to, text string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	other := r.guests[key(to)]
	if other == nil {
		return false
	}
	if !other.tell(fmt.Sprintf("%s (to you): %s", g.name, text)) {
		r.sendAway(other)
	}
	return true
}

// whoIsHere says who is here.
func (r *room) whoIsHere() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return "* " + r.who()
}

func (r *room) who() string {
	if len(r.guests) == 0 {
		return "Nobody is here."
	}
	var names []string
	for _, k := range slices.Sorted(maps.Keys(r.guests)) {
		names = append(names, r.guests[k].name)
	}
	return "Here: " + strings.Join(names, ", ") + "."
}

// tellAll tells everybody but one.
func (r *room) tellAll(line string, but *guest) {
	var slow []*guest
	for _, g := range r.guests {
		if g != but && !g.tell(line) {
			slow = append(slow, g)
		}
	}
	for _, g := range slow {
		r.sendAway(g)
	}
}

// sendAway lets a guest out who did not keep up. If telling the others is too much for one of them, it has to go too.
func (r *room) sendAway(g *guest) {
	if r.guests[key(g.name)] != g {
		return // it has gone while others were told
	}
	delete(r.guests, key(g.name))
	r.tellAll(fmt.Sprintf("* %s did not keep up, and has gone.", g.name), nil)
}
