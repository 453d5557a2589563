import { pemClient } from '../config/client-certificate.ts';
import { escapeForTerminal } from '../core/printable.ts';
import { isRejected } from '../core/rejected.ts';
import type { ClientCertificate } from '../sources/tls-endpoint/context.ts';
import { readBytes, readText } from './read-text.ts';
import { UserError } from './user-error.ts';

export interface ClientOptions {
  readonly cert?: string;
  readonly key?: string;
  readonly pkcs12?: string;
  /** Name of the environment variable with the passphrase. */
  readonly passphraseFrom?: string;
}

/** Where a passphrase is looked for unless another variable is named. */
export const PASSPHRASE = 'NOTAFTER_PASSPHRASE';

/**
 * The client certificate that the options name; undefined where they name none.
 *
 * @throws UserError
 */
export async function readClientCertificate(
  options: ClientOptions,
  stdin: AsyncIterable<Buffer | string>,
  env: Readonly<Record<string, string | undefined>> = process.env,
): Promise<ClientCertificate | undefined> {
  const { cert: certFile, key: keyFile, pkcs12, passphraseFrom } = options;
  if (certFile === undefined && keyFile === undefined && pkcs12 === undefined) {
    if (passphraseFrom === undefined) return undefined;
    throw new UserError('--passphrase-from opens a key: give --key or --pkcs12, too.');
  }
  const value = env[passphraseFrom ?? PASSPHRASE];
  if (passphraseFrom !== undefined && value === undefined)
    throw new UserError(`--passphrase-from: the environment variable ${passphraseFrom} is not set.`);
  if (pkcs12 !== undefined) {
    if (certFile !== undefined || keyFile !== undefined)
      throw new UserError('--pkcs12 holds the certificate and its key: give it alone, or --cert and --key.');
    const pfx = await readBytes(pkcs12, 'the client certificate', stdin);
    return { pfx, ...(value === undefined ? {} : { passphrase: value }) };
  }
  if (certFile === undefined || keyFile === undefined)
    throw new UserError('--cert and --key belong together: give both.');
  const cert = await readText(certFile, 'the client certificate', stdin);
  const key = await readText(keyFile, 'its private key', stdin);
  const client = pemClient(
    { name: escapeForTerminal(certFile), text: cert },
    { name: escapeForTerminal(keyFile), text: key },
    { value, source: sourceOf(passphraseFrom) },
  );
  if (isRejected(client)) throw new UserError(`--cert, --key: ${client.error}.`);
  return client;
}

/** What to say where OpenSSL cannot use it. */
export function clientFault({ pkcs12, passphraseFrom }: ClientOptions, error: Error): UserError {
  const { message } = error;
  if (pkcs12 === undefined) return new UserError(`--cert, --key: ${message}`);
  const hint = /passphrase/.test(message) ? ` It is looked for in ${sourceOf(passphraseFrom)}.` : '';
  return new UserError(`--pkcs12 ${escapeForTerminal(pkcs12)}: ${message}${hint}`);
}

function sourceOf(passphraseFrom: string | undefined): string {
  return passphraseFrom === undefined
    ? `the environment variable ${PASSPHRASE}, or in one that --passphrase-from names`
    : `the environment variable ${passphraseFrom}`;
}
