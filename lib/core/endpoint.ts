/** Where a TLS conversation is held: host + port + the name sent as SNI. */
export interface Endpoint {
  /** A DNS name in A-label form (lower case, no trailing dot) or an IP literal without brackets. */
  readonly host: string;
  readonly port: number;
  /** The name sent as SNI and matched against the leaf; the host itself unless the target says otherwise. */
  readonly serverName: string;
}
