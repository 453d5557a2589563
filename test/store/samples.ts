import { createHash } from 'node:crypto';
import type { Alert, Digest } from '../../lib/core/alert.ts';
import type { Certificate } from '../../lib/core/certificate.ts';
import type { EndpointContent } from '../../lib/core/content.ts';
import type { Sighting, TargetRecord } from '../../lib/core/inventory.ts';
import type { LedgerEntry } from '../../lib/core/ledger.ts';
import type { TargetState } from '../../lib/core/state.ts';

/** A fingerprint that belongs to `name` alone. */
export function fingerprintOf(name: string): string {
  return createHash('sha256').update(name).digest('hex');
}

export function targetRecord(host: string, changes: Partial<TargetRecord['target']> = {}): TargetRecord {
  return {
    target: {
      id: `endpoint:${host}:443`,
      kind: 'endpoint',
      owner: null,
      tags: {},
      endpoint: { host, port: 443, serverName: host },
      ...changes,
    } as TargetRecord['target'],
    origin: 'command',
    addedAt: '2026-11-01T08:00:00Z',
  };
}

export function targetState(target: string, changes: Partial<TargetState> = {}): TargetState {
  return {
    target,
    observedAt: '2026-11-20T10:00:00Z',
    seenAt: '2026-11-20T10:00:00Z',
    failures: 0,
    cadence: '1d',
    nextRungAt: '2027-01-01T00:00:00Z',
    ...changes,
  };
}

export function endpointContent(certificates: readonly string[]): EndpointContent {
  return {
    kind: 'endpoint',
    chains: [
      {
        certificates,
        path: certificates.map((_, index) => index),
        anchor: { fingerprint: fingerprintOf('root'), subject: 'CN=Root', notAfter: null },
        verdict: null,
        nameMatches: true,
        clientCertificateRequired: false,
        protocol: 'TLSv1.3',
        cipher: 'TLS_AES_256_GCM_SHA384',
        keyExchangeGroup: 'X25519MLKEM768',
        addressCount: 2,
        addresses: ['192.0.2.1', '192.0.2.2'],
      },
    ],
    failures: [{ reason: 'connect_refused', addressCount: 1, addresses: ['192.0.2.3'] }],
  };
}

export function certificate(name: string, changes: Partial<Certificate> = {}): Certificate {
  return {
    fingerprint: fingerprintOf(name),
    serialNumber: '0a1b2c',
    subject: `CN=${name}`,
    issuer: 'CN=Test CA,O=Example',
    subjectAltNames: [{ type: 'dns', value: name }],
    notBefore: '2026-11-01T00:00:00Z',
    notAfter: '2027-01-30T23:59:59Z',
    keyAlgorithm: 'EC',
    keySize: 256,
    keyCurve: 'prime256v1',
    signatureAlgorithm: 'ecdsa-with-SHA256',
    spkiSha256: fingerprintOf(`key of ${name}`),
    role: 'leaf',
    selfSigned: false,
    ...changes,
  };
}

export function sighting(name: string, target: string, changes: Partial<Sighting> = {}): Sighting {
  return {
    fingerprint: fingerprintOf(name),
    target,
    kind: 'endpoint',
    owner: null,
    role: 'leaf',
    subject: `CN=${name}`,
    issuer: 'CN=Test CA,O=Example',
    notAfter: '2027-01-30T23:59:59Z',
    firstSeenAt: '2026-11-20T10:00:00Z',
    ...changes,
  };
}

export function alert(target: string, changes: Partial<Alert> = {}): Alert {
  return {
    id: `${target}|expiring|${fingerprintOf('leaf')}|1|warning`,
    event: 'opened',
    target,
    owner: null,
    check: 'expiring',
    fingerprint: fingerprintOf('leaf'),
    severity: 'warning',
    rung: 'warning',
    message: 'expires in 13 days',
    advice: 'Renew it.',
    notAfter: '2026-12-03T23:59:59Z',
    missed: ['notice'],
    episode: 1,
    decidedAt: '2026-11-20T10:00:00Z',
    leaveBy: '2026-11-20T10:00:00Z',
    latestBy: '2026-11-20T10:00:00Z',
    ...changes,
  };
}

export function ledgerEntry(target: string, changes: Partial<LedgerEntry> = {}): LedgerEntry {
  return {
    target,
    story: 'expiring',
    fingerprint: fingerprintOf('leaf'),
    check: 'expiring',
    episode: 1,
    state: 'open',
    severity: 'warning',
    rung: 'warning',
    announced: 'notice',
    message: 'expires in 13 days',
    advice: 'Renew it.',
    openedAt: '2026-11-20T10:00:00Z',
    pending: [],
    version: 1,
    ...changes,
  };
}

export function digest(id: string, changes: Partial<Digest> = {}): Digest {
  return {
    id,
    createdAt: '2026-11-20T10:00:00Z',
    owner: 'payments',
    severity: 'warning',
    class: 'news',
    alerts: [alert('endpoint:api.example.com:443')],
    omitted: 0,
    channels: ['terminal', 'mail'],
    delivered: {},
    done: false,
    ...changes,
  };
}
