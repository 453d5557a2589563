/** Why nothing came back from a URL that a certificate or the configuration names. The codes are a contract, as in reason.ts. */

interface FetchFailureEntry {
  /** What is to blame: what was asked for and who answers it, something in between, or NotAfter and its host. */
  readonly fault: 'target' | 'network' | 'monitor';
  /** One sentence fragment that follows "could not be fetched: ". */
  readonly text: string;
}

export const FETCH_FAILURES = {
  url_unusable: { fault: 'target', text: 'the URL cannot be used' },
  not_http: { fault: 'target', text: 'the URL is neither http: nor https:' },
  credentials_in_url: { fault: 'target', text: 'the URL contains a user name or a password' },
  address_refused: { fault: 'target', text: 'the host has no address that may be connected to' },
  dns_not_found: { fault: 'target', text: 'the name does not exist or has no address' },
  dns_failed: { fault: 'network', text: 'the resolver answered with a failure' },
  dns_timeout: { fault: 'network', text: 'the resolver did not answer in time' },
  connect_failed: { fault: 'network', text: 'no connection to the server' },
  tls_failed: {
    fault: 'target',
    text: 'the TLS handshake failed or the certificate of the server is not trusted',
  },
  timed_out: { fault: 'network', text: 'the server did not answer in time' },
  cut_short: { fault: 'network', text: 'the connection ended before the answer was complete' },
  answer_malformed: { fault: 'target', text: 'what answered does not speak HTTP' },
  http_status: { fault: 'target', text: 'the server refused with an HTTP status' },
  too_many_redirects: { fault: 'target', text: 'the server redirects too often' },
  redirect_refused: { fault: 'target', text: 'the server redirects to where it may not' },
  too_large: { fault: 'target', text: 'the answer is larger than what is read' },
  encoded: { fault: 'target', text: 'the answer has a content encoding that was not asked for' },
  unreadable: { fault: 'target', text: 'the answer is not what was expected' },
  no_turn: { fault: 'monitor', text: 'too many other requests were waiting before it' },
  out_of_sockets: { fault: 'monitor', text: 'this process ran out of file descriptors' },
  closed: { fault: 'monitor', text: 'the run ended before it was fetched' },
  internal_error: { fault: 'monitor', text: 'NotAfter itself failed' },
} as const satisfies Record<string, FetchFailureEntry>;

type FetchFailureCode = keyof typeof FETCH_FAILURES;

export interface FetchFailure {
  readonly code: FetchFailureCode;
  /** What was seen, for a person: an errno, a status, an address. From outside, so escape it. */
  readonly detail?: string;
}

/** A sentence fragment: what the code means, then what was seen. */
export function describeFetchFailure({ code, detail }: FetchFailure): string {
  const { text } = FETCH_FAILURES[code];
  return detail === undefined ? text : `${text} (${detail})`;
}
