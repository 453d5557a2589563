import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { isRejected, type Rejected } from '../core/rejected.ts';
import type { ClientCertificate } from '../sources/tls-endpoint/context.ts';

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
): ClientCertificate | Rejected {
  const leaf = attempt(() => new X509Certificate(cert.text));
  if (leaf === undefined) return { error: `${cert.name} does not begin with a certificate in PEM: give one` };
  const own = readKey(key, passphrase);
  if (isRejected(own)) return own;
  if (!leaf.checkPrivateKey(own)) {
    return { error: `the key does not belong to the certificate, which is the first one in ${cert.name}` };
  }
  const { value } = passphrase;
  return { cert: cert.text, key: key.text, ...(value === undefined ? {} : { passphrase: value }) };
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
