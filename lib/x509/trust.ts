import { X509Certificate } from 'node:crypto';
import { getCACertificates, rootCertificates } from 'node:tls';
import { nameKey } from '../core/name-key.ts';
import type { Anchor } from '../core/observation.ts';
import { readBundle } from './bundle.ts';
import { fingerprintOf, readCertificate, subjectOf } from './certificate.ts';

/** A trust anchor with what verifying a signature needs. */
export interface TrustAnchor extends Anchor {
  readonly x509: X509Certificate;
}

/** The CAs that certification paths may end at. */
export interface Trust {
  /** Every anchor in PEM, for `tls.createSecureContext({ ca })`. */
  readonly pem: readonly string[];
  /** The anchor that is this certificate. */
  byFingerprint(fingerprint: string): TrustAnchor | undefined;
  /** Anchors with this name, an RFC 4514 string. Names that differ only in case or spacing count as the same. */
  bySubject(subject: string): readonly TrustAnchor[];
}

/** A named set of anchors: paths are judged by each for itself, because clients differ in which one they have. */
export interface TrustStore {
  readonly name: string;
  readonly trust: Trust;
}

/**
 * The roots that Node ships (Mozilla's), and further anchors from a PEM text. An anchor need not be self-signed: naming
 * an intermediate trusts it and nothing above. Throws an Error where the text holds no certificate that can be read.
 */
export function loadTrust(extraPem?: string): Trust {
  if (extraPem === undefined) return bundledTrust();
  const x509 = anchorsIn(extraPem);
  const extra = indexAnchors(() => x509);
  const bundled = bundledTrust();
  return {
    pem: [...bundled.pem, ...x509.map((one) => one.toString())],
    byFingerprint: (fingerprint) => extra.byFingerprint(fingerprint) ?? bundled.byFingerprint(fingerprint),
    bySubject: (subject) => [...extra.bySubject(subject), ...bundled.bySubject(subject)],
  };
}

function anchorsIn(pem: string): readonly X509Certificate[] {
  const { x509, unreadable } = readBundle(Buffer.from(pem));
  if (x509.length > 0) return x509;
  const why = unreadable[0];
  throw new Error(
    `no CA certificate in the PEM text: ${why ? `line ${why.firstLine}: ${why.reason}` : 'there is no CERTIFICATE block'}`,
  );
}

let bundled: Trust | undefined;

function bundledTrust(): Trust {
  bundled ??= { pem: rootCertificates, ...indexAnchors(() => rootCertificates.map(parse)) };
  return bundled;
}

function parse(pem: string): X509Certificate {
  return new X509Certificate(pem);
}

/** Mozilla's roots as Node ships them, and no others. */
export function mozillaStore(): TrustStore {
  return { name: 'mozilla', trust: bundledTrust() };
}

let system: Trust | undefined;

/**
 * What this host trusts: OpenSSL's directory and file on Linux, the key chain or registry elsewhere. Read when first
 * asked, which takes some ten milliseconds, and then kept; empty where the host has none.
 */
export function systemStore(): TrustStore {
  system ??= {
    get pem() {
      return getCACertificates('system');
    },
    ...indexAnchors(() => getCACertificates('system').map(parse)),
  };
  return { name: 'system', trust: system };
}

/** The CAs of a PEM text, and no others. Throws an Error where it holds no certificate that can be read. */
export function pemStore(name: string, pem: string): TrustStore {
  const x509 = anchorsIn(pem);
  return { name, trust: { pem: x509.map((one) => one.toString()), ...indexAnchors(() => x509) } };
}

/**
 * Parses when first asked: the roots take 5 ms, which a command that needs no path does not owe. Reading them whole would
 * take 50, most of it for their signatures; an anchor is read when it is asked for.
 */
function indexAnchors(parse: () => readonly X509Certificate[]): Omit<Trust, 'pem'> {
  let known: Map<string, X509Certificate> | undefined;
  let named: Map<string, X509Certificate[]> | undefined;
  const anchors = new Map<string, TrustAnchor>();

  // Each once: a host's store lists many both in a file and in a directory.
  const all = () => {
    known ??= new Map(parse().map((x509) => [fingerprintOf(x509), x509]));
    return known;
  };
  const anchorOf = (x509: X509Certificate): TrustAnchor => {
    const fingerprint = fingerprintOf(x509);
    const anchor = anchors.get(fingerprint) ?? toAnchor(x509);
    anchors.set(fingerprint, anchor);
    return anchor;
  };
  return {
    byFingerprint(fingerprint) {
      const x509 = all().get(fingerprint);
      return x509 && anchorOf(x509);
    },
    bySubject(subject) {
      named ??= Map.groupBy(all().values(), (x509) => nameKey(subjectOf(x509)));
      return (named.get(nameKey(subject)) ?? []).map(anchorOf);
    },
  };
}

function toAnchor(x509: X509Certificate): TrustAnchor {
  const { subject, notAfter } = readCertificate(x509);
  return { fingerprint: fingerprintOf(x509), subject, notAfter, x509 };
}
