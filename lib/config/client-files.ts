import { escapeLine } from '../core/printable.ts';
import type { ClientFiles } from '../core/reach.ts';
import { describeFailure } from '../core/reason.ts';
import { isRejected, type Rejected } from '../core/rejected.ts';
import { readBoundedFile } from '../sources/read-bounded.ts';
import type { ClientCertificate } from '../sources/tls-endpoint/context.ts';
import { type ClientFault, pemClient, pkcs12Client } from './client-certificate.ts';

/** The client certificate that a configuration names, with its key, tried with OpenSSL. Never rejects. */
export async function readClientFiles(
  { cert = '', key = '', pkcs12, passphraseFrom }: ClientFiles,
  env: Readonly<Record<string, string | undefined>>,
): Promise<ClientCertificate | ClientFault> {
  const value = passphraseFrom === undefined ? undefined : env[passphraseFrom];
  if (passphraseFrom !== undefined && value === undefined)
    return { at: 'passphrase', error: `the environment variable ${passphraseFrom} is not set` };
  const source =
    passphraseFrom === undefined
      ? `an environment variable, and name it as passphrase: \${NAME}`
      : `the environment variable ${passphraseFrom}`;
  const opening = { value, source };
  if (pkcs12 !== undefined) {
    const bytes = await read(pkcs12);
    const client = isRejected(bytes) ? bytes : pkcs12Client({ name: pkcs12, bytes }, opening);
    return isRejected(client) ? { ...client, at: 'pkcs12' } : client;
  }
  const [certBytes, keyBytes] = await Promise.all([read(cert), read(key)]);
  if (isRejected(certBytes)) return { ...certBytes, at: 'cert' };
  if (isRejected(keyBytes)) return { ...keyBytes, at: 'key' };
  return pemClient(
    { name: cert, text: certBytes.toString('utf8') },
    { name: key, text: keyBytes.toString('utf8') },
    opening,
  );
}

/** Why what `readClientFiles` reads cannot be used, printable; undefined where it can. */
export async function clientFilesFault(
  files: ClientFiles,
  env: Readonly<Record<string, string | undefined>>,
): Promise<ClientFault | undefined> {
  const client = await readClientFiles(files, env);
  return isRejected(client) ? { at: client.at, error: escapeLine(client.error) } : undefined;
}

async function read(path: string): Promise<Buffer | Rejected> {
  const reading = await readBoundedFile(path);
  return 'failure' in reading ? { error: `${path}: ${describeFailure(reading.failure)}` } : reading.bytes;
}
