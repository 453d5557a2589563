import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type Address,
  contains,
  formatAddress,
  type Prefix,
  parseAddress,
  parseCidr,
} from '../../../lib/sources/egress/address.ts';
import { type Allowance, judgeAddress } from '../../../lib/sources/egress/guard.ts';
import { SPECIAL_RANGES } from '../../../lib/sources/egress/special-purpose.ts';

const PUBLIC_ONLY: Allowance = {};
const PRIVATE: Allowance = { private: true };

function blocks(...texts: readonly string[]): Allowance {
  return {
    blocks: texts.map((text) => {
      const block = parseCidr(text);
      if ('error' in block) throw new Error(block.error);
      return block;
    }),
  };
}

function verdict(address: string, allowance: Allowance): string {
  const judged = judgeAddress(address, allowance);
  return judged.allowed ? 'allowed' : judged.range;
}

describe('without an allowance', () => {
  test.each([
    '8.8.8.8',
    '1.1.1.1',
    '9.255.255.255',
    '11.0.0.0',
    '100.63.255.255',
    '100.128.0.0',
    '172.15.255.255',
    '172.32.0.0',
    '192.0.0.9',
    '192.0.1.0',
    '223.255.255.255',
    '2606:4700::1111',
    '2001:200::1',
    '2001:db9::1',
    '2001:1::1',
    '3ffe::1',
    '64:ff9b::8.8.8.8',
    '::ffff:8.8.8.8',
  ])('%s may be connected to', (address) => {
    expect(verdict(address, PUBLIC_ONLY)).toBe('allowed');
  });

  test.each([
    ['0.0.0.0', '0.0.0.0/8'],
    ['10.1.2.3', '10.0.0.0/8'],
    ['100.64.0.1', '100.64.0.0/10'],
    ['100.100.100.200', '100.100.100.200/32'],
    ['127.0.0.1', '127.0.0.0/8'],
    ['168.63.129.16', '168.63.129.16/32'],
    ['169.254.0.1', '169.254.0.0/16'],
    ['169.254.169.254', '169.254.169.254/32'],
    ['169.254.169.253', '169.254.169.253/32'],
    ['172.31.255.255', '172.16.0.0/12'],
    ['192.0.0.8', '192.0.0.0/24'],
    ['192.0.0.171', '192.0.0.0/24'],
    ['192.88.99.1', '192.88.99.0/24'],
    ['192.168.255.255', '192.168.0.0/16'],
    ['198.19.255.255', '198.18.0.0/15'],
    ['224.0.0.1', '224.0.0.0/4'],
    ['239.255.255.255', '224.0.0.0/4'],
    ['240.0.0.1', '240.0.0.0/4'],
    ['255.255.255.255', '255.255.255.255/32'],
    ['::', '::/128'],
    ['::1', '::1/128'],
    ['::8.8.8.8', '::/96'],
    ['::ffff:127.0.0.1', '127.0.0.0/8'],
    ['::ffff:a9fe:a9fe', '169.254.169.254/32'],
    ['::ffff:0:8.8.8.8', '::/0'],
    ['64:ff9b::a9fe:a9fe', '169.254.169.254/32'],
    ['64:ff9b::10.0.0.1', '10.0.0.0/8'],
    ['64:ff9b::1:0:0', '::/0'],
    ['64:ff9b:1::8.8.8.8', '64:ff9b:1::/48'],
    ['100::1', '100::/64'],
    ['100:0:0:1::1', '100:0:0:1::/64'],
    ['2001::1', '2001::/32'],
    ['2001:1::4', '2001::/23'],
    ['2001:2::1', '2001:2::/48'],
    ['2001:2:1::1', '2001::/23'],
    ['2001:10::1', '2001:10::/28'],
    ['2001:db8::1', '2001:db8::/32'],
    ['2002:808:808::1', '2002::/16'],
    ['3fff:fff::1', '3fff::/20'],
    ['4000::1', '::/0'],
    ['5f00::1', '5f00::/16'],
    ['fc00::1', 'fc00::/7'],
    ['fd00:ec2::254', 'fd00:ec2::/32'],
    ['fe80::1', 'fe80::/10'],
    ['fec0::1', 'fec0::/10'],
    ['ff02::1', 'ff00::/8'],
  ])('%s may not, because of %s', (address, range) => {
    expect(verdict(address, PUBLIC_ONLY)).toBe(range);
  });

  test.each([
    '',
    'localhost',
    '2130706433',
    '0x7f.1',
    '127.1',
    '010.0.0.1',
    '8.8.8.8%1',
    '[::1]',
    '8.8.8.8:80',
  ])('what is no address is refused (%s)', (text) => {
    expect(judgeAddress(text, PUBLIC_ONLY)).toEqual({ allowed: false, range: '', why: 'not an IP address' });
  });

  test('an address that carries another one says which', () => {
    expect(judgeAddress('64:ff9b::127.0.0.1', PUBLIC_ONLY)).toEqual({
      allowed: false,
      range: '127.0.0.0/8',
      why: 'carries 127.0.0.1: loopback, RFC 1122',
    });
  });
});

