import { isBundle } from '../content.ts';
import type { Check } from './check.ts';

/** A private key stands in a file of certificates. It was not read beyond its first line. */
export const privateKeyInBundle: Check = {
  id: 'private-key-in-bundle',
  title: 'Private key in a certificate file',
  citation:
    'NIST SP 800-57 Part 1 Rev. 5 §6.2; Amazon API Gateway Developer Guide, "Configuring mutual TLS authentication"',
  *run({ content, certificate }) {
    if (!isBundle(content) || content.privateKeyLines.length === 0) return;
    // A server's own file may hold key and chain together (HAProxy asks for it); a bundle of CAs never may.
    const holdsLeaf = content.certificates.some((fingerprint) => certificate(fingerprint)?.role === 'leaf');
    const tolerable = content.kind === 'file' && holdsLeaf;
    yield {
      fingerprint: null,
      severity: tolerable ? 'warning' : 'critical',
      message: `a private key stands at line ${content.privateKeyLines.slice(0, 3).join(', ')}`,
      advice: tolerable
        ? 'Keep the key in a file of its own, or make sure that only the server can read this one.'
        : 'Remove it, and treat the key as disclosed to everybody who could read this file: replace it.',
    };
  },
};
