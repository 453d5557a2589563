import { resolve } from 'node:path';
import * as z from 'zod';
import type { ClientFiles, Reach } from '../core/reach.ts';
import { quoted, type Rejected } from '../core/rejected.ts';
import { parseAllowed } from './allow-text.ts';
import { parsedField, textField } from './field.ts';
import { describeValue } from './problem.ts';
import { parseProxy } from './proxy-text.ts';
import { parseStores } from './stores-text.ts';

export const path = textField('a path such as ./ca.pem', (text): string | Rejected => {
  if (text !== '' && !/\p{Cc}/u.test(text)) return text;
  return { error: `${quoted(text)} is not a path; wanted one such as ./ca.pem` };
});

const stores = parsedField((value) =>
  Array.isArray(value)
    ? parseStores(value)
    : { error: `got ${describeValue(value)}; wanted a list such as [mozilla, system]` },
);

const proxy = textField('an address such as http://proxy.example.com:3128', parseProxy);

/** Only the name of the variable is kept. What stands here instead may be the passphrase: no message repeats it. */
const passphrase = parsedField((value): string | Rejected => {
  const name = typeof value === 'string' ? /^\$\{([A-Za-z_]\w*)\}$/.exec(value.trim())?.[1] : undefined;
  return (
    name ?? {
      error: `wanted the name of an environment variable such as "\${KEY_PASSPHRASE}"`,
    }
  );
});

const clientCertificate = z
  .strictObject({
    cert: path.exactOptional(),
    key: path.exactOptional(),
    pkcs12: path.exactOptional(),
    passphrase: passphrase.exactOptional(),
  })
  .superRefine(({ cert, key, pkcs12 }, context) => {
    const named = [cert, key, pkcs12].filter((file) => file !== undefined).length;
    if (pkcs12 === undefined ? named === 2 : named === 1) return;
    context.addIssue({ code: 'custom', message: 'wanted cert and key (PEM files), or pkcs12 alone' });
  });

/** How endpoints are reached and trusted: at the top, in a group, at an endpoint. */
export const reachFields = {
  ca: path.exactOptional(),
  stores: stores.exactOptional(),
  allow: parsedField(parseAllowed).exactOptional(),
  proxy: proxy.exactOptional(),
  clientCertificate: clientCertificate.exactOptional(),
};

/** What these fields give, beside the network. */
export type ReachFields = Omit<Reach, 'client'> & {
  readonly clientCertificate?: Omit<ClientFiles, 'passphraseFrom'> & { readonly passphrase?: string };
};

/** @param directory What relative paths are relative to. */
export function readReach(fields: ReachFields, directory: string): Reach {
  const { ca, stores, network, allow, proxy, clientCertificate } = fields;
  return {
    ...(ca === undefined ? {} : { ca: resolve(directory, ca) }),
    ...(stores === undefined ? {} : { stores }),
    ...(network === undefined ? {} : { network }),
    ...(allow === undefined ? {} : { allow }),
    ...(proxy === undefined ? {} : { proxy }),
    ...(clientCertificate === undefined ? {} : { client: clientFiles(clientCertificate, directory) }),
  };
}

function clientFiles(
  { cert, key, pkcs12, passphrase }: NonNullable<ReachFields['clientCertificate']>,
  directory: string,
): ClientFiles {
  return {
    ...(cert === undefined ? {} : { cert: resolve(directory, cert) }),
    ...(key === undefined ? {} : { key: resolve(directory, key) }),
    ...(pkcs12 === undefined ? {} : { pkcs12: resolve(directory, pkcs12) }),
    ...(passphrase === undefined ? {} : { passphraseFrom: passphrase }),
  };
}
