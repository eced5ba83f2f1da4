package transport

import "context"

// Caller is what calls are made through: a [Client], or a [Conn] for its peer.
type Caller interface {
	// connect returns the connection for a call.
	connect(ctx context.Context) (*Conn, error)

	// around returns what is around each call.
	around() []Interceptor
}

// exchange makes a call through c, inside all interceptors.
func exchange(ctx context.Context, c Caller, method string, req, resp any) error {
	conn, err := c.connect(ctx)
	if err != nil {
		return err
	}
	return conn.call(ctx, method, req, resp)
}

// deliver sends a notify through c, inside all interceptors.
func deliver(ctx context.Context, c Caller, method string, message any) error {
	conn, err := c.connect(ctx)
	if err != nil {
		return err
	}
	return conn.notify(ctx, method, message)
}

func (c *Conn) connect(context.Context) (*Conn, error) { return c, nil }

func (c *Conn) around() []Interceptor { return c.interceptors }

func (c *Client) around() []Interceptor { return c.Interceptors }