describe('private networks', () => {
  test.each([
    '10.0.0.1',
    '172.16.0.1',
    '192.168.1.1',
    '100.64.0.1',
    'fd12::1',
    '64:ff9b::10.0.0.1',
    '8.8.8.8',
  ])('include %s', (address) => {
    expect(verdict(address, PRIVATE)).toBe('allowed');
  });

  test.each([
    '127.0.0.1',
    '0.0.0.0',
    '169.254.1.1',
    '169.254.169.254',
    '169.254.170.2',
    '100.100.100.200',
    '192.0.2.1',
    '224.0.0.1',
    '240.0.0.1',
    '::',
    '::1',
    '::ffff:127.0.0.1',
    'fe80::1',
    'fec0::1',
    'ff02::1',
    'fd00:ec2::254',
    'fd00:ec2::23',
    'fd20:ce::254',
    '64:ff9b:1::10.0.0.1',
    '2002:a00:1::',
  ])('never include %s', (address) => {
    expect(verdict(address, PRIVATE)).not.toBe('allowed');
  });
});

describe('named blocks', () => {
  test('open what they name and nothing beside it', () => {
    const allowance = blocks('127.0.0.0/8', 'fe80::/10', '10.1.0.0/16');
    for (const open of ['127.0.0.1', '::ffff:127.0.0.1', 'fe80::1%eth0', '10.1.2.3']) {
      expect(verdict(open, allowance)).toBe('allowed');
    }
    for (const closed of ['::1', '0.0.0.0', '10.2.0.0', 'fec0::1', '192.168.0.1']) {
      expect(verdict(closed, allowance)).not.toBe('allowed');
    }
  });

  test.each([
    ['169.254.169.254', '169.254.0.0/16', '169.254.169.254/32'],
    ['169.254.169.254', '169.254.169.254/31', '169.254.169.254/32'],
    ['100.100.100.200', '100.64.0.0/10', '100.100.100.200/32'],
    ['fd00:ec2::254', 'fd00:ec2::/32', 'fd00:ec2::254/128'],
  ])('open %s not by %s, only by %s', (address, wide, exact) => {
    expect(verdict(address, blocks(wide))).not.toBe('allowed');
    expect(verdict(address, blocks(exact))).toBe('allowed');
  });

  test('open a tunnel or a translator only as far as what it leads to', () => {
    const tunnels = ['2002::/16', '2001::/32', '64:ff9b:1::/48'];
    const leads: readonly (readonly [string, boolean])[] = [
      ['2002:808:808::1', true],
      ['2002:7f00:1::1', false],
      // The server's address, then the client's with its bits flipped (RFC 4380 §4).
      ['2001:0:808:808:0:0:f7f7:f7f7', true],
      ['2001:0:7f00:1:0:0:f7f7:f7f7', false],
      ['2001:0:808:808:0:0:80ff:fffe', false],
      ['64:ff9b:1::8.8.8.8', true],
      ['64:ff9b:1::169.254.169.254', false],
      // 8.8.8.8 and 10.0.0.1 around bits 64 to 71 (RFC 6052 §2.2).
      ['64:ff9b:1:808:8:800::', true],
      ['64:ff9b:1:a00:0:100::', false],
    ];
    for (const [address, open] of leads) {
      expect([address, verdict(address, blocks(...tunnels)) === 'allowed']).toEqual([address, open]);
    }
    expect(verdict('64:ff9b:1:a00:0:100::', { private: true, ...blocks(...tunnels) })).toBe('allowed');
  });
});

