import { createSocket } from 'node:dgram';
import { isIPv4 } from 'node:net';

/** What the server does with a question about a name, per family or for both. */
type DnsBehaviour = 'silence' | 'servfail' | 'nxdomain';

/** Addresses of a name (a family without any gets an empty answer), or how to fail. */
export type DnsEntry =
  | readonly string[]
  | DnsBehaviour
  | { readonly a: readonly string[] | DnsBehaviour; readonly aaaa: readonly string[] | DnsBehaviour }
  | { readonly caa: readonly DnsCaa[] | DnsBehaviour }
  | { readonly cname: string };

/** A CAA record (RFC 8659 §4.1), or the bytes of a malformed one. */
type DnsCaa = readonly [flags: number, tag: string, value: string] | Buffer;

/** A name server on loopback that knows what it was told and nothing else. */
export interface DnsServer {
  readonly address: string;
  readonly port: number;
  /** Names asked for so far, one per question. */
  readonly asked: readonly string[];
  close(): Promise<void>;
}

const TYPE_A = 1;
const TYPE_CNAME = 5;
const TYPE_AAAA = 28;
const TYPE_CAA = 257;
const RCODE = { servfail: 2, nxdomain: 3 } as const;

/** Names are lower case; what is not in the map is NXDOMAIN. */
export async function serveDns(zone: Readonly<Record<string, DnsEntry>>): Promise<DnsServer> {
  const socket = createSocket('udp4');
  const asked: string[] = [];
  socket.on('message', (query, peer) => {
    const { name, type, end } = readQuestion(query);
    asked.push(name);
    const result = lookUp(zone, name, type);
    if (result === 'silence') return;
    const records = typeof result === 'string' ? [] : result;
    const header = Buffer.from(query.subarray(0, 12));
    // A response with recursion available (RFC 1035 §4.1.1).
    header.writeUInt16BE(0x8180 | (typeof result === 'string' ? RCODE[result] : 0), 2);
    header.writeUInt16BE(1, 4);
    header.writeUInt16BE(records.length, 6);
    header.writeUInt32BE(0, 8);
    socket.send(Buffer.concat([header, query.subarray(12, end), ...records]), peer.port, peer.address);
  });
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
  const { address, port } = socket.address();
  return { address, port, asked, close: () => new Promise((resolve) => socket.close(() => resolve())) };
}

type Zone = Readonly<Record<string, DnsEntry>>;

/** The resource records of an answer. */
function lookUp(
  zone: Zone,
  name: string,
  type: number,
  owner: Buffer = QUESTION,
): readonly Buffer[] | DnsBehaviour {
  const entry = zone[name] ?? 'nxdomain';
  if (typeof entry === 'string') return entry;
  if ('cname' in entry) {
    const target = encodeName(entry.cname);
    const behind = lookUp(zone, entry.cname, type, target);
    return typeof behind === 'string' ? behind : [record(owner, TYPE_CNAME, target), ...behind];
  }
  if (type === TYPE_CAA) {
    const caa = 'caa' in entry ? entry.caa : [];
    return typeof caa === 'string' ? caa : caa.map((each) => record(owner, type, caaBytes(each)));
  }
  const addresses = addressesOf(entry, type);
  return typeof addresses === 'string'
    ? addresses
    : addresses.map((address) => record(owner, type, addressBytes(address)));
}

function addressesOf(entry: Exclude<DnsEntry, string>, type: number): readonly string[] | DnsBehaviour {
  if ('a' in entry) return type === TYPE_A ? entry.a : type === TYPE_AAAA ? entry.aaaa : [];
  if ('caa' in entry || 'cname' in entry) return [];
  return entry.filter((address) => isIPv4(address) === (type === TYPE_A));
}

function readQuestion(query: Buffer): { name: string; type: number; end: number } {
  const labels: string[] = [];
  let at = 12;
  for (let length = query[at] ?? 0; length > 0; length = query[at] ?? 0) {
    labels.push(query.toString('latin1', at + 1, at + 1 + length));
    at += 1 + length;
  }
  return { name: labels.join('.').toLowerCase(), type: query.readUInt16BE(at + 1), end: at + 5 };
}

/** A pointer to the name in the question (RFC 1035 §4.1.4). */
const QUESTION = Buffer.of(0xc0, 0x0c);

function encodeName(name: string): Buffer {
  const labels = name.split('.').map((label) => Buffer.concat([Buffer.of(label.length), Buffer.from(label)]));
  return Buffer.concat([...labels, Buffer.of(0)]);
}

function record(owner: Buffer, type: number, data: Buffer): Buffer {
  const head = Buffer.alloc(10);
  head.writeUInt16BE(type, 0);
  head.writeUInt16BE(1, 2);
  head.writeUInt32BE(60, 4);
  head.writeUInt16BE(data.length, 8);
  return Buffer.concat([owner, head, data]);
}

function addressBytes(address: string): Buffer {
  return isIPv4(address) ? Buffer.from(address.split('.').map(Number)) : ipv6Bytes(address);
}

function caaBytes(caa: DnsCaa): Buffer {
  if (Buffer.isBuffer(caa)) return caa;
  const [flags, tag, value] = caa;
  return Buffer.concat([Buffer.of(flags, tag.length), Buffer.from(tag), Buffer.from(value)]);
}

function ipv6Bytes(address: string): Buffer {
  const [left = '', right = ''] = address.split('::');
  const groups = (text: string) =>
    text === '' ? [] : text.split(':').map((group) => Number.parseInt(group, 16));
  const head = groups(left);
  const tail = groups(right);
  const all = [...head, ...Array<number>(8 - head.length - tail.length).fill(0), ...tail];
  const bytes = Buffer.alloc(16);
  for (const [index, group] of all.entries()) bytes.writeUInt16BE(group, index * 2);
  return bytes;
}
