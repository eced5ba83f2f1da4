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

// around is the Interceptors, unless there is an Observer.
func (c *Client) around() []Interceptor {
	if c.Observer == nil {
		return c.Interceptors
	}
	chain := c.chain.Load()
	if chain == nil {
		made := observed(c.Observer, c.Interceptors)
		chain = &made
		c.chain.Store(chain)
	}
	return *chain
}
