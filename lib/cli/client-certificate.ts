import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { escapeForTerminal } from '../core/printable.ts';
import type { ClientCertificate } from '../sources/tls-endpoint/context.ts';
import { readText } from './read-text.ts';
import { UserError } from './user-error.ts';

/**
 * The client certificate that `--cert` and `--key` name; undefined where they name none. Looked at before OpenSSL gets
 * it, whose words for what is wrong are codes.
 *
 * @throws UserError
 */
export async function readClientCertificate(
  { cert: certFile, key: keyFile }: { readonly cert?: string; readonly key?: string },
  stdin: AsyncIterable<Buffer | string>,
): Promise<ClientCertificate | undefined> {
  if (certFile === undefined && keyFile === undefined) return undefined;
  if (certFile === undefined || keyFile === undefined)
    throw new UserError('--cert and --key belong together: give both.');
  const cert = await readText(certFile, 'the client certificate', stdin);
  const key = await readText(keyFile, 'its private key', stdin);
  const leaf = parseCertificate(cert, escapeForTerminal(certFile));
  if (!leaf.checkPrivateKey(parseKey(key, escapeForTerminal(keyFile)))) {
    throw new UserError(
      `--cert, --key: the key does not belong to the certificate, which is the first one in ${escapeForTerminal(certFile)}.`,
    );
  }
  return { cert, key };
}

function parseCertificate(pem: string, file: string): X509Certificate {
  try {
    return new X509Certificate(pem);
  } catch (cause) {
    throw new UserError(`--cert: ${file} does not begin with a certificate in PEM: give one.`, { cause });
  }
}

function parseKey(pem: string, file: string): KeyObject {
  try {
    return createPrivateKey(pem);
  } catch (cause) {
    // RFC 7468 §11, and RFC 1421 §4.6.1.1 for the older form.
    const encrypted = /^-----BEGIN ENCRYPTED PRIVATE KEY-----|^Proc-Type: 4,ENCRYPTED/m.test(pem);
    throw new UserError(
      encrypted
        ? `--key: the key in ${file} is encrypted: give one without a passphrase.`
        : `--key: ${file} holds no private key in PEM that can be read: give one.`,
      { cause },
    );
  }
}
