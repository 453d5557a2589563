import { constants } from 'node:crypto';
import {
  createSecureContext,
  DEFAULT_CIPHERS,
  type SecureContext,
  type SecureContextOptions,
  type SecureVersion,
} from 'node:tls';
import type { Answer } from '../../core/observation.ts';
import type { Trust } from '../../x509/trust.ts';

/** What a client shows to a server that asks for a certificate: PEM, or a PKCS #12 file. */
export type ClientCertificate =
  | { readonly cert: string; readonly key: string; readonly passphrase?: string }
  | { readonly pfx: Buffer; readonly passphrase?: string };

/**
 * How a server is spoken to.
 * - `usual`: as a current client does, except that weak keys and old hashes are taken.
 * - `legacy`: with everything that OpenSSL still has, down to TLS 1.0.
 * - `rsa`, `ecdsa`: able to verify signatures of that one kind only, which gets the certificate of that kind.
 * - a version: no other one is offered.
 */
export type Manner = 'usual' | 'legacy' | 'rsa' | 'ecdsa' | SecureVersion;

/**
 * The contexts that all probes of a run share, each made when it is first needed: one for each probe would cost seven
 * times the CPU and five times the memory.
 *
 * @throws Error where the client certificate and its key cannot be used.
 */
export function createContexts(trust: Trust, client?: ClientCertificate): (manner: Manner) => SecureContext {
  const contexts = new Map<Manner, SecureContext>();
  const context = (manner: Manner): SecureContext => {
    let made = contexts.get(manner);
    if (made === undefined) {
      made = createSecureContext({ ...commonOptions(trust), ...MANNERS[manner], ...client });
      contexts.set(manner, made);
    }
    return made;
  };
  try {
    context('usual');
  } catch (cause) {
    if (client === undefined) throw cause;
    throw new Error(`The client certificate cannot be used: ${whyNot(cause as Error, client)}`, { cause });
  }
  return context;
}

function commonOptions(trust: Trust): SecureContextOptions {
  return {
    // The anchors, so that OpenSSL's verdict means something.
    ca: [...trust.pem],
    // A server with a weak key is to be seen and judged; at OpenSSL's default level its handshake would fail.
    ciphers: `${DEFAULT_CIPHERS}:@SECLEVEL=0`,
    // Nor would that of an old one without RFC 5746, which OpenSSL 3 refuses.
    secureOptions: constants.SSL_OP_LEGACY_SERVER_CONNECT,
  };
}

/**
 * What Node's default list excludes, by words of the IANA names: nothing in Node tells the names of the suites that a
 * context offers.
 */
const UNUSUAL =
  /_(?:anon|NULL|EXPORT|DES|DES40|3DES|RC2|RC4|IDEA|SEED|PSK|SRP|CAMELLIA)_|_MD5$|_WITH_.*_CCM_8$/;

/** Whether the manner `usual` offers what was agreed on. */
export function isUsual({ protocol, cipher }: Pick<Answer, 'protocol' | 'cipher'>): boolean {
  return (protocol === 'TLSv1.3' || protocol === 'TLSv1.2') && !UNUSUAL.test(cipher ?? '');
}

const EVERYTHING = 'ALL:@SECLEVEL=0';

const only = (version: SecureVersion): SecureContextOptions => ({
  minVersion: version,
  maxVersion: version,
  ciphers: EVERYTHING,
});

const MANNERS: Readonly<Record<Manner, SecureContextOptions>> = {
  usual: {},
  legacy: { minVersion: 'TLSv1', ciphers: EVERYTHING },
  rsa: { sigalgs: 'rsa_pss_rsae_sha256:rsa_pss_rsae_sha384:rsa_pkcs1_sha256:rsa_pkcs1_sha384' },
  ecdsa: { sigalgs: 'ecdsa_secp256r1_sha256:ecdsa_secp384r1_sha384:ecdsa_secp521r1_sha512:ed25519' },
  TLSv1: only('TLSv1'),
  'TLSv1.1': only('TLSv1.1'),
  'TLSv1.2': only('TLSv1.2'),
  'TLSv1.3': only('TLSv1.3'),
};

function whyNot({ message }: Error, client: ClientCertificate): string {
  if (!('pfx' in client))
    return `${message}. Give a PEM certificate and its PEM key, and the passphrase if it is encrypted.`;
  if (/mac verify failure/i.test(message)) return 'the passphrase of the PKCS #12 file is wrong.';
  if (/unsupported/i.test(message)) {
    return `${message}: the PKCS #12 file is encrypted in the old way (RC2, 3DES). \`openssl pkcs12 -legacy\` reads it; export it anew.`;
  }
  return `${message}. Give a PKCS #12 file with a certificate and its key.`;
}