describe('a block as a person writes it', () => {
  test.each([
    ['10.0.0.0/8', '10.0.0.0/8'],
    ['192.0.2.1/32', '192.0.2.1/32'],
    ['FD12:0::/32', 'fd12::/32'],
    ['::1/128', '::1/128'],
    ['::ffff:10.0.0.0/104', '10.0.0.0/8'],
  ])('%s is read as %s', (text, block) => {
    expect(parseCidr(text)).toMatchObject({ text: block });
  });

  test.each([
    ['', 'got "", wanted an address block such as 10.0.0.0/8 or fd12:3456::/32'],
    ['ten/8', 'got "ten/8", wanted an address block such as 10.0.0.0/8 or fd12:3456::/32'],
    ['10.0.0/8', 'got "10.0.0/8", wanted an address block'],
    ['10.0.0.1', 'got "10.0.0.1" without a prefix length; wanted 10.0.0.1/32 for this address alone'],
    ['fd12::1', 'wanted fd12::1/128 for this address alone'],
    ['10.0.0.0/', 'wanted a prefix length from 8 to 32 after the slash'],
    ['10.0.0.0/33', 'wanted a prefix length from 8 to 32 after the slash'],
    ['10.0.0.0/08', 'wanted a prefix length from 8 to 32 after the slash'],
    ['10.0.0.0/8/8', 'wanted a prefix length from 8 to 32 after the slash'],
    ['fd12::/129', 'wanted a prefix length from 7 to 128 after the slash'],
    ['0.0.0.0/0', 'got "0.0.0.0/0", which is wider than /8; name the networks in it one by one'],
    ['::/0', 'got "::/0", which is wider than /7'],
    ['::ffff:0:0/96', 'got "::ffff:0:0/96", which is wider than /8'],
    ['10.1.2.3/8', 'got "10.1.2.3/8", which has bits set behind its prefix; wanted 10.0.0.0/8'],
    ['fd12::1/32', 'got "fd12::1/32", which has bits set behind its prefix; wanted fd12::/32'],
    ['fe80::%eth0/10', 'which has a zone'],
  ])('%s says what is wrong', (text, error) => {
    expect(parseCidr(text)).toEqual({ error: expect.stringContaining(error) });
  });
});

describe('the table', () => {
  test('has the narrow blocks before the wide ones around them', () => {
    for (const [index, { prefix }] of SPECIAL_RANGES.entries()) {
      for (const earlier of SPECIAL_RANGES.slice(0, index)) {
        const { family, first: value } = prefix;
        const hidden = contains(earlier.prefix, { family, value }) && earlier.prefix.length <= prefix.length;
        expect([prefix.text, earlier.prefix.text, hidden]).toEqual([prefix.text, earlier.prefix.text, false]);
      }
    }
  });

  test.each(SPECIAL_RANGES.map((range) => [range.prefix.text, range] as const))(
    'has a sound row %s',
    (_, range) => {
      const { family, first, length, text } = range.prefix;
      expect(first, 'no bits behind the prefix').toBe(
        (first >> hostBits(range.prefix)) << hostBits(range.prefix),
      );
      expect(length).toBeLessThanOrEqual(family === 4 ? 32 : 128);
      expect(text).toBe(`${formatAddress({ family, value: first })}/${length}`);
    },
  );
});

const refused = SPECIAL_RANGES.filter(({ purpose }) => purpose !== 'public');
const anyRefused = fc.constantFrom(...refused);
const anyAddress: fc.Arbitrary<Address> = fc.oneof(
  fc.bigInt({ min: 0n, max: 2n ** 32n - 1n }).map((value) => ({ family: 4 as const, value })),
  fc.bigInt({ min: 0n, max: 2n ** 128n - 1n }).map((value) => ({ family: 6 as const, value })),
  fc.tuple(fc.constantFrom(...SPECIAL_RANGES), fc.bigInt({ min: 0n, max: 2n ** 128n - 1n })).map(inside),
);

