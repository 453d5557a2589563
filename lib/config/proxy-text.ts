import { isRejected, quoted, type Rejected } from '../core/rejected.ts';
import type { HttpProxy } from '../sources/tls-endpoint/proxy.ts';
import { readAuthority } from './authority.ts';
import { parseHost } from './host-text.ts';

/** `user:password` for the proxy. */
export const PROXY_AUTH = 'NOTAFTER_PROXY_AUTH';

const WANTED = 'wanted one such as http://proxy.example.com:3128';

/** An HTTP proxy as a person writes it, `http://host:port`, as `host:port`. The failure never repeats a password. */
export function parseProxy(text: string): string | Rejected {
  const proxy = readProxy(text);
  return isRejected(proxy) ? proxy : hostAndPort(proxy);
}

function readProxy(text: string): HttpProxy | Rejected {
  if (text.includes('@')) {
    return {
      error: `the proxy contains "@"; its user and password come from the environment variable ${PROXY_AUTH}=user:password, ${WANTED}`,
    };
  }
  const [, scheme, rest = ''] = /^([a-z][a-z0-9+.-]*):\/\/(.*)$/is.exec(text) ?? [];
  if (scheme === undefined) return { error: `${quoted(text)} is no address of a proxy; ${WANTED}` };
  if (!/^http$/i.test(scheme)) {
    return {
      error: `${quoted(text)}: only HTTP proxies are supported, not ${scheme.toLowerCase()}; ${WANTED}`,
    };
  }
  const [, authority = '', more] = /^([^/?#\\]*)\/?(.*)$/s.exec(rest) ?? [];
  if (more !== '') return { error: `${quoted(text)} has a path, which no proxy has; ${WANTED}` };
  return readPlace(authority, text);
}

function readPlace(authority: string, text: string): HttpProxy | Rejected {
  const parts = readAuthority(authority, 'proxy.example.com:3128');
  if (isRejected(parts)) return parts;
  const host = parseHost(parts.host);
  if (isRejected(host)) return host;
  if (parts.port === undefined) return { error: `${quoted(text)} names no port; ${WANTED}` };
  return { host, port: parts.port };
}

function hostAndPort({ host, port }: HttpProxy): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`;
}

/**
 * The proxy to connect through.
 *
 * @param text As `Reach.proxy` has it.
 * @param credentials `user:password`, where there are any.
 * @throws Error for what no configuration wrote, and for credentials that cannot be used.
 */
export function proxyOf(text: string, credentials: string | undefined): HttpProxy {
  const proxy = readPlace(text, text);
  if (isRejected(proxy)) throw new Error(proxy.error);
  if (credentials === undefined || credentials === '') return proxy;
  const fault = proxyAuthFault(credentials);
  if (fault !== undefined) throw new Error(fault);
  return { ...proxy, credentials };
}

/** Why the proxy cannot be told that, which is not repeated (RFC 7617 §2: a colon ends the user); undefined where it can. */
export function proxyAuthFault(credentials: string | undefined): string | undefined {
  return credentials === undefined || credentials === '' || credentials.includes(':')
    ? undefined
    : `the environment variable ${PROXY_AUTH} holds no colon; wanted user:password`;
}
