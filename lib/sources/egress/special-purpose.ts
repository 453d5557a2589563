import { type Address, contains, type Prefix, prefixOf } from './address.ts';

/**
 * What a block is to somebody who wants to connect to it. `public`: an ordinary destination. `private`: a network of
 * one's own. `instance`: services of the machine in the cloud, which hand out its credentials. `special`: everything
 * else that is not meant for connections from here.
 */
type Purpose = 'public' | 'private' | 'instance' | 'special';

/** One block of addresses with a purpose of its own. */
export interface SpecialRange {
  readonly prefix: Prefix;
  readonly purpose: Purpose;
  /** What it is, as a fragment with its source. */
  readonly name: string;
  /** The IPv4 addresses that a translator or a tunnel reads out of an address of this block. */
  readonly embedded?: (value: bigint) => readonly bigint[];
}

/** The narrowest block that contains the address; undefined for an ordinary IPv4 address. */
export function rangeOf(address: Address): SpecialRange | undefined {
  return SPECIAL_RANGES.find(({ prefix }) => contains(prefix, address));
}

const low32 = (value: bigint) => value & 0xffff_ffffn;

/** RFC 6052 §2.2: behind a prefix of 48 bits the IPv4 address goes around the bits 64 to 71; behind 96 it comes last. */
function localTranslation(value: bigint): readonly bigint[] {
  const around = (((value >> 64n) & 0xffffn) << 16n) | ((value >> 40n) & 0xffffn);
  // What reads as 0.x.y.z is the other form's padding.
  return [around, low32(value)].filter((each) => each >> 24n !== 0n);
}

/** RFC 4380 §4: the server's address, and the client's with its bits flipped. */
function teredo(value: bigint): readonly bigint[] {
  return [low32(value >> 64n), low32(value) ^ 0xffff_ffffn];
}

function range(
  text: string,
  purpose: Purpose,
  name: string,
  embedded?: (value: bigint) => readonly bigint[],
): SpecialRange {
  return { prefix: prefixOf(text), purpose, name, ...(embedded === undefined ? {} : { embedded }) };
}

/**
 * IANA's special-purpose address registries (RFC 6890, as of 2025-10-09) and what they leave out: multicast, class E,
 * deprecated blocks, space that is not global unicast, and addresses at which clouds serve their instances. What would
 * be public without its row too has none. Narrow blocks come before those around them: the first match decides.
 * https://www.iana.org/assignments/iana-ipv4-special-registry
 * https://www.iana.org/assignments/iana-ipv6-special-registry
 * https://docs.aws.amazon.com/whitepapers/latest/ipv6-on-aws/supporting-amazon-vpc-services.html
 */
export const SPECIAL_RANGES: readonly SpecialRange[] = [
  range('169.254.169.254/32', 'instance', 'instance metadata'),
  range('169.254.169.253/32', 'instance', 'the resolver of AWS networks'),
  range('169.254.170.2/32', 'instance', 'credentials of ECS tasks'),
  range('169.254.170.23/32', 'instance', 'credentials of EKS pods'),
  range('100.100.100.200/32', 'instance', 'instance metadata of Alibaba Cloud'),
  range('168.63.129.16/32', 'instance', 'the platform address of Azure'),
  range('192.0.0.192/32', 'instance', 'instance metadata of Oracle Cloud'),
  range('fd00:ec2::/32', 'instance', 'instance metadata and services of AWS'),
  range('fd20:ce::254/128', 'instance', 'instance metadata of Google Cloud'),

  range('0.0.0.0/8', 'special', 'this network, RFC 791'),
  range('10.0.0.0/8', 'private', 'private use, RFC 1918'),
  range('100.64.0.0/10', 'private', 'shared address space, RFC 6598'),
  range('127.0.0.0/8', 'special', 'loopback, RFC 1122'),
  range('169.254.0.0/16', 'special', 'link-local, RFC 3927'),
  range('172.16.0.0/12', 'private', 'private use, RFC 1918'),
  range('192.0.0.9/32', 'public', 'Port Control Protocol anycast, RFC 7723'),
  range('192.0.0.10/32', 'public', 'TURN anycast, RFC 8155'),
  range('192.0.0.0/24', 'special', 'IETF protocol assignments, RFC 6890'),
  range('192.0.2.0/24', 'special', 'documentation, RFC 5737'),
  range('192.88.99.0/24', 'special', '6to4 relay anycast, deprecated by RFC 7526'),
  range('192.168.0.0/16', 'private', 'private use, RFC 1918'),
  range('198.18.0.0/15', 'special', 'benchmarking, RFC 2544'),
  range('198.51.100.0/24', 'special', 'documentation, RFC 5737'),
  range('203.0.113.0/24', 'special', 'documentation, RFC 5737'),
  range('224.0.0.0/4', 'special', 'multicast, RFC 5771'),
  range('255.255.255.255/32', 'special', 'limited broadcast, RFC 919'),
  range('240.0.0.0/4', 'special', 'reserved (class E), RFC 1112'),

  range('::/128', 'special', 'unspecified, RFC 4291'),
  range('::1/128', 'special', 'loopback, RFC 4291'),
  range('::/96', 'special', 'IPv4-compatible, deprecated by RFC 4291', (value) => [low32(value)]),
  range('64:ff9b::/96', 'public', 'IPv4/IPv6 translation, RFC 6052', (value) => [low32(value)]),
  range('64:ff9b:1::/48', 'special', 'IPv4/IPv6 translation for local use, RFC 8215', localTranslation),
  range('100::/64', 'special', 'discard-only, RFC 6666'),
  range('100:0:0:1::/64', 'special', 'dummy prefix, RFC 9780'),
  range('2001::/32', 'special', 'Teredo, RFC 4380', teredo),
  range('2001:1::1/128', 'public', 'Port Control Protocol anycast, RFC 7723'),
  range('2001:1::2/128', 'public', 'TURN anycast, RFC 8155'),
  range('2001:1::3/128', 'public', 'DNS-SD service registration anycast, RFC 9665'),
  range('2001:2::/48', 'special', 'benchmarking, RFC 5180'),
  range('2001:3::/32', 'public', 'AMT, RFC 7450'),
  range('2001:4:112::/48', 'public', 'AS112, RFC 7535'),
  range('2001:10::/28', 'special', 'ORCHID, deprecated by RFC 7343'),
  range('2001:20::/28', 'public', 'ORCHIDv2, RFC 7343'),
  range('2001:30::/28', 'public', 'drone remote identification, RFC 9374'),
  range('2001::/23', 'special', 'IETF protocol assignments, RFC 2928'),
  range('2001:db8::/32', 'special', 'documentation, RFC 3849'),
  range('2002::/16', 'special', '6to4, RFC 3056', (value) => [low32(value >> 80n)]),
  range('3fff::/20', 'special', 'documentation, RFC 9637'),
  range('5f00::/16', 'special', 'segment routing identifiers, RFC 9602'),
  range('fc00::/7', 'private', 'unique local, RFC 4193'),
  range('fe80::/10', 'special', 'link-local, RFC 4291'),
  range('fec0::/10', 'special', 'site-local, deprecated by RFC 3879'),
  range('ff00::/8', 'special', 'multicast, RFC 4291'),
  range('2000::/3', 'public', 'global unicast, RFC 4291'),
  range('::/0', 'special', 'not global unicast, RFC 4291'),
];
