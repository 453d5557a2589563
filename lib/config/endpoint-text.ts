import { type Endpoint, type StartTls, withStartTls } from '../core/endpoint.ts';
import { isRejected, quoted, type Rejected } from '../core/rejected.ts';
import { readAuthority } from './authority.ts';
import { parseHost } from './host-text.ts';
import { type Beginning, beginningOf, parseStartTls, SCHEMES } from './starttls-text.ts';
import { suggest } from './suggest.ts';

const EXAMPLES =
  'api.example.com, db.example.com:5432, mail.example.com:2525/smtp, [2001:db8::1]:443 or https://api.example.com';
const WANTED = `wanted an endpoint such as ${EXAMPLES}`;
// A host name has at most 253 characters, a URL may bring a path: whatever is longer is not an endpoint.
const LONGEST_TEXT = 4_096;

export interface EndpointTextOptions {
  /** The name to send as SNI instead of the host. */
  readonly serverName?: string | undefined;
  /** How TLS is begun where the text does not say it. It also decides the port that a text without one means. */
  readonly starttls?: StartTls | 'tls' | undefined;
}

/**
 * An endpoint as a person writes it: `host[:port][/protocol]` with an IPv6 address in brackets where a port follows, or
 * a URL such as `https://` or `smtp://`, whose path is ignored. Without a port it is that of the protocol, or 443. The
 * failure never repeats a password.
 */
export function parseEndpoint(text: string, options: EndpointTextOptions = {}): Endpoint | Rejected {
  if (text.trim() === '') return { error: `an empty endpoint; ${WANTED}` };
  if (text.length > LONGEST_TEXT) return { error: `an endpoint of ${text.length} characters; ${WANTED}` };
  // Before anything is quoted: what stands before the @ may be a password.
  if (text.includes('@')) {
    return { error: `the endpoint contains "@"; leave out user and password, ${WANTED}` };
  }
  const parts = splitProtocol(text);
  if (isRejected(parts)) return parts;
  const authority = readAuthority(parts.authority);
  if (isRejected(authority)) return authority;
  const host = parseHost(authority.host);
  if (isRejected(host)) return host;
  const serverName = options.serverName === undefined ? host : parseHost(options.serverName);
  if (isRejected(serverName)) return { error: `server name: ${serverName.error}` };
  const said =
    parts.beginning ?? (options.starttls === undefined ? undefined : beginningOf(options.starttls));
  const port = authority.port ?? (said ?? beginningOf('tls')).port;
  return withStartTls({ host, port, serverName }, said?.starttls);
}

/** `host[:port]`, and what the text says of how TLS is begun there, if anything. */
function splitProtocol(
  text: string,
): { readonly authority: string; readonly beginning?: Beginning } | Rejected {
  const [, scheme, rest = ''] = /^([a-z][a-z0-9+.-]*):\/\/(.*)$/is.exec(text) ?? [];
  if (scheme === undefined) return splitSlash(text);
  const beginning = SCHEMES.get(scheme.toLowerCase());
  if (beginning !== undefined) return { authority: rest.split(/[/?#]/, 1)[0] ?? '', beginning };
  if (/^http$/i.test(scheme)) {
    return { error: `${quoted(text)} is not TLS and has no certificate; ${WANTED}` };
  }
  const hint = suggest(scheme, [...SCHEMES.keys()]);
  return {
    error: `${quoted(text)} has a scheme that is not known here${hint}; write host:port instead, ${WANTED}`,
  };
}

function splitSlash(text: string): { readonly authority: string; readonly beginning?: Beginning } | Rejected {
  if (!/[/?#\\]/.test(text)) return { authority: text };
  const [, authority, word] = /^([^/?#\\]*)\/([a-z0-9]{1,20})$/i.exec(text) ?? [];
  if (authority === undefined || word === undefined) {
    return { error: `${quoted(text)} has a path but no scheme; ${WANTED}` };
  }
  const starttls = parseStartTls(word);
  return isRejected(starttls)
    ? { error: `${quoted(text)}: behind the slash, ${starttls.error}` }
    : { authority, beginning: beginningOf(starttls) };
}
