import { hash } from 'node:crypto';
import { encode, leaf, node, octetString, oid, sequence, type Tree } from '../der-tree.ts';
import type { Random } from '../random.ts';
import { certificate, signed } from './certificate.ts';
import { extension, pointName } from './extensions.ts';
import { caName, delegate, LEAF_SERIAL, named } from './hierarchy.ts';
import { ed25519, signingKey } from './key.ts';
import { generalNames, name } from './names.ts';
import { anyValue, integer, time } from './values.ts';

const enumerated = (value: number) => leaf(0x0a, Buffer.of(value));

/** A CertificateList (RFC 5280 §5.1). */
function crl(random: Random): Tree {
  return signed(tbsCertList(random), random.once(3));
}

/** In PEM now and then. */
export function crlFile(random: Random): Buffer {
  const der = encode(crl(random));
  if (!random.once(6)) return der;
  const lines = der.toString('base64').match(/.{1,64}/g) ?? [];
  return Buffer.from(['-----BEGIN X509 CRL-----', ...lines, '-----END X509 CRL-----', ''].join('\n'));
}

/** What is signed of a CRL, now and then with hundreds of entries; mostly of the CA of hierarchy.ts. */
export function tbsCertList(random: Random): Tree {
  const entries = random.several(0, random.once(20) ? 300 : 6, () => crlEntry(random));
  return sequence(
    ...(random.once(10) ? [] : [leaf(0x02, Buffer.of(1))]),
    ed25519(),
    random.once(4) ? name(random) : caName(),
    lately(random, false),
    ...(random.once(8) ? [] : [lately(random, true)]),
    ...(entries.length === 0 && random.once(2) ? [] : [sequence(...entries)]),
    ...(random.once(6) ? [] : [node(0xa0, crlExtensions(random))]),
  );
}

/** Before or after what the targets take for now. */
function lately(random: Random, after: boolean, tag = random.pick([0x17, 0x18])): Tree {
  if (random.once(6)) return time(random, tag);
  return leaf(tag, `${tag === 0x18 ? '20' : ''}${after ? '260801000000Z' : '260630120000Z'}`);
}

function serialNumber(random: Random): Tree {
  return random.once(3) ? leaf(0x02, LEAF_SERIAL) : integer(random);
}

function crlEntry(random: Random): Tree {
  const about = [
    ...(random.once(3) ? [extension(random, '2.5.29.21', enumerated(random.below(12)))] : []),
    ...(random.once(6) ? [extension(random, '2.5.29.24', time(random, 0x18))] : []),
    ...(random.once(12) ? [extension(random, '2.5.29.29', generalNames(random, 2))] : []),
    ...(random.once(20) ? [extension(random, '1.2.3.4', anyValue(random))] : []),
  ];
  return sequence(serialNumber(random), time(random), ...(about.length === 0 ? [] : [sequence(...about)]));
}

function crlExtensions(random: Random): Tree {
  const flag = (tag: number) => (random.once(5) ? [leaf(tag, Buffer.of(0xff))] : []);
  const scope = sequence(
    ...(random.once(2) ? [pointName(random)] : []),
    ...flag(0x81),
    ...flag(0x82),
    ...(random.once(8) ? [leaf(0x83, Buffer.of(random.below(8), random.next() & 0xff))] : []),
    ...flag(0x84),
    ...flag(0x85),
  );
  return sequence(
    ...(random.once(6) ? [] : [extension(random, '2.5.29.20', integer(random))]),
    ...(random.once(8) ? [extension(random, '2.5.29.27', integer(random))] : []),
    ...(random.once(3) ? [extension(random, '2.5.29.28', scope)] : []),
    ...(random.once(5) ? [extension(random, '1.2.3.4', anyValue(random))] : []),
  );
}

/** An OCSPResponse (RFC 6960 §4.2.1). */
export function ocspResponse(random: Random): Tree {
  if (random.once(10)) return sequence(enumerated(random.below(8)));
  return successful(responseData(random), delegates(random), random.once(3));
}

/** A response with this ResponseData, and a signature that may be right. */
export function successful(tbs: Tree, certificates: readonly Tree[], right: boolean): Tree {
  const parts = signed(tbs, right);
  const basic = sequence(...(parts.children ?? []), ...certificates);
  return sequence(enumerated(0), node(0xa0, sequence(oid('1.3.6.1.5.5.7.48.1.1'), octetString(basic))));
}

/** The certificates that may come with a response: of the CA's, of anybody's, or none. */
export function delegates(random: Random): readonly Tree[] {
  if (!random.once(3)) return [];
  return [
    node(
      0xa0,
      sequence(...random.several(0, 4, () => (random.once(2) ? certificate(random) : delegate(random)))),
    ),
  ];
}

/** What is signed of a response. */
export function responseData(random: Random): Tree {
  const ids = [leaf(0x04, hash('sha1', signingKey(), 'buffer')), leaf(0x04, random.octets(20))];
  const names = [caName(), named('ocsp'), name(random)];
  const responder = random.once(2) ? node(0xa1, random.pick(names)) : node(0xa2, random.pick(ids));
  return sequence(
    ...(random.once(8) ? [node(0xa0, leaf(0x02, Buffer.of(random.below(2))))] : []),
    responder,
    lately(random, false, 0x18),
    sequence(...random.several(0, random.once(20) ? 200 : 3, () => singleResponse(random))),
    ...(random.once(4)
      ? [node(0xa1, sequence(extension(random, '1.3.6.1.5.5.7.48.1.2', leaf(0x04, random.octets(8)))))]
      : []),
  );
}

const DIGESTS = { sha1: '1.3.14.3.2.26', sha256: '2.16.840.1.101.3.4.2.1', sha512: '2.16.840.1.101.3.4.2.3' };

function singleResponse(random: Random): Tree {
  const [digest, type] = random.pick(Object.entries(DIGESTS));
  const hashed = (bytes: Buffer) =>
    leaf(0x04, random.once(6) ? random.octets(20) : hash(digest, bytes, 'buffer'));
  const when = lately(random, false, 0x18);
  const revoked = node(0xa1, when, ...(random.once(2) ? [node(0xa0, enumerated(random.below(12)))] : []));
  return sequence(
    sequence(
      sequence(oid(random.once(20) ? '1.2.3' : type), leaf(0x05, Buffer.alloc(0))),
      hashed(encode(caName())),
      hashed(signingKey()),
      serialNumber(random),
    ),
    random.pick([leaf(0x80, Buffer.alloc(0)), revoked, leaf(0x82, Buffer.alloc(0))]),
    lately(random, false, 0x18),
    ...(random.once(4) ? [] : [node(0xa0, lately(random, true, 0x18))]),
    ...(random.once(6) ? [node(0xa1, sequence(extension(random, '1.2.3.4', anyValue(random))))] : []),
  );
}

/** Any of the structures that are read here. */
export function anyStructure(random: Random): Buffer {
  return encode(random.pick([certificate, crl, ocspResponse, name, generalNames])(random));
}
