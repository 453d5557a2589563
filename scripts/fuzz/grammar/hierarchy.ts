import { encode, leaf, node, octetString, oid, sequence, set, type Tree } from '../der-tree.ts';
import type { Random } from '../random.ts';
import { signed } from './certificate.ts';
import { extension, extensions } from './extensions.ts';
import { ed25519, signingKeyInfo } from './key.ts';
import { generalName } from './names.ts';
import { time } from './values.ts';

export const named = (commonName: string): Tree =>
  sequence(set(sequence(oid('2.5.4.3'), leaf(0x0c, commonName))));

interface Issuance {
  readonly issuer: Tree;
  readonly subject: Tree;
  readonly serialNumber: Buffer;
  readonly validity: readonly Tree[];
  /** Each an Extension. */
  readonly extensions: readonly Tree[];
}

/** What is signed of a certificate for the one key there is: by their keys, every one could have issued every other. */
function tbsCertificate({ issuer, subject, serialNumber, validity, extensions: own }: Issuance): Tree {
  return sequence(
    node(0xa0, leaf(0x02, Buffer.of(2))),
    leaf(0x02, serialNumber),
    ed25519(),
    issuer,
    sequence(...validity),
    subject,
    signingKeyInfo(),
    node(0xa3, sequence(...own)),
  );
}

const TRUE = Buffer.of(0xff);
const IS_CA = sequence(oid('2.5.29.19'), leaf(0x01, TRUE), octetString(sequence(leaf(0x01, TRUE))));
const SERVER_AUTH = sequence(oid('2.5.29.37'), octetString(sequence(oid('1.3.6.1.5.5.7.3.1'))));
const OCSP_SIGNING = sequence(oid('2.5.29.37'), octetString(sequence(oid('1.3.6.1.5.5.7.3.9'))));
const LONG = [leaf(0x17, '200101000000Z'), leaf(0x17, '491231235959Z')];

/** The name of the CA that is trusted, and whose word on revocation counts. */
export const caName = (): Tree => named('A');
export const LEAF_SERIAL = Buffer.of(0x12, 0x34);

const OWN_CA = tbsCertificate({
  issuer: caName(),
  subject: caName(),
  serialNumber: Buffer.of(1),
  validity: LONG,
  extensions: [IS_CA],
});
const OWN_LEAF = tbsOfLeaf([SERVER_AUTH]);
const OWN_DELEGATE = tbsCertificate({
  issuer: caName(),
  subject: named('ocsp'),
  serialNumber: Buffer.of(2),
  validity: LONG,
  extensions: [OCSP_SIGNING],
});

export const CA_DER = encode(signed(OWN_CA, true));
export const LEAF_DER = encode(signed(OWN_LEAF, true));

/** What the CA signs of a leaf with these extensions. */
export function tbsOfLeaf(own: readonly Tree[]): Tree {
  const subject = named('leaf');
  return tbsCertificate({
    issuer: caName(),
    subject,
    serialNumber: LEAF_SERIAL,
    validity: LONG,
    extensions: own,
  });
}

/** A certificate by which the CA lets another answer for it. */
export function delegate(random: Random): Tree {
  return signed(OWN_DELEGATE, !random.once(6));
}

const NAMES = ['A', 'A', 'B', 'C', 'D'];

/**
 * Certificates one after the other, leaf first: CAs that issued each other, in an order and with dates of any kind. Most
 * of them as what is to be signed, because a change to what was signed would end every path.
 */
export function hierarchy(random: Random): Buffer {
  const most = random.once(30) ? 100 : 6;
  const authorities = random.several(0, most, () => authority(random));
  const issuer = named(random.pick(NAMES));
  const own = [...(random.once(3) ? [SERVER_AUTH] : []), ...some(random)];
  const end = random.once(4) ? OWN_LEAF : certificateOf(random, issuer, named('leaf'), own);
  return Buffer.concat([end, ...authorities].map(encode));
}

function authority(random: Random): Tree {
  const names = [named(random.pick(NAMES)), named(random.pick(NAMES))] as const;
  return certificateOf(random, ...names, [...(random.once(10) ? [] : [IS_CA]), ...some(random)]);
}

function certificateOf(random: Random, issuer: Tree, subject: Tree, own: readonly Tree[]): Tree {
  const tbs = tbsCertificate({
    issuer,
    subject,
    serialNumber: Buffer.of(random.between(1, 127), random.next() & 0xff),
    validity: random.once(6) ? [time(random), time(random)] : LONG,
    extensions: own,
  });
  return random.once(10) ? signed(tbs, false) : tbs;
}

/** Further extensions, of which name constraints are what paths differ by. */
function some(random: Random): readonly Tree[] {
  if (random.once(2)) return [];
  const names = random.several(1, random.once(10) ? 60 : 4, () => generalName(random));
  const subtrees = random.several(1, random.once(10) ? 60 : 4, () => sequence(generalName(random, true)));
  const constraints = sequence(node(random.pick([0xa0, 0xa1]), ...subtrees));
  return random.pick([
    [extension(random, '2.5.29.17', sequence(...names))],
    [extension(random, '2.5.29.30', constraints)],
    extensions(random).children ?? [],
  ]);
}