function hostBits(prefix: Prefix): bigint {
  return BigInt((prefix.family === 4 ? 32 : 128) - prefix.length);
}

function inside([{ prefix }, seed]: readonly [{ readonly prefix: Prefix }, bigint]): Address {
  return { family: prefix.family, value: prefix.first + (seed & ((1n << hostBits(prefix)) - 1n)) };
}

/** The same address as it may come from a URL, a resolver or a person. */
function spellings({ family, value }: Address): readonly string[] {
  const plain = formatAddress({ family, value });
  if (family === 4) {
    const mapped = `::ffff:${plain}`;
    const hex = `${(value >> 16n).toString(16)}:${(value & 0xffffn).toString(16)}`;
    return [plain, mapped, mapped.toUpperCase(), `${mapped}%eth0`, `::ffff:${hex}`, `0:0:0:0:0:FFFF:${hex}`];
  }
  const groups = Array.from({ length: 8 }, (_, at) =>
    ((value >> BigInt(112 - 16 * at)) & 0xffffn).toString(16),
  );
  const full = groups.map((group) => group.padStart(4, '0')).join(':');
  const tail = formatAddress({ family: 4, value: value & 0xffff_ffffn });
  const dotted = `${groups.slice(0, 6).join(':')}:${tail}`;
  return [
    plain,
    plain.toUpperCase(),
    full,
    groups.join(':'),
    dotted,
    `${plain}%eth0`,
    `${full.toUpperCase()}%1`,
  ];
}

describe('judging', () => {
  test('gives every spelling of an address one verdict', () => {
    const allowances = [
      PUBLIC_ONLY,
      PRIVATE,
      blocks('127.0.0.0/8', '2002::/16', 'fe80::/10', '169.254.169.254/32'),
    ];
    fc.assert(
      fc.property(anyAddress, fc.constantFrom(...allowances), (address, allowance) => {
        const verdicts = spellings(address).map((text) => JSON.stringify(judgeAddress(text, allowance)));
        expect(new Set(verdicts).size).toBe(1);
      }),
    );
  });

  test('reads back what it writes', () => {
    fc.assert(
      fc.property(anyAddress, (address) => {
        const read = parseAddress(formatAddress(address));
        const mapped = address.family === 6 && address.value >> 32n === 0xffffn;
        expect(read).toEqual(mapped ? { family: 4, value: address.value & 0xffff_ffffn } : address);
      }),
    );
  });

  test('refuses a range at its first, its last and any address in between', () => {
    fc.assert(
      fc.property(anyRefused, fc.bigInt({ min: 0n, max: 2n ** 128n - 1n }), (range, seed) => {
        const { family, first } = range.prefix;
        const last = first + (1n << hostBits(range.prefix)) - 1n;
        for (const value of [first, last, inside([range, seed]).value]) {
          // A narrower block inside may have another purpose, which its own row says; an IPv4-mapped address has IPv4's.
          const narrower = SPECIAL_RANGES.find(({ prefix }) => contains(prefix, { family, value }));
          if (narrower !== range || (family === 6 && value >> 32n === 0xffffn)) continue;
          expect(verdict(formatAddress({ family, value }), PUBLIC_ONLY)).toBe(range.prefix.text);
        }
      }),
      { numRuns: 500 },
    );
  });

  test('refuses no neighbour of a range because of it', () => {
    for (const { prefix } of refused) {
      const last = prefix.first + (1n << hostBits(prefix)) - 1n;
      const top = prefix.family === 4 ? 2n ** 32n : 2n ** 128n;
      for (const value of [prefix.first - 1n, last + 1n].filter((each) => each >= 0n && each < top)) {
        const neighbour = formatAddress({ family: prefix.family, value });
        expect([neighbour, verdict(neighbour, PUBLIC_ONLY)]).not.toEqual([neighbour, prefix.text]);
      }
    }
  });

  test('never throws, whatever it is given', () => {
    const character = fc.constantFrom(...'0129afx:.%/-[] \n\0é');
    fc.assert(
      fc.property(fc.string({ unit: character, maxLength: 30 }), (text) => {
        judgeAddress(text, PUBLIC_ONLY);
        parseCidr(text);
      }),
    );
  });
});
