import { encode, leaf, node, octetString, oid, sequence, type Tree } from '../der-tree.ts';
import type { Random } from '../random.ts';
import { certificate, signed } from './certificate.ts';
import { extension, pointName } from './extensions.ts';
import { ed25519 } from './key.ts';
import { generalNames, name } from './names.ts';
import { anyValue, integer, time } from './values.ts';

const enumerated = (value: number) => leaf(0x0a, Buffer.of(value));

/** A CertificateList (RFC 5280 §5.1), in one of five with hundreds of entries. */
export function crl(random: Random): Tree {
  const entries = random.several(0, random.once(20) ? 300 : 6, () => crlEntry(random));
  return signed(
    random,
    sequence(
      ...(random.once(10) ? [] : [leaf(0x02, Buffer.of(1))]),
      ed25519(),
      name(random),
      time(random),
      ...(random.once(8) ? [] : [time(random)]),
      ...(entries.length === 0 && random.once(2) ? [] : [sequence(...entries)]),
      ...(random.once(6) ? [] : [node(0xa0, crlExtensions(random))]),
    ),
  );
}

function crlEntry(random: Random): Tree {
  const about = [
    ...(random.once(3) ? [extension(random, '2.5.29.21', enumerated(random.below(12)))] : []),
    ...(random.once(6) ? [extension(random, '2.5.29.24', time(random, 0x18))] : []),
    ...(random.once(12) ? [extension(random, '2.5.29.29', generalNames(random, 2))] : []),
    ...(random.once(20) ? [extension(random, '1.2.3.4', anyValue(random))] : []),
  ];
  return sequence(integer(random), time(random), ...(about.length === 0 ? [] : [sequence(...about)]));
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

const DIGESTS = ['1.3.14.3.2.26', '2.16.840.1.101.3.4.2.1', '2.16.840.1.101.3.4.2.3', '1.2.3'];

/** An OCSPResponse (RFC 6960 §4.2.1). */
export function ocspResponse(random: Random): Tree {
  const status = enumerated(random.once(6) ? random.below(8) : 0);
  if (random.once(10)) return sequence(status);
  const basic = basicResponse(random);
  return sequence(status, node(0xa0, sequence(oid('1.3.6.1.5.5.7.48.1.1'), octetString(basic))));
}

function basicResponse(random: Random): Tree {
  const responder = random.once(2) ? node(0xa1, name(random)) : node(0xa2, leaf(0x04, random.octets(20)));
  const basic = signed(
    random,
    sequence(
      ...(random.once(8) ? [node(0xa0, leaf(0x02, Buffer.of(random.below(2))))] : []),
      responder,
      time(random, 0x18),
      sequence(...random.several(0, random.once(20) ? 200 : 3, () => singleResponse(random))),
      ...(random.once(4)
        ? [node(0xa1, sequence(extension(random, '1.3.6.1.5.5.7.48.1.2', leaf(0x04, random.octets(8)))))]
        : []),
    ),
  );
  const certificates = random.once(3)
    ? [node(0xa0, sequence(...random.several(0, 4, () => certificate(random))))]
    : [];
  return { ...basic, children: [...(basic.children ?? []), ...certificates] };
}

function singleResponse(random: Random): Tree {
  const digest = random.pick([20, 32, 64]);
  const revoked = node(
    0xa1,
    time(random, 0x18),
    ...(random.once(2) ? [node(0xa0, enumerated(random.below(12)))] : []),
  );
  const status = random.pick([leaf(0x80, Buffer.alloc(0)), revoked, leaf(0x82, Buffer.alloc(0))]);
  return sequence(
    sequence(
      sequence(oid(random.pick(DIGESTS)), leaf(0x05, Buffer.alloc(0))),
      leaf(0x04, random.octets(digest)),
      leaf(0x04, random.octets(digest)),
      integer(random),
    ),
    status,
    time(random, 0x18),
    ...(random.once(4) ? [] : [node(0xa0, time(random, 0x18))]),
    ...(random.once(6) ? [node(0xa1, sequence(extension(random, '1.2.3.4', anyValue(random))))] : []),
  );
}

/** Any of the structures that are read here. */
export function anyStructure(random: Random): Buffer {
  return encode(random.pick([certificate, crl, ocspResponse, name, generalNames])(random));
}
