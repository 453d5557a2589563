import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { createSecureContext } from 'node:tls';
import { isRejected, type Rejected } from '../core/rejected.ts';
import type { ClientCertificate } from '../sources/tls-endpoint/context.ts';

/** Why a client certificate cannot be used: a sentence that names the file or the variable, from outside as they are. */
export interface ClientFault extends Rejected {
  /** The setting that is at fault. */
  readonly at: 'cert' | 'key' | 'pkcs12' | 'passphrase';
}

/** A file that was read. */
interface NamedText {
  /** For messages; printable. */
  readonly name: string;
  readonly text: string;
}

/** What opens an encrypted key. */
export interface Passphrase {
  /** Undefined where none was given. */
  readonly value: string | undefined;
  /** Where it comes from, or could: `the environment variable KEY_PASSPHRASE`. */
  readonly source: string;
}

/**
 * A client certificate in PEM with its key. Looked at before OpenSSL gets it, whose words for what is wrong are codes.
 * The sentence of a failure repeats nothing of the files or the passphrase.
 */
export function pemClient(
  cert: NamedText,
  key: NamedText,
  passphrase: Passphrase,
): ClientCertificate | ClientFault {
  const leaf = attempt(() => new X509Certificate(cert.text));
  if (leaf === undefined)
    return { at: 'cert', error: `${cert.name} does not begin with a certificate in PEM: give one` };
  const own = readKey(key, passphrase);
  if (isRejected(own)) return { ...own, at: 'key' };
  if (!leaf.checkPrivateKey(own)) {
    const error = `the key in ${key.name} does not belong to the certificate, which is the first one in ${cert.name}`;
    return { at: 'key', error };
  }
  const { value } = passphrase;
  const client = { cert: cert.text, key: key.text, ...(value === undefined ? {} : { passphrase: value }) };
  const fault = opensslFault(client);
  return fault === undefined ? client : { at: 'cert', error: `${cert.name}: ${fault}` };
}

/** The same in a PKCS #12 file. */
export function pkcs12Client(
  { name, bytes }: { readonly name: string; readonly bytes: Buffer },
  { value, source }: Passphrase,
): ClientCertificate | Rejected {
  const client = { pfx: bytes, ...(value === undefined ? {} : { passphrase: value }) };
  const fault = opensslFault(client);
  if (fault === undefined) return client;
  if (/mac verify failure/i.test(fault)) {
    return {
      error:
        value === undefined
          ? `${name} is encrypted: give its passphrase in ${source}`
          : `${name} is encrypted, and not with the passphrase in ${source}`,
    };
  }
  const advice = /unsupported/i.test(fault)
    ? 'it is encrypted in the old way (RC2, 3DES), which `openssl pkcs12 -legacy` reads; export it anew'
    : 'wanted a PKCS #12 file with a certificate and its key';
  return { error: `${name}: ${fault}: ${advice}` };
}

/** What OpenSSL has against it, in its words. Weak keys are the server's to refuse, as in every conversation. */
function opensslFault(client: ClientCertificate): string | undefined {
  try {
    createSecureContext({ ciphers: 'DEFAULT:@SECLEVEL=0', ...client });
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

function readKey({ name, text }: NamedText, { value, source }: Passphrase): KeyObject | Rejected {
  const key = attempt(() =>
    createPrivateKey({ key: text, ...(value === undefined ? {} : { passphrase: value }) }),
  );
  if (key !== undefined) return key;
  // RFC 7468 §11, and RFC 1421 §4.6.1.1 for the older form.
  const encrypted = /^-----BEGIN ENCRYPTED PRIVATE KEY-----|^Proc-Type: 4,ENCRYPTED/m.test(text);
  if (!encrypted) return { error: `${name} holds no private key in PEM that can be read: give one` };
  return {
    error:
      value === undefined
        ? `the key in ${name} is encrypted: give its passphrase in ${source}`
        : `the key in ${name} is encrypted, and not with the passphrase in ${source}`,
  };
}

function attempt<T>(make: () => T): T | undefined {
  try {
    return make();
  } catch {
    return undefined;
  }
}
