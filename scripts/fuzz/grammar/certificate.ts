import { bitString, encode, leaf, node, raw, sequence, type Tree } from '../der-tree.ts';
import type { Random } from '../random.ts';
import { extensions } from './extensions.ts';
import { ed25519, publicKeyInfo, signature, signingKeyInfo } from './key.ts';
import { name } from './names.ts';
import { integer, time } from './values.ts';

/** A Certificate (RFC 5280 §4.1); one in three is issued by itself and bears its own signature. */
export function certificate(random: Random): Tree {
  return random.strictly(4, () => parts(random));
}

function parts(random: Random): Tree {
  const issuer = name(random);
  const ownIssuer = random.once(3);
  const version1 = random.once(8);
  const tbs = sequence(
    ...(version1 ? [] : [node(0xa0, leaf(0x02, Buffer.of(2)))]),
    integer(random),
    ed25519(),
    issuer,
    sequence(time(random), time(random)),
    ownIssuer ? issuer : name(random),
    ownIssuer ? signingKeyInfo() : publicKeyInfo(random),
    ...(random.odd(20) ? [leaf(0x81, random.octets(4))] : []),
    ...(version1 || random.once(8) ? [] : [node(0xa3, extensions(random))]),
  );
  return signed(tbs, random.once(3));
}

// Right ones are slow to make.
const NO_SIGNATURE = bitString(Buffer.alloc(64));

/** What is signed, the algorithm, and a signature that may be right (RFC 5280 §4.1.1). */
export function signed(tbs: Tree, right: boolean): Tree {
  const bytes = encode(tbs);
  return sequence(raw(bytes), ed25519(), right ? signature(bytes) : NO_SIGNATURE);
}
