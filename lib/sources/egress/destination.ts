import type { FetchFailure } from '../../core/fetch-failure.ts';

/** Where a request goes, as a checked URL says it. */
export interface Destination {
  readonly url: URL;
  /** A name or an IP literal, without brackets. */
  readonly host: string;
  readonly port: number;
  readonly secure: boolean;
}

const LONGEST_URL = 4096;

/** Reads a URL from outside. */
export function parseDestination(text: string, base?: URL): Destination | { readonly failure: FetchFailure } {
  const url = text.length > LONGEST_URL ? null : URL.parse(text, base?.href);
  if (url === null || (url.hostname === '' && isHttp(url))) return { failure: { code: 'url_unusable' } };
  if (!isHttp(url)) return { failure: { code: 'not_http', detail: url.protocol.slice(0, 40) } };
  if (url.username !== '' || url.password !== '') return { failure: { code: 'credentials_in_url' } };
  url.hash = '';
  const secure = url.protocol === 'https:';
  const port = url.port === '' ? (secure ? 443 : 80) : Number(url.port);
  if (port === 0) return { failure: { code: 'url_unusable', detail: 'port 0' } };
  return { url, host: url.hostname.replace(/^\[(.*)\]$/, '$1'), port, secure };
}

function isHttp(url: URL): boolean {
  return url.protocol === 'http:' || url.protocol === 'https:';
}

/** RFC 9110 §15.4: the statuses that point elsewhere, for a method that is kept. */
export function isRedirect(status: number, method: 'GET' | 'POST'): boolean {
  // 301, 302 and 303 turn a POST into a GET, which would ask for something else.
  return status === 307 || status === 308 || (method === 'GET' && [301, 302, 303].includes(status));
}

/** Where a redirect leads, by rules as strict as those for the first URL; and never from https: to http:. */
export function redirected(
  from: Destination,
  location: string | undefined,
): Destination | { readonly failure: FetchFailure } {
  if (location === undefined)
    return { failure: { code: 'redirect_refused', detail: 'it does not say where' } };
  const to = parseDestination(location, from.url);
  if ('failure' in to || to.secure || !from.secure) return to;
  return { failure: { code: 'redirect_refused', detail: 'from https: to http:' } };
}
