import { formatInstant } from './instant.ts';

/**
 * Why no certification path can be used. `fingerprint` is the certificate at fault unless said otherwise; names are text
 * from certificates, hostile like everything in them.
 */
export type PathProblem =
  /** Nobody known has the name and key that the certificate gives for its issuer's. */
  | { readonly kind: 'issuer-missing'; readonly fingerprint: string; readonly issuer: string }
  /** Somebody has the issuer's name, but the signature is by another key. */
  | { readonly kind: 'signature'; readonly fingerprint: string; readonly issuer: string }
  /** The path ends at a self-signed certificate that is no anchor. */
  | { readonly kind: 'untrusted-root'; readonly fingerprint: string; readonly subject: string }
  /** The leaf signed itself and is no anchor. */
  | { readonly kind: 'self-signed'; readonly fingerprint: string }
  /** CAs certify each other and nobody else does: the last one before the circle closes. */
  | { readonly kind: 'circular'; readonly fingerprint: string }
  /** `notAfter`: the last second of validity, which is past. */
  | { readonly kind: 'expired'; readonly fingerprint: string; readonly notAfter: string }
  | { readonly kind: 'not-yet-valid'; readonly fingerprint: string; readonly notBefore: string }
  /** More CAs stand below this one than the `limit` it is given (RFC 5280 §4.2.1.9). */
  | { readonly kind: 'path-length'; readonly fingerprint: string; readonly limit: number }
  /** It has a `name` (`dns:api.test`) that the CA with the fingerprint `authority` may not issue (RFC 5280 §4.2.1.10). */
  | {
      readonly kind: 'name-constraints';
      readonly fingerprint: string;
      readonly name: string;
      readonly authority: string;
    }
  /** It issued, and does not say that it is a CA. */
  | { readonly kind: 'not-a-ca'; readonly fingerprint: string }
  /** keyUsage is there and lacks what this needs: keyCertSign of a CA, of a leaf what TLS does with the key. */
  | { readonly kind: 'key-usage'; readonly fingerprint: string }
  /** extKeyUsage is there and does not allow the purpose. In a CA it limits everything below (nesting). */
  | { readonly kind: 'extended-key-usage'; readonly fingerprint: string }
  /** A critical extension that means nothing here, as a dotted OID. */
  | { readonly kind: 'critical-extension'; readonly fingerprint: string; readonly oid: string }
  /** What rules or dates are read from cannot be read: `field` names it. */
  | { readonly kind: 'unreadable'; readonly fingerprint: string; readonly field: string }
  /** There is more to follow or compare than is worth it: only a hostile or broken chain comes here. */
  | { readonly kind: 'budget' };

/**
 * Why, as a sentence fragment.
 *
 * @param nameOf What people call the certificate with a fingerprint.
 */
export function describePathProblem(problem: PathProblem, nameOf: (fingerprint: string) => string): string {
  if (problem.kind === 'budget') return 'there is more to follow than is worth it';
  const name = nameOf(problem.fingerprint);
  switch (problem.kind) {
    case 'issuer-missing':
      return `the issuer of ${name} is not known: ${problem.issuer}`;
    case 'signature':
      return `${name} was not signed by the key of its issuer ${problem.issuer}`;
    case 'untrusted-root':
      return `the line of issuers ends at ${problem.subject}, which is not trusted`;
    case 'self-signed':
      return `${name} vouches for itself and is not trusted`;
    case 'circular':
      return `above ${name} the CAs certify each other, and nobody else certifies them`;
    case 'expired':
      return `${name} expired on ${formatInstant(problem.notAfter)}`;
    case 'not-yet-valid':
      return `${name} is not valid before ${formatInstant(problem.notBefore)}`;
    case 'path-length':
      return `${name} may have ${problem.limit} CA${problem.limit === 1 ? '' : 's'} below it, and has more`;
    case 'name-constraints':
      return `${nameOf(problem.authority)} may not issue for ${problem.name}, which ${name} has`;
    case 'not-a-ca':
      return `${name} has issued a certificate and is no CA`;
    case 'key-usage':
      return `the key usage of ${name} does not allow what its key is used for`;
    case 'extended-key-usage':
      return `the extended key usage of ${name} does not allow a TLS server`;
    case 'critical-extension':
      return `${name} has a critical extension that means nothing here (${problem.oid})`;
    case 'unreadable':
      return `${problem.field} of ${name} cannot be read`;
  }
}
