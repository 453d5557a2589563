import type { X509Certificate } from 'node:crypto';
import { fingerprintOf } from '../../lib/x509/certificate.ts';
import type { PathOptions } from '../../lib/x509/certification-path.ts';
import { buildPath } from '../../lib/x509/certification-path.ts';
import { pemStore } from '../../lib/x509/trust.ts';
import { daysFromNow, NOW } from './hierarchy.ts';
import type { Entity, QuickOptions } from './quick-mint.ts';
import { dn, newKey, quickMint, SERVER_AUTH } from './quick-mint.ts';

export const entity = (text: string): Entity => ({ name: dn(text), key: newKey() });

export const ROOT = entity('CN=Root');
export const ISSUING = entity('CN=Issuing');
export const LEAF = entity('CN=leaf');
export const OTHER = entity('CN=Other root');

export function mint(subject: Entity, issuer: Entity, more: Partial<QuickOptions> = {}): X509Certificate {
  return quickMint({ subject, issuer, notBefore: daysFromNow(-100), notAfter: daysFromNow(100), ...more });
}

export function ca(subject: Entity, issuer: Entity, more: Partial<QuickOptions> = {}): X509Certificate {
  return mint(subject, issuer, { ca: true, keyUsage: 0x06, ...more });
}

export const root = ca(ROOT, ROOT);
export const issuing = ca(ISSUING, ROOT);
export const leaf = mint(LEAF, ISSUING, {
  names: ['dns:api.a.test'],
  purposes: [SERVER_AUTH],
  keyUsage: 0x80,
});
export const otherRoot = ca(OTHER, OTHER);

export function trusting(...anchors: X509Certificate[]) {
  return pemStore('test', anchors.map((x509) => x509.toString()).join('')).trust;
}

export const trust = trusting(root);

export function build(
  of: X509Certificate,
  presented: readonly X509Certificate[],
  more: Partial<PathOptions> = {},
) {
  const found = buildPath(of, { presented, trust, now: NOW, ...more });
  return { ...found, fingerprints: found.best?.certificates.map(fingerprintOf) };
}
