import {
  type Endpoint,
  STARTTLS_PORTS,
  STARTTLS_PROTOCOLS,
  type StartTls,
  startTlsOf,
} from '../core/endpoint.ts';
import { quoted, type Rejected } from '../core/rejected.ts';
import { suggest } from './suggest.ts';

/** How TLS is begun at an endpoint, and the port where nobody names one. */
export interface Beginning {
  /** The protocol that is asked for TLS, or `tls` for TLS from the first byte. */
  readonly starttls: StartTls | 'tls';
  readonly port: number;
}

const HTTPS_PORT = 443;

/** What a person may write for it. */
const WORDS = [...STARTTLS_PROTOCOLS, 'tls'] as const;

/** Such a word. */
export function parseStartTls(text: string): StartTls | 'tls' | Rejected {
  const word = WORDS.find((known) => known === text.toLowerCase());
  if (word !== undefined) return word;
  return {
    error: `${quoted(text)} is no protocol that is asked for TLS${suggest(text, WORDS)}; wanted ${STARTTLS_PROTOCOLS.join(', ')}, or tls for TLS from the first byte`,
  };
}

/** What is wrong where an endpoint says one thing and `starttls` beside it another; undefined where nothing is. */
export function startTlsConflict(
  endpoint: Endpoint,
  starttls: StartTls | 'tls' | undefined,
): string | undefined {
  const said = startTlsOf(endpoint) ?? 'tls';
  if (starttls === undefined || starttls === said) return undefined;
  return `starttls is ${starttls}, but the endpoint says ${said} by itself; wanted one of the two`;
}

export function beginningOf(starttls: StartTls | 'tls'): Beginning {
  return { starttls, port: starttls === 'tls' ? HTTPS_PORT : STARTTLS_PORTS[starttls] };
}

const tls = (port: number): Beginning => ({ starttls: 'tls', port });

/** Schemes of URLs, with the ports that IANA assigned to them. */
export const SCHEMES: ReadonlyMap<string, Beginning> = new Map([
  ['https', tls(HTTPS_PORT)],
  ...STARTTLS_PROTOCOLS.map((protocol): [string, Beginning] => [protocol, beginningOf(protocol)]),
  ['postgresql', beginningOf('postgres')],
  ['smtps', tls(465)],
  ['imaps', tls(993)],
  ['pop3s', tls(995)],
  ['ldaps', tls(636)],
  ['ftps', tls(990)],
]);
