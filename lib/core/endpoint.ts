/**
 * The protocols that begin in the clear and are asked for TLS. `tls` stands for a port whose number would say otherwise,
 * and that speaks TLS from the first byte all the same.
 */
export const STARTTLS_PROTOCOLS = [
  'smtp',
  'submission',
  'imap',
  'pop3',
  'ftp',
  'ldap',
  'postgres',
  'mysql',
] as const;

export type StartTls = (typeof STARTTLS_PROTOCOLS)[number];

/** The ports that IANA assigned to the clear form of a protocol: TLS has to be asked for there. */
export const STARTTLS_PORTS: Readonly<Record<StartTls, number>> = {
  smtp: 25,
  submission: 587,
  imap: 143,
  pop3: 110,
  ftp: 21,
  ldap: 389,
  postgres: 5432,
  mysql: 3306,
};

/** Where a TLS conversation is held: host + port + the name sent as SNI, and how TLS is begun there. */
export interface Endpoint {
  /** A DNS name in A-label form (lower case, no trailing dot) or an IP literal without brackets. */
  readonly host: string;
  readonly port: number;
  /** The name sent as SNI and matched against the leaf; the host itself unless the target says otherwise. */
  readonly serverName: string;
  /** Where the port does not imply it: the protocol to ask for TLS, or `tls` for TLS from the first byte. */
  readonly starttls?: StartTls | 'tls';
}

const IMPLIED: ReadonlyMap<number, StartTls> = new Map(
  STARTTLS_PROTOCOLS.map((protocol) => [STARTTLS_PORTS[protocol], protocol]),
);

/** The protocol that has to be asked for TLS; null where TLS is spoken from the first byte. */
export function startTlsOf({ port, starttls }: Pick<Endpoint, 'port' | 'starttls'>): StartTls | null {
  if (starttls === 'tls') return null;
  return starttls ?? IMPLIED.get(port) ?? null;
}

/** The endpoint with `starttls` only where the port would say something else: one endpoint, one form. */
export function withStartTls(
  endpoint: Omit<Endpoint, 'starttls'>,
  starttls: StartTls | 'tls' | undefined,
): Endpoint {
  const { host, port, serverName } = endpoint;
  const implied = IMPLIED.get(port) ?? 'tls';
  const bare = { host, port, serverName };
  return starttls === undefined || starttls === implied ? bare : { ...bare, starttls };
}
