import { type Command, InvalidArgumentError, Option } from 'commander';
import { parseAllowed } from '../config/allow-text.ts';
import { parseChecks } from '../config/optional-checks.ts';
import { inquiriesFor, REVOCATION_SOURCES, type RevocationSource } from '../config/probing.ts';
import { PROXY_AUTH, parseProxy, proxyAuthFault } from '../config/proxy-text.ts';
import { parseStores } from '../config/stores-text.ts';
import { type Trusted, trustOf } from '../config/trust-stores.ts';
import type { Depth } from '../core/depth.ts';
import type { CheckId } from '../core/finding.ts';
import { escapeForTerminal } from '../core/printable.ts';
import type { Reach, StoreName } from '../core/reach.ts';
import { isRejected } from '../core/rejected.ts';
import { witnessFor } from '../run/open-witness.ts';
import type { Witness } from '../run/witness.ts';
import type { ClientCertificate } from '../sources/tls-endpoint/context.ts';
import { type ClientOptions, PASSPHRASE, readClientCertificate } from './client-certificate.ts';
import { type AddressAndPort, integerOption, repeated } from './options.ts';
import { readText } from './read-text.ts';
import { UserError } from './user-error.ts';

/** What the command line says of how endpoints are looked at. */
export interface LookOptions extends ClientOptions {
  readonly concurrency: number;
  readonly timeout: number;
  readonly dns?: AddressAndPort;
  readonly allAddresses: boolean;
  readonly ca?: string;
  readonly stores?: readonly StoreName[];
  readonly proxy?: string;
  readonly egressGuard?: true;
  readonly allow?: readonly string[];
  readonly rate?: number;
  readonly deep?: true;
  readonly revocation?: RevocationSource;
  readonly check?: readonly string[];
}

/** How endpoints are looked at and judged: what the options come to. */
export interface ProbeSettings {
  readonly witness: Witness;
  /** Of every look. */
  readonly depth: Depth;
  /** Optional checks that speak, too. */
  readonly switchedOn: ReadonlySet<CheckId>;
}

/** Adds the options that say how endpoints are reached, trusted and judged. */
export function addLookOptions(command: Command): Command {
  return command
    .option('--ca <file>', 'PEM file with private CAs to trust as well')
    .addOption(
      new Option('--stores <names>', 'trust stores to build paths to: mozilla,system').argParser(
        storesOption,
      ),
    )
    .option('--cert <file>', 'PEM file with a client certificate to offer, needs --key')
    .option('--key <file>', 'PEM file with its private key, needs --cert')
    .option('--pkcs12 <file>', 'PKCS #12 file with both instead')
    .option(
      '--passphrase-from <VAR>',
      `environment variable with the passphrase of the key (default: ${PASSPHRASE}, where it is set)`,
    )
    .option('--proxy <url>', 'HTTP proxy to connect through, such as http://proxy.example.com:3128')
    .option('--egress-guard', 'connect to public addresses only, and to what --allow names')
    .option(
      '--allow <cidr>',
      'let the egress guard, or fetches, connect there, too: a block, or private; may be repeated',
      repeated,
    )
    .option('--rate <n>', 'connections to one address per second (default: 50)', integerOption(1, 1_000))
    .option('--deep', 'look deeper: versions of TLS, other certificates, who may issue, dead URLs')
    .addOption(
      new Option(
        '--revocation <source>',
        'ask the issuers of what is served about it (default: crl with --deep, else off)',
      ).choices(REVOCATION_SOURCES),
    )
    .option('--check <ids>', 'optional checks that speak, too, or all; may be repeated', listed);
}

/**
 * Reads what the options name and makes a witness of it. To be closed by the caller.
 *
 * @throws UserError
 */
