import type { Certificate } from '../../core/certificate.ts';
import type { DeepLook, EndpointObservation, PresentedChain, TlsVersion } from '../../core/observation.ts';
import { TLS_VERSIONS } from '../../core/observation.ts';
import { escapeForTerminal } from '../../core/printable.ts';
import { keyText, labelText } from './certificate.ts';
import { remainingText } from './time.ts';

/** CAs named before "and N more": a server may name hundreds. */
const NAMED = 4;

/** What further conversations showed, as `[what, value]`; nothing where none were held. */
export function deepDetails(observation: EndpointObservation, now: Date): [string, string][] {
  const { addresses, deep } = observation;
  const other = leavesOf(addresses.map(({ otherKey }) => otherKey?.chain));
  const unnamed = leavesOf(addresses.map((each) => each.unnamed));
  return [
    ...(deep === undefined ? [] : [['versions', versionsText(deep)] as [string, string]]),
    ...unnamed.map((leaf): [string, string] => ['default', leafText(leaf, now)]),
    ...other.map((leaf): [string, string] => ['also', `${leafText(leaf, now)}, ${keyText(leaf)}`]),
    ...(deep?.clientAuthorities === undefined
      ? []
      : [['asks for', authoritiesText(deep.clientAuthorities)] as [string, string]]),
  ];
}

/** The leaves, each once. */
function leavesOf(chains: readonly (PresentedChain | undefined)[]): readonly Certificate[] {
  const leaves = chains.flatMap((chain) => chain?.certificates[0] ?? []);
  return [...new Map(leaves.map((leaf) => [leaf.fingerprint, leaf])).values()];
}

function leafText(leaf: Certificate, now: Date): string {
  return `${labelText(leaf)}  ${remainingText(leaf, now)}`;
}

/** `TLS 1.3, 1.2`, newest first. */
function versionsText({ versions }: DeepLook): string {
  const these = (state: boolean | null) =>
    TLS_VERSIONS.filter((version) => versions[version] === state)
      .map(numberOf)
      .join(', ');
  const unknown = these(null) === '' ? '' : ` (not known: ${these(null)})`;
  return `${these(true) === '' ? 'none of TLS 1.0 to 1.3' : `TLS ${these(true)}`}${unknown}`;
}

/** `1.0` of `TLSv1`. */
function numberOf(version: TlsVersion): string {
  return version === 'TLSv1' ? '1.0' : version.slice('TLSv'.length);
}

function authoritiesText(names: readonly string[]): string {
  if (names.length === 0) return 'client certificate from any CA';
  const more = names.length - NAMED;
  const named = names.slice(0, NAMED).map((name) => escapeForTerminal(name));
  return `client certificate from ${named.join('; ')}${more > 0 ? ` and ${more} more` : ''}`;
}
