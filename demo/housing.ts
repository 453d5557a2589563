import { type DnsEntry, serveDns } from '../test/support/dns-server.ts';
import type { Issued } from '../test/support/pki.ts';
import { serveTls, type TestServer } from '../test/support/tls-servers.ts';
import { portsFrom } from './loopback.ts';

/** Opens a server at a place. */
export type Start = (listen: { readonly address: string; readonly port: number }) => Promise<TestServer>;

/** Where servers live: each name on a port of its own, and all of them gone with one call. */
export interface Housing {
  /** Opens the server on every address of the name, on one port that is free on all of them. */
  house(host: string, start: Start, addresses?: readonly string[]): Promise<readonly TestServer[]>;
  /** Ends a server and has its place present another chain, as a deployment does. */
  redeploy(server: TestServer, chain: readonly Issued[]): Promise<void>;
  /** Ends one server; its name stays. */
  vacate(server: TestServer): Promise<void>;
  /** Opens the name server that knows everybody who lives here by then. */
  serveNames(): Promise<{ readonly address: string; readonly port: number }>;
  /** Ends everything. */
  close(): Promise<void>;
}

/** High enough for everybody, and like what people put TLS servers on. */
const FIRST_PORT = 8443;

export function createHousing(): Housing {
  const open = new Set<{ close(): Promise<void> }>();
  const zone: Record<string, DnsEntry> = {};
  const onNextPort = portsFrom(FIRST_PORT);

  const keep = async (start: Start, address: string, port: number): Promise<TestServer> => {
    const server = await start({ address, port });
    open.add(server);
    return server;
  };
  const vacate = async (server: { close(): Promise<void> }): Promise<void> => {
    open.delete(server);
    await server.close();
  };
  const everywhere = async (start: Start, addresses: readonly string[], port: number) => {
    const servers: TestServer[] = [];
    try {
      for (const address of addresses) servers.push(await keep(start, address, port));
      return servers;
    } catch (error) {
      await Promise.all(servers.map(vacate));
      throw error;
    }
  };
  return {
    async house(host, start, addresses = ['127.0.0.1']) {
      const servers = await onNextPort((port) => everywhere(start, addresses, port));
      zone[host] = addresses;
      return servers;
    },
    async redeploy(server, chain) {
      await vacate(server);
      await keep((listen) => serveTls(chain, {}, listen), server.address, server.port);
    },
    vacate,
    async serveNames() {
      const dns = await serveDns(zone);
      open.add(dns);
      return { address: dns.address, port: dns.port };
    },
    async close() {
      await Promise.all([...open].map(vacate));
    },
  };
}
