import { readClientFiles } from '../config/client-files.ts';
import { allowanceOf, guardFor } from '../config/egress.ts';
import type { RevocationSource } from '../config/probing.ts';
import { PROXY_AUTH, proxyOf } from '../config/proxy-text.ts';
import { type Trusted, trustOf } from '../config/trust-stores.ts';
import type { EndpointObservation } from '../core/observation.ts';
import type { Reach } from '../core/reach.ts';
import { describeFailure, type Failure } from '../core/reason.ts';
import { isRejected, type Rejected } from '../core/rejected.ts';
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
 * @throws Error where what the environment says to the proxy cannot be used, or the client certificate.
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
  const trusted = await readTrust(ca, stores);
  if (isRejected(trusted)) return { failure: { reason: 'ca_unusable', detail: trusted.error } };
  const client = files === undefined ? undefined : await readClientFiles(files, env);
  if (isRejected(client)) return { failure: { reason: 'client_unusable', detail: client.error } };
  try {
    return { witness: witnessFor(reach, { trusted, client }, options, env) };
  } catch (error) {
    return { failure: { reason: 'internal_error', detail: (error as Error).message } };
  }
}

async function readTrust(ca: string | undefined, stores: Reach['stores']): Promise<Trusted | Rejected> {
  try {
    if (ca === undefined) return trustOf(stores, undefined);
    const reading = await readBoundedFile(ca);
    if ('failure' in reading) return { error: `${ca}: ${describeFailure(reading.failure)}` };
    return trustOf(stores, reading.bytes.toString('utf8'));
  } catch (error) {
    return { error: `${ca === undefined ? '' : `${ca}: `}${(error as Error).message}` };
  }
}
