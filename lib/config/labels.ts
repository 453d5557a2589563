import { quoted } from '../core/rejected.ts';

const LONGEST_OWNER = 128;
const LONGEST_TAG_VALUE = 256;
const MOST_TAGS = 50;
const UNPRINTABLE = /[\p{C}\p{Zl}\p{Zp}]/u;

/** What is wrong with an owner's name; undefined where nothing is. Owners are part of keys in the inventory. */
export function ownerFault(owner: string): string | undefined {
  if (owner.trim() === '') return 'the owner is empty; wanted a name such as platform';
  if (owner.length > LONGEST_OWNER) {
    return `the owner is ${owner.length} characters long; wanted at most ${LONGEST_OWNER}`;
  }
  if (owner === '-') return 'the owner "-" stands for nobody; wanted a name such as platform';
  if (UNPRINTABLE.test(owner))
    return `the owner ${quoted(owner)} contains an invisible character; wanted plain text`;
  return undefined;
}

/** What is wrong with a set of tags; undefined where nothing is. */
export function tagFault(tags: Readonly<Record<string, string>>): string | undefined {
  const entries = Object.entries(tags);
  if (entries.length > MOST_TAGS) return `there are ${entries.length} tags; wanted at most ${MOST_TAGS}`;
  for (const [key, value] of entries) {
    if (!/^[A-Za-z0-9][\w.:/-]{0,127}$/.test(key)) {
      return `the tag name ${quoted(key)} cannot be used; wanted letters, digits and _ . : / - such as team`;
    }
    if (value.length > LONGEST_TAG_VALUE) {
      return `the tag ${key} is ${value.length} characters long; wanted at most ${LONGEST_TAG_VALUE}`;
    }
    if (UNPRINTABLE.test(value)) {
      return `the tag ${key} contains an invisible character: ${quoted(value)}; wanted plain text`;
    }
  }
  return undefined;
}
