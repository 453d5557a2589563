import type { EndpointObservation } from '../../core/observation.ts';

/** Addresses named before "and N more": what is remembered of a large site would fill the screen. */
const NAMED = 4;

/** `192.0.2.1, 192.0.2.2 and 5 more`: some of the addresses that something is true of, and how many there are. */
export function addressesText({
  addresses,
  addressCount,
}: {
  readonly addresses: readonly string[];
  readonly addressCount: number;
}): string {
  const named = addresses.slice(0, NAMED);
  const more = addressCount - named.length;
  return named.join(', ') + (more > 0 ? ` and ${more} more` : '');
}

/** `looked at 64 of 80 addresses`; undefined where those are all there are. */
export function sampleText({ addresses, addressesKnown }: EndpointObservation): string | undefined {
  return addresses.length < addressesKnown
    ? `looked at ${addresses.length} of ${addressesKnown} addresses`
    : undefined;
}
