package transport_test

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"math/big"
	"net"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// authority signs the certificates of a test.
type authority struct {
	cert *x509.Certificate
	key  ed25519.PrivateKey
	pool *x509.CertPool
}

func newAuthority() *authority {
	public, key, err := ed25519.GenerateKey(rand.Reader)
	mustBeNil(err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "authority"}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), KeyUsage: x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, public, key)
	mustBeNil(err)
	a := &authority{key: key, pool: x509.NewCertPool()}
	a.cert, err = x509.ParseCertificate(der)
	mustBeNil(err)
	a.pool.AddCert(a.cert)
	return a
}

// certificate returns one for name.
func (a *authority) certificate(name string) tls.Certificate {
	public, key, err := ed25519.GenerateKey(rand.Reader)
	mustBeNil(err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: name}, DNSNames: []string{name},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
	}
	if ip := net.ParseIP(name); ip != nil {
		template.IPAddresses = []net.IP{ip}
	}
	der, err := x509.CreateCertificate(rand.Reader, template, a.cert, public, a.key)
	mustBeNil(err)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

func certificateOf(c *tls.Certificate) *x509.Certificate {
	parsed, err := x509.ParseCertificate(c.Certificate[0])
	mustBeNil(err)
	return parsed
}

func mustBeNil(err error) {
	if err != nil {
		panic(err)
	}
}

// serverTLS is what a server of that name needs, clientTLS what its clients need.
func (a *authority) serverTLS(name string) *tls.Config {
	return &tls.Config{Certificates: []tls.Certificate{a.certificate(name)}}
}

func (a *authority) clientTLS(name string) *tls.Config {
	return &tls.Config{RootCAs: a.pool, ServerName: name}
}

// inSecureWorld is inWorld over TLS.
func inSecureWorld(t *testing.T, prepare func(*world, *authority), test func(t *testing.T, w *world)) {
	inWorld(t, func(w *world) {
		a := newAuthority()
		w.secure, w.client.TLS = a.serverTLS("server"), a.clientTLS("server")
		if prepare != nil {
			prepare(w, a)
		}
	}, test)
}

// dialRaw returns a connection to the world's server on which nothing is said.
func (w *world) dialRaw(t *testing.T) interface {
	Write([]byte) (int, error)
	Read([]byte) (int, error)
	Close() error
} {
	nc, err := w.listener.Dial(context.Background())
	require.NoError(t, err)
	return nc
}
