import { isIPv6 } from 'node:net';
import { quoted, type Rejected } from '../core/rejected.ts';

/** The two parts of `host:port`, neither of them judged yet but for their place. */
interface Authority {
  /** Without brackets. */
  readonly host: string;
  readonly port: number | undefined;
}

/**
 * Reads `host`, `host:port`, `[v6]`, `[v6]:port` or a bare IPv6 address.
 *
 * @param example For messages.
 */
export function readAuthority(text: string, example = 'db.example.com:5432'): Authority | Rejected {
  const parts = splitPort(text);
  if ('error' in parts) return parts;
  const port = readPort(parts.port, text, example);
  return typeof port === 'object' ? port : { host: parts.host, port };
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

function readPort(
  text: string | undefined,
  authority: string,
  example: string,
): number | undefined | Rejected {
  if (text === undefined) return undefined;
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (port >= 1 && port <= 65_535) return port;
  return {
    error: `${quoted(authority)} has the port ${quoted(text)}; wanted a number from 1 to 65535, such as ${example}`,
  };
}
