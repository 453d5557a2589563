import { addressesWhere } from '../served-where.ts';
import type { Check } from './check.ts';

/** What a name of the IANA registry tells of a suite up to TLS 1.2; those of TLS 1.3 have no `_WITH_` and no weakness. */
const WEAKNESSES: readonly (readonly [pattern: RegExp, what: string])[] = [
  [/_anon_|^TLS_NULL_/, 'no authentication'],
  [/^TLS_(?!ECDHE_|DHE_|ECDH_anon_|DH_anon_|PSK_DHE_|SRP_|ECCPWD_).*_WITH_/, 'no forward secrecy'],
  [/_WITH_NULL_/, 'no encryption'],
  [/_EXPORT_/, 'a key that was weakened for export'],
  [/_RC4_/, 'RC4'],
  [/_3DES_/, '3DES, with blocks of 64 bits'],
  [/_DES_|_DES40_|_RC2_|_IDEA_/, 'a cipher with blocks of 64 bits'],
  [/_MD5$/, 'MD5'],
  [/_CBC_SHA$/, 'CBC with SHA-1'],
];

/** A current client and the server agree on a cipher suite that is out of date. */
export const weakCipher: Check = {
  id: 'weak-cipher',
  title: 'Weak cipher suite',
  citation: 'RFC 9325 §4.1 and §4.2; RFC 7465; Mozilla, "Security/Server Side TLS", intermediate',
  optional: true,
  *run({ content }) {
    if (content?.kind !== 'endpoint') return;
    const agreed = new Set(content.chains.map(({ cipher }) => cipher).filter((cipher) => cipher !== null));
    const weak = [...agreed].flatMap((cipher) => {
      const why = weaknessesOf(cipher);
      if (why.length === 0) return [];
      const where = addressesWhere(content, (chain) => chain.cipher === cipher);
      return [`${cipher}${where === '' ? '' : ` at ${where}`} (${why.join(', ')})`];
    });
    if (weak.length === 0) return;
    yield {
      fingerprint: null,
      severity: 'warning',
      message: `it agrees on ${weak.sort().join('; ')}`,
      advice:
        'Prefer ECDHE with AES-GCM or ChaCha20-Poly1305, and turn the others off; TLS 1.3 has no others.',
    };
  },
};

function weaknessesOf(cipher: string): readonly string[] {
  return WEAKNESSES.filter(([pattern]) => pattern.test(cipher)).map(([, what]) => what);
}
