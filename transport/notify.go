package transport

import "context"

// NotifyMethod is a method that takes messages and gives no answer. Like a [UnaryMethod] it is shared by both sides.
type NotifyMethod[Message any] struct {
	name     string
	messages *boxes[Message]
}

// Notify returns the method of that name, which has 1 to 255 bytes of UTF-8. It panics if the name is impossible.
func Notify[Message any](name string) NotifyMethod[Message] {
	mustBeName(name)
	return NotifyMethod[Message]{name, boxesOf[Message]()}
}

// Name returns the method's name, which stands in each notify.
func (m NotifyMethod[Message]) Name() string { return m.name }

// Handle makes handler take the notifies that r receives for the method. The notifies of one connection, of all methods, are
// handled one after the other, in the order in which they were sent, beside the calls. It panics if r already has a handler
// for a method of that name.
//
// Nobody hears of an error that the handler returns, but the log. The peer can send ahead MaxNotifyBytes; after that it waits for
// the handler. The handler's context ends when the connection is lost or the server can wait no longer at a shutdown. A peer that
// says goodbye has left nothing undone: what it sent is handled to the end, however long that takes.
func (m NotifyMethod[Message]) Handle(r Registrar, handler func(context.Context, Message) error) {
	r.registry().add(&endpoint{method: m.name, copies: true, kind: CallNotify, handle: m.serve(handler)})
}

// HandleInline is Handle for a handler that promises not to block, see [UnaryMethod.HandleInline]. The order stays.
func (m NotifyMethod[Message]) HandleInline(r Registrar, handler func(context.Context, Message) error) {
	r.registry().add(&endpoint{method: m.name, copies: true, kind: CallNotify, inline: true, handle: m.serve(handler)})
}

// unreadable is the error for a notify that the codec cannot read. That is the peer's doing, and not the handler's.
type unreadable struct{ error }

func (m NotifyMethod[Message]) serve(handler func(context.Context, Message) error) handlerFunc {
	return func(ctx context.Context, call *Call, request, _ []byte) ([]byte, error) {
		message, err := m.messages.decode(call.Conn.codec, request)
		if err != nil {
			err = unreadable{err}
		}
		switch {
		case len(call.Conn.interceptors) > 0:
			err = takeAround(ctx, call, message, err, handler)
		case err == nil:
			err = handler(ctx, message)
		}
		return nil, err
	}
}

// takeAround runs handler inside the interceptors, with a message of its own as in serveAround.
func takeAround[Message any](ctx context.Context, call *Call, message Message, unreadable error,
	handler func(context.Context, Message) error) error {
	call.Request = &message
	return call.serve(ctx, unreadable, func(ctx context.Context) error { return handler(ctx, message) })
}

// Send sends a message to the peer of c. It waits while the peer has not handled what was sent before, until ctx ends. Without
// an error the message is on its way; whether it arrives, and is handled, nobody says. With an error, an [*Error], it was not sent.
func (m NotifyMethod[Message]) Send(ctx context.Context, c Caller, message Message) error {
	if len(c.around()) > 0 {
		return m.sendAround(ctx, c, message)
	}
	return m.deliver(ctx, c, message)
}

// sendAround is Send inside the interceptors of c.
func (m NotifyMethod[Message]) sendAround(ctx context.Context, c Caller, message Message) error {
	call := &Call{Method: m.name, Kind: CallNotify, Request: &message}
	return call.make(ctx, c, func(ctx context.Context, c Caller) error { return m.deliver(ctx, c, message) })
}

// deliver sends a notify inside all interceptors, again if it has to.
func (m NotifyMethod[Message]) deliver(ctx context.Context, c Caller, message Message) error {
	err := m.once(ctx, c, message)
	if err != nil {
		err = m.repeat(ctx, c, message, err)
	}
	return err
}

// repeat sends a notify again that was not sent because of err.
func (m NotifyMethod[Message]) repeat(ctx context.Context, c Caller, message Message, err error) error {
	return repeating(ctx, c, false, err, func() error { return m.once(ctx, c, message) })
}

func (m NotifyMethod[Message]) once(ctx context.Context, c Caller, message Message) error {
	conn, err := c.connect(ctx)
	if err != nil {
		return err
	}
	p, err := m.messages.append(conn.codec, conn.newPayload(), message)
	if err != nil {
		return withOutcome(InvalidArgument, NotSent, err)
	}
	return conn.notify(ctx, m.name, p)
}
