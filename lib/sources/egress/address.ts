import { isIP } from 'node:net';
import { quoted, type Rejected } from '../../core/rejected.ts';

/** An IP address as a number, so that all its spellings are one. An IPv4-mapped IPv6 address is its IPv4 address. */
export interface Address {
  readonly family: 4 | 6;
  readonly value: bigint;
}

/** A block of addresses that share their first `length` bits. */
export interface Prefix {
  readonly family: 4 | 6;
  /** The first address of the block. */
  readonly first: bigint;
  readonly length: number;
  /** As it is written in messages: `10.0.0.0/8`. */
  readonly text: string;
}

const BITS = { 4: 32n, 6: 128n } as const;

/** ::ffff:0:0/96 (RFC 4291 §2.5.5.2): sockets take these for IPv4, so they are judged as IPv4. */
const MAPPED = 0xffffn;

/** Reads an IP literal as sockets take it; a zone (`fe80::1%eth0`) is left out. Undefined for anything else. */
export function parseAddress(text: string): Address | undefined {
  const family = isIP(text);
  if (family === 4) return { family, value: ipv4Value(text) };
  if (family !== 6) return undefined;
  const value = ipv6Value(text.replace(/%.*$/s, ''));
  return value >> 32n === MAPPED ? { family: 4, value: value & 0xffff_ffffn } : { family, value };
}

/** Whether the block contains the address. The two families never contain each other. */
export function contains(prefix: Prefix, address: Address): boolean {
  if (prefix.family !== address.family) return false;
  const host = BITS[prefix.family] - BigInt(prefix.length);
  return prefix.first >> host === address.value >> host;
}

/** A block from a table of our own. @throws Error for what is not one: a slip in the table. */
export function prefixOf(text: string): Prefix {
  const [literal = '', length = ''] = text.split('/');
  const address = parseAddress(literal);
  if (address === undefined) throw new Error(`${text} is no prefix`);
  return { family: address.family, first: address.value, length: Number(length), text };
}

/** Wider than this names no network but half the Internet. */
const WIDEST = { 4: 8, 6: 7 } as const;
const WANTED = 'wanted an address block such as 10.0.0.0/8 or fd12:3456::/32';

/** A block as a person writes it: an address, a slash and a prefix length; a single address is a /32 or a /128. */
export function parseCidr(text: string): Prefix | Rejected {
  const slash = text.indexOf('/');
  const literal = slash === -1 ? text : text.slice(0, slash);
  if (isIP(literal) === 0) return { error: `got ${quoted(text)}, ${WANTED}` };
  if (literal.includes('%')) return { error: `got ${quoted(text)}, which has a zone; ${WANTED}` };
  // Undefined only for what isIP refused.
  const address = parseAddress(literal) as Address;
  const written = isIP(literal) as 4 | 6;
  const bits = Number(BITS[written]);
  if (slash === -1) {
    return {
      error: `got ${quoted(text)} without a prefix length; wanted ${literal}/${bits} for this address alone`,
    };
  }
  const digits = text.slice(slash + 1);
  if (!/^(?:0|[1-9]\d{0,2})$/.test(digits) || Number(digits) > bits) {
    return {
      error: `got ${quoted(text)}, wanted a prefix length from ${WIDEST[written]} to ${bits} after the slash`,
    };
  }
  // The block of an IPv4-mapped address is one of IPv4.
  const length = Number(digits) - (bits - Number(BITS[address.family]));
  if (length < WIDEST[address.family]) {
    return {
      error: `got ${quoted(text)}, which is wider than /${WIDEST[address.family]}; name the networks in it one by one`,
    };
  }
  return blockOf(address, length, text);
}

function blockOf(address: Address, length: number, text: string): Prefix | Rejected {
  const { family, value } = address;
  const host = BITS[family] - BigInt(length);
  const first = (value >> host) << host;
  const block = `${formatAddress({ family, value: first })}/${length}`;
  if (first !== value)
    return { error: `got ${quoted(text)}, which has bits set behind its prefix; wanted ${block}` };
  return { family, first, length, text: block };
}

/** Dotted for IPv4; for IPv6 as RFC 5952 asks. */
export function formatAddress({ family, value }: Address): string {
  if (family === 4) return [24n, 16n, 8n, 0n].map((shift) => (value >> shift) & 0xffn).join('.');
  const groups = Array.from({ length: 8 }, (_, index) => (value >> BigInt(112 - 16 * index)) & 0xffffn);
  const text = groups.map((group) => group.toString(16)).join(':');
  return new URL(`http://[${text}]`).hostname.slice(1, -1);
}

function ipv4Value(text: string): bigint {
  return text.split('.').reduce((value, octet) => (value << 8n) | BigInt(octet), 0n);
}

function ipv6Value(text: string): bigint {
  const [left = '', right] = text.split('::');
  const head = groupsOf(left);
  const tail = right === undefined ? [] : groupsOf(right);
  const gap = Array<bigint>(8 - head.length - tail.length).fill(0n);
  return [...head, ...gap, ...tail].reduce((value, group) => (value << 16n) | group, 0n);
}

/** Two of the groups may be written as an IPv4 address (RFC 4291 §2.2). */
function groupsOf(text: string): bigint[] {
  if (text === '') return [];
  return text.split(':').flatMap((group) => {
    if (!group.includes('.')) return [BigInt(`0x${group}`)];
    const value = ipv4Value(group);
    return [value >> 16n, value & 0xffffn];
  });
}
