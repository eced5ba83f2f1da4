package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"time"
)

// The files of a folder with certificates. Whoever has client.pem may use the server; who has ca.pem knows the server when he sees it.
const (
	caFile     = "ca.pem"     // the certificate of the authority; its key is thrown away, so that there is nothing to steal
	serverFile = "server.pem" // certificate and key
	clientFile = "client.pem" // certificate and key
)

// makeCerts makes certificates for a server on this machine and for its clients, unless they are there.
func makeCerts(dir string) error {
	if _, err := os.Stat(filepath.Join(dir, caFile)); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	ca := template("kv authority")
	ca.IsCA, ca.BasicConstraintsValid, ca.KeyUsage = true, true, x509.KeyUsageCertSign
	cert, err := x509.CreateCertificate(rand.Reader, ca, ca, key.Public(), key)
	if err != nil {
		return err
	}
	srv := template("kv server")
	srv.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
	srv.DNSNames, srv.IPAddresses = []string{"localhost"}, []net.IP{net.IPv4(127, 0, 0, 1), net.IPv6loopback}
	client := template("kv client")
	client.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}
	return errors.Join(
		issue(filepath.Join(dir, serverFile), srv, ca, key),
		issue(filepath.Join(dir, clientFile), client, ca, key),
		writePEM(filepath.Join(dir, caFile), &pem.Block{Type: "CERTIFICATE", Bytes: cert}), // last: it says that all are there
	)
}

func template(name string) *x509.Certificate {
	return &x509.Certificate{
		Subject:   pkix.Name{CommonName: name},
		NotBefore: time.Now().Add(-time.Hour), // clocks differ
		NotAfter:  time.Now().AddDate(1, 0, 0),
		KeyUsage:  x509.KeyUsageDigitalSignature,
	}
}

// issue writes a certificate, signed by ca, and its key into a file.
func issue(path string, cert, ca *x509.Certificate, caKey *ecdsa.PrivateKey) error {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	signed, err := x509.CreateCertificate(rand.Reader, cert, ca, key.Public(), caKey)
	if err != nil {
		return err
	}
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return err
	}
	return writePEM(path, &pem.Block{Type: "CERTIFICATE", Bytes: signed}, &pem.Block{Type: "PRIVATE KEY", Bytes: secret})
}

func writePEM(path string, blocks ...*pem.Block) error {
	var text []byte
	for _, block := range blocks {
		text = append(text, pem.EncodeToMemory(block)...)
	}
	return os.WriteFile(path, text, 0o600)
}

// config returns what both sides need for TLS, with the certificate of the one or the other.
func config(dir, file string) (*tls.Config, error) {
	authority, err := os.ReadFile(filepath.Join(dir, caFile))
	if err != nil {
		return nil, fmt.Errorf("no certificates; a server makes them: %w", err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(authority) {
		return nil, fmt.Errorf("%s has no certificate", filepath.Join(dir, caFile))
	}
	own, err := tls.LoadX509KeyPair(filepath.Join(dir, file), filepath.Join(dir, file))
	if err != nil {
		return nil, err
	}
	return &tls.Config{
		Certificates: []tls.Certificate{own},
		RootCAs:      pool, // for a client: who may be the server
		ClientCAs:    pool, // for a server: who may be a client
		ClientAuth:   tls.RequireAndVerifyClientCert,
		MinVersion:   tls.VersionTLS13,
	}, nil
}
