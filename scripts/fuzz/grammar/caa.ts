import type { Random } from '../random.ts';

const DOMAINS = ['ca.test', 'letsencrypt.org', '', '-', 'a.-b', 'a'.repeat(64), 'a-'.repeat(300), 'CA.TEST.'];
const PARAMETERS = [
  'accounturi=https://ca.test/1',
  'validationmethods=dns-01',
  'policy',
  '=',
  'a=b;c=d',
  ' ',
  '\t',
];
const BLANKS = ['', ' ', '\t', '  ', ' '.repeat(200)];

/** The value of an `issue` property (RFC 8659 §4.2). */
export function caaValue(random: Random): Buffer {
  const parts = [random.pick(DOMAINS), ...random.several(0, 4, () => random.pick(PARAMETERS))];
  const padded = parts.map((part) => random.pick(BLANKS) + part + random.pick(BLANKS));
  return Buffer.from(padded.join(';'), 'latin1');
}
