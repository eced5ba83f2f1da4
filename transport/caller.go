package transport

import "context"

// Caller is what calls are made through: a [Client], or a [Conn] for its peer.
type Caller interface {
	// connect returns the connection for a call.
	connect(ctx context.Context) (*Conn, error)

	// around returns what is around each call.
	around() []Interceptor

	// repeats returns what bounds the repeats of calls, and whether they wait for it.
	repeats() (r *repeats, wait bool)
}

func (c *Conn) connect(context.Context) (*Conn, error) { return c, nil }

func (c *Conn) around() []Interceptor { return c.interceptors }

func (c *Client) around() []Interceptor { return c.Interceptors }
