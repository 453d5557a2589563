import { isIPv6 } from 'node:net';
import type { Endpoint } from '../core/endpoint.ts';
import { isRejected, quoted, type Rejected } from '../core/rejected.ts';
import { parseHost } from './host-text.ts';

const HTTPS_PORT = 443;
const EXAMPLES = 'api.example.com, db.example.com:5432, [2001:db8::1]:443 or https://api.example.com';
const WANTED = `wanted an endpoint such as ${EXAMPLES}`;
// A host name has at most 253 characters, a URL may bring a path: whatever is longer is not an endpoint.
const LONGEST_TEXT = 4_096;

export interface EndpointTextOptions {
  /** The name to send as SNI instead of the host. */
  readonly serverName?: string | undefined;
}

/**
 * An endpoint as a person writes it: `host`, `host:port`, `[v6]:port`, a bare IPv6 address or an `https://` URL, whose
 * path is ignored. Without a port it is 443. The failure never repeats a password.
 */
export function parseEndpoint(text: string, options: EndpointTextOptions = {}): Endpoint | Rejected {
  if (text.trim() === '') return { error: `an empty endpoint; ${WANTED}` };
  if (text.length > LONGEST_TEXT) return { error: `an endpoint of ${text.length} characters; ${WANTED}` };
  // Before anything is quoted: what stands before the @ may be a password.
  if (text.includes('@')) {
    return { error: `the endpoint contains "@"; leave out user and password, ${WANTED}` };
  }
  const authority = authorityOf(text);
  if (isRejected(authority)) return authority;
  const parts = splitPort(authority);
  if (isRejected(parts)) return parts;
  const port = parsePort(parts.port, authority);
  if (isRejected(port)) return port;
  const host = parseHost(parts.host);
  if (isRejected(host)) return host;
  const serverName = options.serverName === undefined ? host : parseHost(options.serverName);
  if (isRejected(serverName)) return { error: `server name: ${serverName.error}` };
  return { host, port, serverName };
}

/** `host[:port]` out of a URL, or the text itself where there is no scheme. */
function authorityOf(text: string): string | Rejected {
  const [, scheme, rest = ''] = /^([a-z][a-z0-9+.-]*):\/\/(.*)$/is.exec(text) ?? [];
  if (scheme === undefined) {
    if (!/[/?#\\]/.test(text)) return text;
    return { error: `${quoted(text)} has a path but no scheme; ${WANTED}` };
  }
  if (/^https$/i.test(scheme)) return rest.split(/[/?#]/, 1)[0] ?? '';
  if (/^http$/i.test(scheme)) {
    return { error: `${quoted(text)} is not TLS and has no certificate; ${WANTED}` };
  }
  return { error: `${quoted(text)} has another scheme than https; write host:port instead, ${WANTED}` };
}

function splitPort(authority: string): { host: string; port: string | undefined } | Rejected {
  if (/[[\]]/.test(authority)) {
    const [, host, port] = /^\[([^[\]]*)\](?::(.*))?$/s.exec(authority) ?? [];
    if (host?.includes(':')) return { host, port };
    return {
      error: `${quoted(authority)} has brackets that hold no IPv6 address; wanted one such as [2001:db8::1]:443`,
    };
  }
  if (isIPv6(authority)) return { host: authority, port: undefined };
  const [host = '', port, more] = authority.split(':');
  if (more === undefined) return { host, port };
  return {
    error: `${quoted(authority)} has more than one colon; an IPv6 address with a port is written [2001:db8::1]:443`,
  };
}

function parsePort(text: string | undefined, authority: string): number | Rejected {
  if (text === undefined) return HTTPS_PORT;
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (port >= 1 && port <= 65_535) return port;
  return {
    error: `${quoted(authority)} has the port ${quoted(text)}; wanted a number from 1 to 65535, such as db.example.com:5432`,
  };
}
