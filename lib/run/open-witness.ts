import { pemClient } from '../config/client-certificate.ts';
import { allowanceOf, guardFor } from '../config/egress.ts';
import type { RevocationSource } from '../config/probing.ts';
import { PROXY_AUTH, proxyOf } from '../config/proxy-text.ts';
import { type Trusted, trustOf } from '../config/trust-stores.ts';
import type { EndpointObservation } from '../core/observation.ts';
import type { ClientFiles, Reach } from '../core/reach.ts';
import { describeFailure, type Failure, type Reason } from '../core/reason.ts';
import { isRejected } from '../core/rejected.ts';
import { readBoundedFile } from '../sources/read-bounded.ts';
import type { ClientCertificate } from '../sources/tls-endpoint/context.ts';
import { createProber, type ProberOptions } from '../sources/tls-endpoint/prober.ts';
import { mozillaStore } from '../x509/trust.ts';
import { completePaths } from './complete-paths.ts';
import type { KnownIssuers } from './known-issuers.ts';
import { openInquirer } from './open-inquirer.ts';
import { createPublications, type Publications } from './publications.ts';
import { createWitness, type Witness } from './witness.ts';

/** What holds for every endpoint, however it is reached. */
export interface WitnessOptions
  extends Omit<ProberOptions, 'trust' | 'stores' | 'clientCertificate' | 'proxy' | 'guard'> {
  /** Whether every address is judged before it is connected to. @default false */
  readonly egressGuard?: boolean;
  /** Whether the CAs are asked about revocation. @default off */
  readonly revocation?: RevocationSource;
  /** Whether DNS is asked who may issue. @default false */
  readonly caa?: boolean;
  /** Whether every URL that certificates name is tried. @default false */
  readonly urls?: boolean;
  /** Whether issuers are fetched that servers do not send. @default where CAs are asked about revocation */
  readonly issuers?: boolean;
  /** Issuers that the inventory knows. @default none */
  readonly knownIssuers?: KnownIssuers;
  /** How what certificates name is fetched; whoever gives it closes it. @default its own */
  readonly publications?: Publications;
}

/** What the files hold that a reach names. */
interface Contents {
  readonly trusted: Trusted;
  readonly client: ClientCertificate | undefined;
}

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * A witness for everything that is reached like that, where its files were read.
 *
 * @throws Error where the client certificate cannot be used.
 */
export function witnessFor(
  reach: Reach,
  { trusted, client }: Contents,
  options: WitnessOptions,
  env: Environment = process.env,
): Witness {
  const {
    egressGuard = false,
    knownIssuers,
    revocation,
    caa,
    urls,
    issuers,
    publications,
    ...probing
  } = options;
  const guard = guardFor(reach, egressGuard);
  const prober = createProber({
    ...probing,
    ...trusted,
    ...(reach.proxy === undefined ? {} : { proxy: proxyOf(reach.proxy, env[PROXY_AUTH]) }),
    ...(client === undefined ? {} : { clientCertificate: client }),
    ...(guard === undefined ? {} : { guard }),
  });
  const { trust, stores = [mozillaStore()] } = trusted;
  const all = publications ?? createPublications(options);
  // Whoever made the certificate chose the URLs in it: they are judged whether or not the endpoint is.
  const outlet = all.outlet(allowanceOf(reach));
  return createWitness({
    prober,
    inquire: openInquirer(trust, outlet, options),
    ...(knownIssuers === undefined
      ? {}
      : { complete: (seen: EndpointObservation) => completePaths(seen, knownIssuers, stores) }),
    close() {
      if (publications === undefined) all.close();
    },
  });
}

/**
 * The same for a reach whose files are still to be read. Never rejects: the failure says which of them is at fault.
 */
export async function openWitness(
  reach: Reach,
  options: WitnessOptions,
  env: Environment = process.env,
): Promise<{ readonly witness: Witness } | { readonly failure: Failure }> {
  const { ca, stores, client: files } = reach;
  let reason: Reason = 'ca_unusable';
  let name = ca;
  try {
    const trusted = trustOf(stores, ca === undefined ? undefined : await readText(ca));
    reason = files === undefined ? 'internal_error' : 'client_unusable';
    name = files?.pkcs12 ?? files?.cert;
    const client = files === undefined ? undefined : await readClient(files, env);
    return { witness: witnessFor(reach, { trusted, client }, options, env) };
  } catch (error) {
    const { message } = error as Error;
    return { failure: { reason, detail: name === undefined ? message : `${name}: ${message}` } };
  }
}

async function readClient(files: ClientFiles, env: Environment): Promise<ClientCertificate> {
  const { cert, key, pkcs12, passphraseFrom } = files;
  const value = passphraseFrom === undefined ? undefined : env[passphraseFrom];
  if (passphraseFrom !== undefined && value === undefined)
    throw new Error(`the environment variable ${passphraseFrom} is not set`);
  if (pkcs12 !== undefined)
    return { pfx: await read(pkcs12), ...(value === undefined ? {} : { passphrase: value }) };
  const source =
    passphraseFrom === undefined
      ? `an environment variable, and name it as passphrase: \${NAME}`
      : `the environment variable ${passphraseFrom}`;
  const [certFile = '', keyFile = ''] = [cert, key];
  const [certText, keyText] = await Promise.all([readText(certFile), readText(keyFile)]);
  const named = (name: string, text: string) => ({ name, text });
  const client = pemClient(named(certFile, certText), named(keyFile, keyText), { value, source });
  if (isRejected(client)) throw new Error(client.error);
  return client;
}

async function readText(path: string): Promise<string> {
  return (await read(path)).toString('utf8');
}

/** @throws Error that says why it cannot be read. */
async function read(path: string): Promise<Buffer> {
  const reading = await readBoundedFile(path);
  if ('failure' in reading) throw new Error(describeFailure(reading.failure));
  return reading.bytes;
}
