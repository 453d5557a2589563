// A prober in Go to measure against: for each endpoint a fresh connection, whatever the peer serves, verified afterwards
// for anchors and name, and one line of JSON. Only the standard library, with its defaults.
package main

import (
	"bufio"
	"context"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"flag"
	"fmt"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"time"
)

type certificate struct {
	Fingerprint        string    `json:"fingerprint"`
	SerialNumber       string    `json:"serialNumber"`
	Subject            string    `json:"subject"`
	Issuer             string    `json:"issuer"`
	DNSNames           []string  `json:"dnsNames"`
	NotBefore          time.Time `json:"notBefore"`
	NotAfter           time.Time `json:"notAfter"`
	KeyAlgorithm       string    `json:"keyAlgorithm"`
	SignatureAlgorithm string    `json:"signatureAlgorithm"`
	CA                 bool      `json:"ca"`
}

type result struct {
	Endpoint   string        `json:"endpoint"`
	ObservedAt time.Time     `json:"observedAt"`
	ElapsedMs  int64         `json:"elapsedMs"`
	Protocol   string        `json:"protocol,omitempty"`
	Cipher     string        `json:"cipher,omitempty"`
	Group      string        `json:"group,omitempty"`
	Chain      []certificate `json:"chain,omitempty"`
	Verify     string        `json:"verify,omitempty"`
	Hostname   string        `json:"hostname,omitempty"`
	Error      string        `json:"error,omitempty"`
}

func main() {
	file := flag.String("file", "", "endpoints, one host:port per line")
	ca := flag.String("ca", "", "PEM file with anchors beside the system's")
	name := flag.String("server-name", "", "name to send and to expect")
	concurrency := flag.Int("concurrency", 200, "endpoints at the same time")
	timeout := flag.Duration("timeout", 10*time.Second, "for one endpoint")
	flag.Parse()

	roots, err := anchors(*ca)
	exitOn(err)
	list, err := os.Open(*file)
	exitOn(err)
	defer list.Close()

	endpoints := make(chan string, *concurrency)
	out := bufio.NewWriterSize(os.Stdout, 1<<16)
	var writing sync.Mutex
	var failures atomic.Int64
	var workers sync.WaitGroup
	for range *concurrency {
		workers.Go(func() {
			for endpoint := range endpoints {
				seen := probe(endpoint, *name, roots, *timeout)
				if seen.Error+seen.Verify+seen.Hostname != "" {
					failures.Add(1)
				}
				line, err := json.Marshal(seen)
				exitOn(err)
				writing.Lock()
				out.Write(append(line, '\n'))
				writing.Unlock()
			}
		})
	}
	lines := bufio.NewScanner(list)
	for lines.Scan() {
		endpoints <- lines.Text()
	}
	close(endpoints)
	workers.Wait()
	exitOn(out.Flush())
	if count := failures.Load(); count > 0 {
		fmt.Fprintln(os.Stderr, count, "endpoints are not well")
		os.Exit(1)
	}
}

func probe(endpoint, name string, roots *x509.CertPool, timeout time.Duration) result {
	startedAt := time.Now()
	seen := result{Endpoint: endpoint, ObservedAt: startedAt}
	deadline, cancel := context.WithTimeout(context.Background(), timeout)
	defer cancel()
	dialer := tls.Dialer{NetDialer: &net.Dialer{}, Config: &tls.Config{ServerName: name, InsecureSkipVerify: true}}
	connection, err := dialer.DialContext(deadline, "tcp", endpoint)
	if err != nil {
		seen.Error = err.Error()
		return seen
	}
	defer connection.Close()
	state := connection.(*tls.Conn).ConnectionState()
	seen.ElapsedMs = time.Since(startedAt).Milliseconds()
	seen.Protocol = tls.VersionName(state.Version)
	seen.Cipher = tls.CipherSuiteName(state.CipherSuite)
	seen.Group = state.CurveID.String()

	intermediates := x509.NewCertPool()
	for index, presented := range state.PeerCertificates {
		seen.Chain = append(seen.Chain, describe(presented))
		if index > 0 {
			intermediates.AddCert(presented)
		}
	}
	leaf := state.PeerCertificates[0]
	if _, err := leaf.Verify(x509.VerifyOptions{Roots: roots, Intermediates: intermediates}); err != nil {
		seen.Verify = err.Error()
	}
	if err := leaf.VerifyHostname(name); err != nil {
		seen.Hostname = err.Error()
	}
	return seen
}

func describe(presented *x509.Certificate) certificate {
	fingerprint := sha256.Sum256(presented.Raw)
	return certificate{
		Fingerprint:        hex.EncodeToString(fingerprint[:]),
		SerialNumber:       presented.SerialNumber.Text(16),
		Subject:            presented.Subject.String(),
		Issuer:             presented.Issuer.String(),
		DNSNames:           presented.DNSNames,
		NotBefore:          presented.NotBefore,
		NotAfter:           presented.NotAfter,
		KeyAlgorithm:       presented.PublicKeyAlgorithm.String(),
		SignatureAlgorithm: presented.SignatureAlgorithm.String(),
		CA:                 presented.IsCA,
	}
}

func anchors(file string) (*x509.CertPool, error) {
	pool, err := x509.SystemCertPool()
	if err != nil || file == "" {
		return pool, err
	}
	pem, err := os.ReadFile(file)
	if err == nil && !pool.AppendCertsFromPEM(pem) {
		err = fmt.Errorf("%s holds no certificate", file)
	}
	return pool, err
}

func exitOn(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(3)
	}
}
