package calls

import (
	"context"
	"crypto/tls"
	"net"
	"time"

	"github.com/demarc-go/demarc/codec"
	"github.com/demarc-go/demarc/transport"
)

// Demarc with its defaults: every limit on, msgpack behind its guard.

var typed = Way{
	Name: "demarc", Kind: Ours, Note: "msgpack; a handler that may block",
	Serve: served(setup{handle: handleTyped}), Dial: dialed(setup{}, typedCall),
}

var typedInline = Way{
	Name: "demarc inline", Kind: Ours, Note: "msgpack; a handler that promises not to block",
	Serve: served(setup{handle: handleTypedInline}), Dial: dialed(setup{}, typedCall),
}

var rawInline = Way{
	Name: "demarc raw", Kind: Ours, Note: "the codec Raw, payload only; inline",
	Serve: served(setup{handle: handleRaw, codec: codec.Raw{}}), Dial: dialed(setup{codec: codec.Raw{}}, rawCall),
}

var withDeadline = Way{
	Name: "demarc deadline", Kind: Ours, Note: "inline; a new context with a deadline for each call", Few: true,
	Serve: served(setup{handle: handleTypedInline}), Dial: dialed(setup{}, deadlineCall),
}

var withoutLimits = Way{
	Name: "demarc no limits", Kind: Ours, Note: "inline; every limit off", Few: true,
	Serve: served(setup{handle: handleTypedInline, limits: noLimits}), Dial: dialed(setup{limits: noLimits}, typedCall),
}

// OverTLS is for connections that do nothing.
var OverTLS = Way{
	Name: "demarc TLS", Kind: Ours, Note: "TLS 1.3",
	Serve: serveTLS, Dial: dialed(setup{dial: dialTLS}, typedCall),
}

var noLimits = transport.Limits{
	MaxMessage: -1, MaxInFlight: -1, MaxInFlightBytes: -1, MaxNotifyBytes: -1, HelloTimeout: -1, FrameTimeout: -1, WriteTimeout: -1,
	PingInterval: -1, PingTimeout: -1, PingSpacing: -1, IdleTimeout: -1,
}

var (
	echoTyped = transport.Unary[Message, Message](method)
	echoRaw   = transport.Unary[[]byte, []byte](method)
)

// setup is what differs between ours.
type setup struct {
	codec  codec.Codec
	limits transport.Limits
	handle func(*transport.Server)
	dial   func(ctx context.Context, addr string) (net.Conn, error)
}

func handleTyped(s *transport.Server) {
	echoTyped.Handle(s, func(_ context.Context, m Message) (Message, error) { return m, nil })
}

func handleTypedInline(s *transport.Server) {
	echoTyped.HandleInline(s, func(_ context.Context, m Message) (Message, error) { return m, nil })
}

func handleRaw(s *transport.Server) {
	echoRaw.HandleInline(s, func(_ context.Context, p []byte) ([]byte, error) { return p, nil })
}

func served(with setup) func(net.Listener) (func(), error) {
	return func(l net.Listener) (func(), error) {
		s := &transport.Server{Codec: with.codec, Limits: with.limits}
		with.handle(s)
		go s.Serve(l)
		return func() { _ = s.Close() }, nil
	}
}

type ourClient struct {
	*transport.Client
	call func(c *transport.Client, payload []byte) ([]byte, error)
}

func (c ourClient) Echo(payload []byte) ([]byte, error) { return c.call(c.Client, payload) }

func dialed(with setup, call func(*transport.Client, []byte) ([]byte, error)) func(string) (Client, error) {
	return func(addr string) (Client, error) {
		c := &transport.Client{Addr: addr, Codec: with.codec, Limits: with.limits}
		if with.dial != nil {
			c.Dial = func(ctx context.Context) (net.Conn, error) { return with.dial(ctx, addr) }
		}
		return ourClient{c, call}, c.Connect(context.Background())
	}
}

func typedCall(c *transport.Client, payload []byte) ([]byte, error) {
	m, err := echoTyped.Call(context.Background(), c, message(payload))
	return m.Payload, err
}

func rawCall(c *transport.Client, payload []byte) ([]byte, error) {
	return echoRaw.Call(context.Background(), c, payload)
}

func deadlineCall(c *transport.Client, payload []byte) ([]byte, error) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	m, err := echoTyped.Call(ctx, c, message(payload))
	return m.Payload, err
}

func serveTLS(l net.Listener) (func(), error) {
	cert, err := selfSigned()
	if err != nil {
		return nil, err
	}
	return served(setup{handle: handleTypedInline})(tls.NewListener(l, &tls.Config{Certificates: []tls.Certificate{cert}}))
}

func dialTLS(ctx context.Context, addr string) (net.Conn, error) {
	d := tls.Dialer{Config: &tls.Config{InsecureSkipVerify: true}} // the server made its certificate a moment ago
	return d.DialContext(ctx, "tcp", addr)
}
