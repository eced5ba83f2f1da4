package transport

import (
	"context"
	"fmt"
	"slices"
	"sync"
)

// DefaultGroupQueue is how many messages may wait for each member of a [Group], unless it is told otherwise.
const DefaultGroupQueue = 64

// Group sends the same notifies to many peers: the members of a chat room, say. Nobody who sends waits for a member. What a member
// cannot take yet waits in a queue of its own, which is bounded; the others do not notice.
//
// The fields are to be set before the first member is added. The methods may be called by any number of goroutines.
type Group[Message any] struct {
	// Method is the method that is notified.
	Method NotifyMethod[Message]

	// Queue is how many messages may wait for a member; 0 means [DefaultGroupQueue], and a negative value no limit.
	Queue int

	// Disconnect is what becomes of a member for which more would wait. If it is false the member loses the message, the newest, and
	// remains; if it is true it loses its connection.
	Disconnect bool

	// OnSlow is called for each message that a member loses, and for the one that costs it its connection, by the goroutine that sends, which
	// waits for it. It may use the Group. nil means that nobody wants to know; [Stats] counts them as over [LimitQueue].
	OnSlow func(c *Conn, message Message)

	mu      sync.Mutex
	members map[*Conn]*member[Message]
}

// member is one of a group. The lock of the group guards it.
type member[Message any] struct {
	conn    *Conn
	ctx     context.Context // ends when it is no member any more
	leave   func()
	queue   []Message
	sending bool // a goroutine sends what is in the queue
}

// Add makes c a member, unless it is one, until Remove, or until the connection is over. It reports whether it was none.
func (g *Group[Message]) Add(c *Conn) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.members[c] != nil {
		return false
	}
	if g.members == nil {
		g.members = map[*Conn]*member[Message]{}
	}
	ctx, cancel := context.WithCancel(c.ctx)
	stop := context.AfterFunc(c.ctx, func() { g.Remove(c) })
	g.members[c] = &member[Message]{conn: c, ctx: ctx, leave: func() { stop(); cancel() }}
	return true
}

// Remove makes c no member any more. What waits for it is not sent. It reports whether c was a member.
func (g *Group[Message]) Remove(c *Conn) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	m := g.members[c]
	if m != nil {
		g.drop(m)
	}
	return m != nil
}

// Len returns how many members there are.
func (g *Group[Message]) Len() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return len(g.members)
}

// Send sends message to all members but those in except, and does not wait for it. Each member gets the messages in the order in which
// they were sent. message must not be changed any more.
func (g *Group[Message]) Send(message Message, except ...*Conn) {
	for _, c := range g.enqueue(message, except) {
		err := c.stats.count(fmt.Errorf("%w: a message of %q", LimitQueue, g.Method.name))
		if g.Disconnect {
			go c.end(err) // under TLS that may take a while
		}
		if g.OnSlow != nil {
			g.OnSlow(c, message)
		}
	}
}

// enqueue puts message into the queues of all but some members, and returns those where there was no room.
func (g *Group[Message]) enqueue(message Message, except []*Conn) (slow []*Conn) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for c, m := range g.members {
		switch {
		case slices.Contains(except, c):
		case len(m.queue) >= orDefault(g.Queue, DefaultGroupQueue, noLimit):
			slow = append(slow, c)
			if g.Disconnect {
				g.drop(m)
			}
		default:
			m.queue = append(m.queue, message)
			g.start(m)
		}
	}
	return slow
}

// start sees that somebody sends what is in the queue of m. g.mu is locked.
func (g *Group[Message]) start(m *member[Message]) {
	if !m.sending {
		m.sending = true
		go g.send(m)
	}
}

// drop forgets m, and what waits for it. g.mu is locked.
func (g *Group[Message]) drop(m *member[Message]) {
	m.leave()
	m.queue = nil
	delete(g.members, m.conn)
}

// send sends what is in the queue of m, until there is nothing.
func (g *Group[Message]) send(m *member[Message]) {
	for message, ok := g.next(m); ok; message, ok = g.next(m) {
		g.deliver(m, message)
	}
}

// deliver sends a message to m. An interceptor that panics then does so in no goroutine where anybody could recover, so that is logged.
func (g *Group[Message]) deliver(m *member[Message], message Message) {
	defer func() { m.conn.logHook("a message of a group", recover()) }()
	if err := g.Method.Send(m.ctx, m.conn, message); err != nil {
		m.conn.log.Debug("transport: message of a group not sent", "method", g.Method.name, "remote", m.conn.nc.RemoteAddr(), "err", err)
	}
}

// next takes the next message out of the queue of m. If there is none, nobody is sending any more.
func (g *Group[Message]) next(m *member[Message]) (message Message, ok bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if len(m.queue) == 0 {
		m.queue, m.sending = nil, false
		return message, false
	}
	message = m.queue[0]
	m.queue = slices.Delete(m.queue, 0, 1)
	return message, true
}
