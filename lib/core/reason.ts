/** Why something could not be observed. The codes are a contract (docs/cli.md): scripts and alert rules match on them. */

/** Who is to blame: the thing observed, something between us and it, or NotAfter's own host. */
type Fault = 'target' | 'network' | 'monitor';

interface ReasonEntry {
  readonly fault: Fault;
  /** One sentence fragment that follows "could not be observed: ". */
  readonly text: string;
}

export const REASONS = {
  dns_not_found: { fault: 'target', text: 'the name does not exist or has no address' },
  dns_failed: { fault: 'network', text: 'the resolver answered with a failure' },
  dns_timeout: { fault: 'network', text: 'the resolver did not answer in time' },
  connect_refused: { fault: 'target', text: 'the connection was refused' },
  connect_timeout: { fault: 'network', text: 'no TCP connection in time' },
  connect_unreachable: { fault: 'network', text: 'no route to the address' },
  family_unavailable: { fault: 'monitor', text: 'this host has no route for the address family' },
  connection_reset: { fault: 'target', text: 'the connection was reset during the handshake' },
  connection_closed: { fault: 'target', text: 'the connection was closed during the handshake' },
  handshake_timeout: { fault: 'target', text: 'connected, but the TLS handshake did not finish in time' },
  not_tls: { fault: 'target', text: 'what answered does not speak TLS' },
  starttls_refused: { fault: 'target', text: 'the server would not begin TLS' },
  starttls_failed: {
    fault: 'target',
    text: 'what answered does not speak the protocol that was asked for TLS',
  },
  proxy_failed: { fault: 'network', text: 'the proxy did not let the connection through' },
  address_refused: { fault: 'monitor', text: 'the egress guard does not allow the address' },
  name_refused: { fault: 'target', text: 'the server answers, but refuses the name that it was asked for' },
  handshake_failed: { fault: 'target', text: 'the TLS handshake failed' },
  protocol_version: { fault: 'target', text: 'the server offers no TLS version that is supported here' },
  no_certificate: { fault: 'target', text: 'the server presented no certificate' },
  chain_too_large: { fault: 'target', text: 'the presented chain is too large to inspect' },
  certificate_unreadable: { fault: 'target', text: 'the presented certificate cannot be decoded' },
  file_not_found: { fault: 'target', text: 'the file does not exist' },
  file_denied: { fault: 'target', text: 'the file may not be read' },
  file_is_directory: { fault: 'target', text: 'a directory stands where a file was expected' },
  file_too_large: { fault: 'target', text: 'the file is larger than a certificate file can sensibly be' },
  file_unreadable: { fault: 'target', text: 'the file could not be read' },
  no_certificates: { fault: 'target', text: 'the file holds no readable certificate' },
  access_denied: { fault: 'monitor', text: 'access was denied' },
  throttled: { fault: 'network', text: 'AWS asked to slow down for too long' },
  region_unreachable: { fault: 'network', text: 'the service cannot be reached in this region' },
  listing_failed: { fault: 'network', text: 'the listing could not be completed' },
  object_not_found: { fault: 'target', text: 'the object does not exist' },
  object_missing_or_denied: {
    fault: 'monitor',
    text: 'the object does not exist, or may not be read: S3 does not say which without s3:ListBucket',
  },
  ca_unusable: { fault: 'monitor', text: 'the CA file of the target cannot be used' },
  client_unusable: { fault: 'monitor', text: 'the client certificate of the target cannot be used' },
  out_of_sockets: { fault: 'monitor', text: 'this process ran out of file descriptors' },
  internal_error: { fault: 'monitor', text: 'NotAfter itself failed' },
} as const satisfies Record<string, ReasonEntry>;

export type Reason = keyof typeof REASONS;

export interface Failure {
  readonly reason: Reason;
  /** What was seen, for a person: an errno, an OpenSSL reason, the first bytes. From outside, so escape it. */
  readonly detail?: string;
}

/** A sentence fragment: what the code means, then what was seen. */
export function describeFailure(failure: Failure): string {
  const text = REASONS[failure.reason].text;
  return failure.detail === undefined ? text : `${text} (${failure.detail})`;
}
