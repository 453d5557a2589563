import { isIP } from 'node:net';

/** Names to addresses, as hosts(5) defines them. Names are lower case. */
export type Hosts = ReadonlyMap<string, readonly string[]>;

/** Reads the text of a hosts file. Lines that make no sense are skipped, as the C library does. */
export function parseHosts(text: string): Hosts {
  const hosts = new Map<string, string[]>();
  for (const line of text.split('\n')) {
    const hash = line.indexOf('#');
    const [address, ...names] = (hash === -1 ? line : line.slice(0, hash)).trim().split(/\s+/);
    if (address === undefined || isIP(address) === 0) continue;
    for (const name of names) {
      const key = name.toLowerCase();
      const known = hosts.get(key);
      if (known === undefined) hosts.set(key, [address]);
      else if (!known.includes(address)) known.push(address);
    }
  }
  return hosts;
}

/**
 * The addresses of a name without asking anybody, or undefined. `localhost` and what is below it are the loopback
 * addresses even where the file does not say so (RFC 6761 §6.3).
 */
export function addressesFromHosts(hosts: Hosts, name: string): readonly string[] | undefined {
  const known = hosts.get(name.toLowerCase());
  if (known !== undefined) return known;
  return /^(?:.+\.)?localhost$/i.test(name) ? ['127.0.0.1', '::1'] : undefined;
}
