import { encode, parse, placesIn } from './der-tree.ts';

/**
 * A smaller input for which `fails` still says yes. It takes away elements of DER, then pieces of any kind, each half as
 * long as the one before, until none can go.
 *
 * @param spend False once enough was tried.
 */
export async function minimise(
  input: Buffer,
  fails: (candidate: Buffer) => boolean | Promise<boolean>,
  spend: () => boolean,
): Promise<Buffer> {
  let best = input;
  for (let before = Number.POSITIVE_INFINITY; best.length < before && spend(); ) {
    before = best.length;
    best = await smaller(best, withoutElements, fails, spend);
    best = await smaller(best, withoutPieces, fails, spend);
  }
  return best;
}

async function smaller(
  input: Buffer,
  candidates: (input: Buffer) => Iterable<Buffer>,
  fails: (candidate: Buffer) => boolean | Promise<boolean>,
  spend: () => boolean,
): Promise<Buffer> {
  let best = input;
  for (let found = true; found && spend(); ) {
    found = false;
    for (const candidate of candidates(best)) {
      if (!spend()) return best;
      if (candidate.length >= best.length || !(await fails(candidate))) continue;
      best = candidate;
      found = true;
      break;
    }
  }
  return best;
}

/** Without one element, or with what is inside in its place; lengths follow. */
function* withoutElements(input: Buffer): Generator<Buffer> {
  const forest = parse(input);
  for (const { list, at } of placesIn(forest)) {
    const tree = list[at];
    if (tree === undefined) continue;
    for (const others of [[], ...(tree.children?.length ? [tree.children] : [])]) {
      list.splice(at, 1, ...others);
      yield Buffer.concat(forest.map(encode));
      list.splice(at, others.length, tree);
    }
  }
}

function* withoutPieces(input: Buffer): Generator<Buffer> {
  for (let size = Math.ceil(input.length / 2); size > 0; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let at = 0; at < input.length; at += size) {
      yield Buffer.concat([input.subarray(0, at), input.subarray(at + size)]);
    }
  }
}
