import type { Certificate } from '../../core/certificate.ts';
import type { EndpointContent } from '../../core/content.ts';
import { type DeepLook, TLS_VERSIONS, type TlsVersion } from '../../core/observation.ts';
import { escapeForTerminal } from '../../core/printable.ts';
import { keyText, labelText } from './certificate.ts';
import { revocationText } from './revocation.ts';
import { remainingText } from './time.ts';

/** CAs named before "and N more": a server may name hundreds. */
const NAMED = 4;

/** What further conversations showed, as `[what, value]`; nothing where none were held. */
export function deepDetails(
  { chains, deep, inquiry, unnamed = [] }: EndpointContent,
  certificates: ReadonlyMap<string, Certificate>,
  now: Date,
): [string, string][] {
  const other = new Set(chains.flatMap((chain) => (chain.otherKey ? chain.certificates.slice(0, 1) : [])));
  return [
    ...(deep === undefined ? [] : [['versions', versionsText(deep)] as [string, string]]),
    ...unnamed.map((fingerprint): [string, string] => ['default', leafText(fingerprint, certificates, now)]),
    ...[...other].map((fingerprint): [string, string] => {
      const leaf = certificates.get(fingerprint);
      const status = inquiry?.revocation?.[fingerprint];
      const parts = [
        leafText(fingerprint, certificates, now),
        leaf === undefined ? null : keyText(leaf),
        status === undefined ? null : revocationText(status),
      ];
      return ['also', parts.filter((part) => part !== null).join(', ')];
    }),
    ...(deep?.clientAuthorities === undefined
      ? []
      : [['asks for', authoritiesText(deep.clientAuthorities)] as [string, string]]),
  ];
}

function leafText(fingerprint: string, certificates: ReadonlyMap<string, Certificate>, now: Date): string {
  const leaf = certificates.get(fingerprint);
  return leaf === undefined ? fingerprint.slice(0, 16) : `${labelText(leaf)}  ${remainingText(leaf, now)}`;
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
