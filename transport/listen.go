package transport

import (
	"crypto/tls"
	"errors"
	"io/fs"
	"net"
	"os"
	"syscall"
)

// ListenAndServe listens on an address, in the words of [net.Listen], and serves what connects; see [Server.Serve]. For a socket of which
// more is to be said than Tune can say, use a [net.ListenConfig] and Serve.
//
// On the network "unix" the address is the path of a file, which goes when the server ends. One that a dead server has left behind, so
// that nobody answers there, is replaced; a file that is no socket, or has a server, is an error. Who may write to the file may connect, so
// it belongs into a directory of its own. Two servers that start on one path at the same moment can take it from one another.
func (s *Server) ListenAndServe(network, addr string) error {
	l, err := listen(network, addr)
	if err != nil {
		return err
	}
	return s.Serve(l)
}

// ListenAndServeTLS is ListenAndServe for connections secured as config says; see [Server.ServeTLS].
func (s *Server) ListenAndServeTLS(network, addr string, config *tls.Config) error {
	if err := checkTLS(config); err != nil {
		return err
	}
	l, err := listen(network, addr)
	if err != nil {
		return err
	}
	return s.ServeTLS(l, config)
}

// ServeTLS is [Server.Serve] for connections secured as config says. Each does its handshake in a goroutine of its own, and has
// HandshakeTimeout for it.
//
// config needs Certificates or, for certificates that change while the server runs, GetCertificate, which is asked at each handshake. With
// ClientAuth and ClientCAs set clients need certificates too, and Authenticate finds in [Conn.TLS] whose it was. config must not be
// changed any more.
func (s *Server) ServeTLS(l net.Listener, config *tls.Config) error {
	if err := checkTLS(config); err != nil {
		_ = l.Close() // as Serve does
		return err
	}
	return s.Serve(tls.NewListener(l, config))
}

var errNoCertificate = errors.New("transport: a server's tls.Config needs Certificates, GetCertificate or GetConfigForClient")

func checkTLS(config *tls.Config) error {
	if config == nil || len(config.Certificates) == 0 && config.GetCertificate == nil && config.GetConfigForClient == nil {
		return errNoCertificate
	}
	return nil
}

// listen is net.Listen, which replaces the file of a unix socket that nobody serves.
func listen(network, addr string) (net.Listener, error) {
	l, err := net.Listen(network, addr)
	if err == nil || network != "unix" || !isStale(addr) {
		return l, err
	}
	if err := os.Remove(addr); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	return net.Listen(network, addr)
}

// isStale reports whether path is a socket that nobody serves.
func isStale(path string) bool {
	info, err := os.Lstat(path)
	if err != nil || info.Mode().Type() != fs.ModeSocket {
		return false
	}
	nc, err := net.Dial("unix", path)
	if err == nil {
		_ = nc.Close() // it was only to see who is there
	}
	return errors.Is(err, syscall.ECONNREFUSED) || errors.Is(err, wsaConnRefused)
}

// wsaConnRefused is what Windows says in the place of ECONNREFUSED.
const wsaConnRefused = syscall.Errno(10061)
