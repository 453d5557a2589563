/** Which of an endpoint's addresses something is true of, as people say it. */
import { addressesThatAnswered, type EndpointContent, type ServedChain } from './content.ts';

/** "served by 1 of 3 addresses", and empty where every address that answered serves it. */
export function servedWhere(leaf: string, content: EndpointContent): string {
  const where = addressesWhere(content, (chain) => chain.certificates[0] === leaf);
  return where === '' ? '' : `served by ${where}`;
}

/**
 * "1 of 3 addresses" for the chains that meet the condition, and empty where every address that answered serves one. Chains
 * for other kinds of keys do not count, and where only those meet it that is empty, too: their addresses are those of the
 * latest deep look, and cannot be held against the addresses of now.
 */
export function addressesWhere(content: EndpointContent, meets: (chain: ServedChain) => boolean): string {
  const total = addressesThatAnswered(content);
  const serving = addressesThatAnswered({ chains: content.chains.filter(meets) });
  return serving === total || serving === 0 ? '' : `${serving} of ${total} addresses`;
}

const ADDRESSES_NAMED = 4;

/** The first addresses by name, and how many more there are. */
export function sampleOf(addresses: readonly string[]): string {
  const named = addresses.slice(0, ADDRESSES_NAMED).join(', ');
  return addresses.length > ADDRESSES_NAMED
    ? `${named} and ${addresses.length - ADDRESSES_NAMED} more`
    : named;
}
