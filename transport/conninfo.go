package transport

import (
	"crypto/tls"
	"net"
	"time"
)

// LocalAddr returns the address of this end.
func (c *Conn) LocalAddr() net.Addr { return c.nc.LocalAddr() }

// RemoteAddr returns the address of the peer.
func (c *Conn) RemoteAddr() net.Addr { return c.nc.RemoteAddr() }

// Since returns when the connection began.
func (c *Conn) Since() time.Time { return c.pulse.base }

// TLS returns what was agreed upon if the connection is a [tls.Conn] or has a ConnectionState method like its, and otherwise nil.
func (c *Conn) TLS() *tls.ConnectionState {
	if secure, ok := c.nc.(interface{ ConnectionState() tls.ConnectionState }); ok {
		state := secure.ConnectionState()
		return &state
	}
	return nil
}

// Identity returns what Authenticate said about who the peer is: nil if nobody asked, and before it has decided.
func (c *Conn) Identity() any {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.identity
}

// Credentials returns what the peer sent in its hello to show who it is: nil if nothing, and before its hello is here. The slice must
// not be changed.
func (c *Conn) Credentials() []byte { return c.peerHello().credentials }

// PeerMetadata returns what else the peer said about itself in its hello: nil if nothing, and before its hello is here.
func (c *Conn) PeerMetadata() Metadata { return parseMetadata(c.peerHello().metadata) }

func (c *Conn) peerHello() hello {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.peer
}

// Close closes the connection at once. Calls that wait fail, and the contexts of handlers end with [ErrConnLost].
func (c *Conn) Close() error {
	c.end(net.ErrClosed)
	return nil
}
