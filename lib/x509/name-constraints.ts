import type { Element } from './der.ts';
import { children, content, DerError, readElement, TAG } from './der.ts';
import type { GeneralName } from './general-name.ts';
import { parseGeneralName } from './general-name.ts';
import { isWithinSubtree, mayReachInto } from './subtree.ts';

/** What a CA may issue names in (RFC 5280 §4.2.1.10). */
export interface NameConstraints {
  readonly permitted: readonly Subtree[];
  readonly excluded: readonly Subtree[];
}

interface Subtree {
  readonly base: GeneralName;
  /** It has a minimum or a maximum, which nothing implements: RFC 5280 wants such names refused. */
  readonly isBounded: boolean;
}

const PERMITTED = 0xa0;
const EXCLUDED = 0xa1;
const MINIMUM = 0x80;

/** Decodes the value of a nameConstraints extension. Throws DerError. */
export function readNameConstraints(value: Uint8Array): NameConstraints {
  const list = readElement(value);
  if (list.tag !== TAG.sequence || list.end !== value.length) throw new DerError('it is not one SEQUENCE');
  const constraints: { permitted: Subtree[]; excluded: Subtree[] } = { permitted: [], excluded: [] };
  for (const part of children(value, list)) {
    if (part.tag !== PERMITTED && part.tag !== EXCLUDED)
      throw new DerError('it holds neither kind of subtree');
    const subtrees = part.tag === PERMITTED ? constraints.permitted : constraints.excluded;
    for (const subtree of children(value, part)) subtrees.push(readSubtree(value, subtree));
  }
  // RFC 5280 §4.2.1.10: never an empty sequence.
  if (constraints.permitted.length + constraints.excluded.length === 0)
    throw new DerError('it names no subtree');
  return constraints;
}

function readSubtree(bytes: Uint8Array, subtree: Element): Subtree {
  const [base, ...bounds] = children(bytes, subtree);
  if (subtree.tag !== TAG.sequence || base === undefined) throw new DerError('a subtree has no base');
  // A minimum of zero is the default, which some spell out.
  const isBounded = bounds.some(
    (bound) => bound.tag !== MINIMUM || content(bytes, bound).some((octet) => octet !== 0),
  );
  return { base: parseGeneralName(bytes, base), isBounded };
}

/** How many comparisons `forbiddenName` makes at most: every name with every subtree. To look at a name is one, too. */
export function comparisons(names: readonly GeneralName[], { permitted, excluded }: NameConstraints): number {
  return names.length * (1 + permitted.length + excluded.length);
}

/** The first of the names that the constraints do not allow. Never throws. */
export function forbiddenName(
  names: readonly GeneralName[],
  constraints: NameConstraints,
): GeneralName | undefined {
  return names.find((name) => !isAllowed(name, constraints));
}

/** RFC 5280 §6.1.3 b and c. Where a form is not constrained, every name of it is allowed. */
function isAllowed(name: GeneralName, { permitted, excluded }: NameConstraints): boolean {
  const applies = ({ base }: Subtree): boolean => isSameForm(name, base);
  try {
    const allowing = permitted.filter(applies);
    if (allowing.length > 0) {
      if (allowing.some(({ isBounded }) => isBounded)) return false;
      if (!allowing.some(({ base }) => isWithinSubtree(name, base))) return false;
    }
    return !excluded.filter(applies).some(({ base, isBounded }) => isBounded || mayReachInto(name, base));
  } catch (error) {
    // What cannot be compared is not known to be allowed.
    if (error instanceof DerError) return false;
    throw error;
  }
}

function isSameForm(name: GeneralName, base: GeneralName): boolean {
  if (name.type !== base.type) return false;
  return name.type !== 'other' || base.type !== 'other' || name.tag === base.tag;
}
