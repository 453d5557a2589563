import { pemClient, pkcs12Client } from '../config/client-certificate.ts';
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
  // Not repeated: it may be the passphrase itself.
  if (passphraseFrom !== undefined && value === undefined)
    throw new UserError(
      `--passphrase-from: wanted the NAME of an environment variable, such as ${PASSPHRASE}, that is set.`,
    );
  const passphrase = { value, source: sourceOf(passphraseFrom) };
  if (pkcs12 !== undefined) {
    if (certFile !== undefined || keyFile !== undefined)
      throw new UserError('--pkcs12 holds the certificate and its key: give it alone, or --cert and --key.');
    const bytes = await readBytes(pkcs12, 'the client certificate', stdin);
    const client = pkcs12Client({ name: escapeForTerminal(pkcs12), bytes }, passphrase);
    if (isRejected(client)) throw new UserError(`--pkcs12: ${client.error}.`);
    return client;
  }
  if (certFile === undefined || keyFile === undefined)
    throw new UserError('--cert and --key belong together: give both.');
  const cert = await readText(certFile, 'the client certificate', stdin);
  const key = await readText(keyFile, 'the private key of the client certificate', stdin);
  const client = pemClient(
    { name: escapeForTerminal(certFile), text: cert },
    { name: escapeForTerminal(keyFile), text: key },
    passphrase,
  );
  if (isRejected(client)) throw new UserError(`--cert, --key: ${client.error}.`);
  return client;
}

function sourceOf(passphraseFrom: string | undefined): string {
  return passphraseFrom === undefined
    ? `the environment variable ${PASSPHRASE}, or in one that --passphrase-from names`
    : `the environment variable ${passphraseFrom}`;
}
