import type { CheckId } from '../lib/core/finding.ts';
import type { Issued } from '../test/support/pki.ts';
import {
  serveMutualTls,
  serveSilence,
  serveTls,
  type TestServer,
  type TlsTestServer,
} from '../test/support/tls-servers.ts';
import type { DemoCertificates } from './certificates.ts';
import type { Housing, Start } from './housing.ts';
import { findRefusingPort } from './loopback.ts';

/** Who owns an endpoint, as the configuration groups them. */
export type Owner = 'payments' | 'platform';

/** What the configuration notes about the endpoint that the story brings to a good end. */
export const RENEWED = 'renewed in time';

/** An endpoint of the zoo. */
export interface Inhabitant {
  readonly host: string;
  readonly port: number;
  readonly owner: Owner;
  /** What is special about it. */
  readonly note: string;
  /** The checks that have something open about it when the story ends. */
  readonly expected: readonly CheckId[];
}

/** Real servers on loopback, and a name server that knows them. */
export interface Zoo {
  readonly inhabitants: readonly Inhabitant[];
  readonly dns: { readonly address: string; readonly port: number };
  /** Where `pay` is served: two addresses where this machine has them. */
  readonly payAddresses: readonly string[];
  /** From now on the shop presents its renewed certificate. */
  renewShop(): void;
  /** From now on the first address of `pay` presents the renewed certificate. */
  renewFirstPayAddress(): void;
}

/**
 * Opens every server.
 *
 * @param payAddresses Two, for a rollout that has reached only the first of them.
 */
export async function openZoo(
  certificates: DemoCertificates,
  housing: Housing,
  payAddresses: readonly string[],
): Promise<Zoo> {
  const { issuing, oldPartners } = certificates;
  const inhabitants: Inhabitant[] = [];
  const settle = async <Server extends TestServer>(
    owner: Owner,
    name: string,
    note: string,
    expected: readonly CheckId[],
    start: Start<Server>,
    addresses?: readonly string[],
  ): Promise<Server> => {
    const host = `${name}.demo.test`;
    const [first] = await housing.house(host, start, addresses);
    if (first === undefined) throw new Error(`${host} has no address`);
    inhabitants.push({ host, port: first.port, owner, note, expected });
    return first;
  };
  const tls =
    (...chain: readonly Issued[]): Start<TlsTestServer> =>
    (listen) =>
      serveTls(chain, {}, listen);
  const mutual: Start<TestServer> = (listen) =>
    serveMutualTls([certificates.partners], oldPartners, 'TLSv1.3', listen);
  const { healthy, expiring, expired, selfSigned, wrongName, withoutIntermediate } = certificates;

  const shop = await settle('payments', 'shop', RENEWED, [], tls(certificates.shop));
  const rollout = payAddresses.length > 1 ? 'two addresses, one renewed so far' : 'expires soon';
  const pay = await settle('payments', 'pay', rollout, ['expiring'], tls(certificates.pay), payAddresses);
  await settle('payments', 'partners', 'asks for a client certificate', [], mutual);
  await settle('platform', 'www', 'healthy', [], tls(healthy, issuing));
  await settle('platform', 'admin', 'expires soon', ['expiring'], tls(expiring, issuing));
  await settle('platform', 'legacy', 'expired', ['expired'], tls(expired, issuing));
  await settle('platform', 'grafana', 'self-signed', ['self-signed'], tls(selfSigned));
  await settle('platform', 'api', 'certificate of another name', ['name-mismatch'], tls(wrongName, issuing));
  await settle('platform', 'status', 'no intermediate', ['incomplete-chain'], tls(withoutIntermediate));
  await settle('platform', 'queue', 'accepts and says nothing', ['could-not-observe'], serveSilence);
  const dead: Inhabitant = {
    host: 'backup.demo.test',
    port: await findRefusingPort(),
    owner: 'platform',
    note: 'nobody listens',
    expected: ['could-not-observe'],
  };
  housing.leaveEmpty(dead.host);
  inhabitants.push(dead);

  return {
    inhabitants,
    dns: await housing.serveNames(),
    payAddresses,
    renewShop: () => shop.present([certificates.shopRenewed]),
    renewFirstPayAddress: () => pay.present([certificates.payRenewed]),
  };
}