export async function openProbe(
  options: LookOptions,
  stdin: AsyncIterable<Buffer | string>,
): Promise<ProbeSettings> {
  const checks = parseChecks(options.check ?? []);
  if (isRejected(checks)) throw new UserError(`--check: ${checks.error}.`);
  // A check that was switched on by name gets what it judges by.
  const { revocation = options.deep === true ? 'crl' : 'off' } = options;
  const asked = inquiriesFor({ revocation, checks });
  const deep = options.deep === true || checks.includes('legacy-versions');
  // A deep look is after everything, whether or not somebody wants to hear of it.
  const inquiries = options.deep === true ? { revocation, caa: true, urls: true, issuers: true } : asked;
  const reach = reachOptions(options, revocation !== 'off' || inquiries.urls);
  const client = await readClientCertificate(options, stdin);
  const trusted = await readTrust(options, stdin);
  return {
    witness: open(reach, trusted, client, { ...options, ...inquiries }),
    depth: { deep, inquire: revocation !== 'off' || inquiries.caa || inquiries.urls },
    switchedOn: new Set(checks),
  };
}

function open(
  reach: Reach,
  trusted: Trusted,
  client: ClientCertificate | undefined,
  options: Omit<LookOptions, 'revocation'> & ReturnType<typeof inquiriesFor> & { readonly issuers?: boolean },
): Witness {
  const { timeout, concurrency, allAddresses, dns, rate, egressGuard = false } = options;
  const { revocation, caa, urls, issuers } = options;
  const common = {
    timeoutMs: timeout,
    concurrency,
    egressGuard,
    revocation,
    caa,
    urls,
    ...(issuers === undefined ? {} : { issuers }),
    ...(allAddresses ? {} : { maxAddresses: 1 }),
    ...(dns === undefined ? {} : { dns }),
    ...(rate === undefined ? {} : { perSecond: rate }),
  };
  return witnessFor(reach, { trusted, client }, common);
}

/** @param fetches Whether what certificates name is fetched, which is guarded always. */
function reachOptions(
  { stores, proxy: url, allow: entries, egressGuard }: LookOptions,
  fetches: boolean,
): Reach {
  // Not by the option's own parser: its messages repeat the argument, which may hold a password.
  const proxy = url === undefined ? undefined : parseProxy(url);
  if (isRejected(proxy)) throw new UserError(`--proxy: ${proxy.error}`);
  const authFault = proxy === undefined ? undefined : proxyAuthFault(process.env[PROXY_AUTH]);
  if (authFault !== undefined) throw new UserError(`--proxy: ${authFault}.`);
  if (entries !== undefined && egressGuard === undefined && !fetches)
    throw new UserError(
      '--allow says what the egress guard lets through: give --egress-guard, --revocation or --deep, too.',
    );
  const [only, ...more] = entries ?? [];
  const allow =
    entries === undefined
      ? undefined
      : parseAllowed(only === 'private' && more.length === 0 ? only : entries);
  if (isRejected(allow)) throw new UserError(`--allow: ${allow.error}`);
  return {
    ...(stores === undefined ? {} : { stores }),
    ...(proxy === undefined ? {} : { proxy }),
    ...(allow === undefined ? {} : { allow }),
  };
}

async function readTrust(
  { ca, stores }: LookOptions,
  stdin: AsyncIterable<Buffer | string>,
): Promise<Trusted> {
  const pem = ca === undefined ? undefined : await readText(ca, 'the CAs to trust', stdin);
  try {
    return trustOf(stores, pem);
  } catch (error) {
    throw new UserError(`--ca ${escapeForTerminal(ca ?? '')}: ${(error as Error).message}`);
  }
}

function storesOption(text: string): readonly StoreName[] {
  const stores = parseStores(text.split(',').map((word) => word.trim()));
  if (isRejected(stores)) throw new InvalidArgumentError(`${stores.error}.`);
  return stores;
}

/** Several in one, several times. */
function listed(text: string, earlier: readonly string[] = []): readonly string[] {
  return [...earlier, ...text.split(',').map((word) => word.trim())];
}
