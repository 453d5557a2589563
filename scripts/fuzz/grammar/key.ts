import { createPrivateKey, createPublicKey, sign } from 'node:crypto';
import { bitString, leaf, node, oid, parse, sequence, type Tree } from '../der-tree.ts';
import { Random } from '../random.ts';

// A key that everybody knows (PKCS #8, RFC 8410 §7): signatures by it are the same in every run.
const PKCS8 = Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), Buffer.alloc(32, 7)]);
const privateKey = createPrivateKey({ key: PKCS8, format: 'der', type: 'pkcs8' });
const SIGNING_SPKI = createPublicKey(privateKey).export({ type: 'spki', format: 'der' });

/** The AlgorithmIdentifier of Ed25519. */
export const ed25519 = (): Tree => sequence(oid('1.3.101.112'));

/** By the key of `signingKeyInfo`. */
export function signature(signed: Buffer): Tree {
  return bitString(sign(null, signed, privateKey));
}

/** The octets of the key alone. */
export function signingKey(): Buffer {
  return SIGNING_SPKI.subarray(-32);
}

export function signingKeyInfo(): Tree {
  return parse(SIGNING_SPKI)[0] as Tree;
}

// The base points of P-256 and P-384 (SEC 2 §2.4): points on the curve that need no arithmetic here.
const P256_X = '6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296';
const P256_Y = '4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5';

// That of SM2 (GB/T 32918.5), which Node.js has no name for.
const SM2_X = '32c4ae2c1f1981195f9904466a39c9948fe30bbff2660be1715a4589334c74c7';
const SM2_Y = 'bc3736a2f4f6779c59bdcee36b692153d0a9877cc62a474002df32e52139f0a0';
const SM2 = '1.2.156.10197.1.301';

const CURVES = ['1.2.840.10045.3.1.7', '1.3.132.0.34', '1.3.132.0.10', '1.3.36.3.3.2.8.1.1.7'];
const ALGORITHMS = [
  '1.3.101.113',
  '1.3.101.110',
  '1.2.840.10040.4.1',
  '2.16.840.1.101.3.4.3.18',
  '2.16.840.1.101.3.4.3.20',
  '1.2.840.113549.1.1.10',
];

/** A SubjectPublicKeyInfo (RFC 5280 §4.1.2.7): of every common kind, of unusual curves, of none. */
export function publicKeyInfo(random: Random): Tree {
  switch (random.below(8)) {
    case 0:
    case 1:
      return signingKeyInfo();
    case 2:
      return ecKey(oid('1.2.840.10045.3.1.7'), `04${P256_X}${P256_Y}`);
    case 3:
      return ecKey(oid('1.2.840.10045.3.1.7'), `03${P256_X}`);
    case 4:
      return ecKey(random.once(2) ? oid(random.pick(CURVES)) : explicitCurve(), `04${P256_X}${P256_Y}`);
    case 5:
      return rsaKey(random);
    case 6:
      return ecKey(oid(SM2), `04${SM2_X}${SM2_Y}`);
    default:
      return sequence(
        sequence(oid(random.pick(ALGORITHMS))),
        bitString(random.octets(random.pick([0, 32, 56, 57]))),
      );
  }
}

const NULL = leaf(0x05, Buffer.alloc(0));
const DIGESTS = ['1.3.14.3.2.26', '2.16.840.1.101.3.4.2.1', '2.16.840.1.101.3.4.2.3'];
const SIGNATURES = ['1.3.101.112', '1.2.840.113549.1.1.11', '1.2.840.10045.4.3.2', '1.2.840.113549.1.1.4'];

/** An AlgorithmIdentifier of a signature, half of them RSASSA-PSS with its parameters (RFC 4055 §3.1). */
export function signatureAlgorithm(random: Random): Tree {
  if (random.once(2)) return sequence(oid(random.pick(SIGNATURES)), ...(random.once(2) ? [NULL] : []));
  const digest = sequence(oid(random.pick(DIGESTS)), NULL);
  const parts = [
    node(0xa0, digest),
    node(0xa1, sequence(oid('1.2.840.113549.1.1.8'), random.once(6) ? sequence(oid('1.2.3')) : digest)),
    node(0xa2, leaf(0x02, Buffer.of(random.pick([20, 32, 64, 255])))),
    node(0xa3, leaf(0x02, Buffer.of(random.once(8) ? 2 : 1))),
  ];
  return sequence(oid('1.2.840.113549.1.1.10'), sequence(...parts.filter(() => !random.once(6))));
}

/** An RSA key that nobody has the other half of. */
export function someRsaKey(): Tree {
  return rsaKey(new Random('some RSA key'));
}

function ecKey(curve: Tree, point: string): Tree {
  return sequence(sequence(oid('1.2.840.10045.2.1'), curve), bitString(Buffer.from(point, 'hex')));
}

/** Parameters spelt out (X9.62): those of P-256, but for what is changed of them later. */
function explicitCurve(): Tree {
  const p = `${'ffffffff00000001000000000000000000000000'}${'ff'.repeat(12)}`;
  const number = (hex: string) => leaf(0x02, Buffer.from(`00${hex}`, 'hex'));
  const octets = (hex: string) => leaf(0x04, Buffer.from(hex, 'hex'));
  return sequence(
    leaf(0x02, Buffer.of(1)),
    sequence(oid('1.2.840.10045.1.1'), number(p)),
    sequence(
      octets(`${p.slice(0, -1)}c`),
      octets('5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604b'),
    ),
    octets(`04${P256_X}${P256_Y}`),
    number('ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551'),
    leaf(0x02, Buffer.of(1)),
  );
}

function rsaKey(random: Random): Tree {
  const modulus = Buffer.concat([
    Buffer.of(0, 0x80),
    random.octets(random.pick([63, 127, 254])),
    Buffer.of(1),
  ]);
  return sequence(
    sequence(oid('1.2.840.113549.1.1.1'), leaf(0x05, Buffer.alloc(0))),
    bitString(
      sequence(
        leaf(0x02, modulus),
        leaf(0x02, random.pick([Buffer.of(1, 0, 1), Buffer.of(3), Buffer.of(0)])),
      ),
    ),
  );
}
