import { isIPv6 } from 'node:net';

/**
 * At most `max` of the addresses, in the order given. Where some must be left out the choice does not depend on that
 * order, because resolvers rotate it and a sample that moves looks like a change; and both families are represented.
 */
export function selectAddresses(addresses: readonly string[], max: number): readonly string[] {
  if (addresses.length <= max) return addresses;
  const v6 = addresses.filter((address) => isIPv6(address)).sort();
  const v4 = addresses.filter((address) => !isIPv6(address)).sort();
  const v6Share = Math.min(v6.length, Math.max(Math.floor(max / 2), max - v4.length));
  const chosen = new Set([...v4.slice(0, max - v6Share), ...v6.slice(0, v6Share)]);
  return addresses.filter((address) => chosen.has(address));
}
