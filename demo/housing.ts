import { type DnsEntry, serveDns } from '../test/support/dns-server.ts';
import type { TestServer } from '../test/support/tls-servers.ts';
import { portsFrom } from './loopback.ts';

/** Opens a server at a place. */
export type Start<Server extends TestServer> = (listen: {
  readonly address: string;
  readonly port: number;
}) => Promise<Server>;

/** Where servers live: each name on a port of its own, and all of them gone with one call. */
export interface Housing {
  /** Opens the server on every address of the name, on one port that is free on all of them. */
  house<Server extends TestServer>(
    host: string,
    start: Start<Server>,
    addresses?: readonly string[],
  ): Promise<readonly Server[]>;
  /** Gives a name an address where nobody lives. */
  leaveEmpty(host: string): void;
  /** Opens the name server that knows every name given by then. */
  serveNames(): Promise<{ readonly address: string; readonly port: number }>;
  /** Ends everything. */
  close(): Promise<void>;
}

/** High enough for everybody, and like what people put TLS servers on. */
const FIRST_PORT = 8443;

const HOME: readonly string[] = ['127.0.0.1'];

export function createHousing(): Housing {
  const open = new Set<{ close(): Promise<void> }>();
  const zone: Record<string, DnsEntry> = {};
  const onNextPort = portsFrom(FIRST_PORT);

  const everywhere = async <Server extends TestServer>(
    start: Start<Server>,
    addresses: readonly string[],
    port: number,
  ): Promise<readonly Server[]> => {
    const servers: Server[] = [];
    try {
      for (const address of addresses) servers.push(await start({ address, port }));
      return servers;
    } catch (error) {
      await Promise.all(servers.map((server) => server.close()));
      throw error;
    }
  };
  return {
    async house(host, start, addresses = HOME) {
      const servers = await onNextPort((port) => everywhere(start, addresses, port));
      for (const server of servers) open.add(server);
      zone[host] = addresses;
      return servers;
    },
    leaveEmpty(host) {
      zone[host] = HOME;
    },
    async serveNames() {
      const dns = await serveDns(zone);
      open.add(dns);
      return { address: dns.address, port: dns.port };
    },
    async close() {
      await Promise.all([...open].map((server) => server.close()));
      open.clear();
    },
  };
}
