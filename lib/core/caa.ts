import { caaDomainsOf } from './caa-issuers.ts';

/** One value of an `issue` or `issuewild` property (RFC 8659 §4.2). From outside. */
export interface CaaIssuer {
  /** Who may issue, in lower case; null where the value names nobody, or is malformed, which permits nobody. */
  readonly domain: string | null;
  /** Conditions that the CA checks, and that nobody can check from outside: `validationmethods`, `accounturi`. */
  readonly parameters: readonly (readonly [tag: string, value: string])[];
  readonly malformed: boolean;
}

/** The relevant resource record set of a domain (RFC 8659 §3). */
export interface RelevantCaa {
  readonly state: 'found';
  /** The domain that has it: the one that was asked for, or the closest one above. */
  readonly at: string;
  readonly issue: readonly CaaIssuer[];
  readonly issuewild: readonly CaaIssuer[];
  /** Properties that a CA has to understand before it issues, and that are none of the registered ones. */
  readonly criticalUnknown: readonly string[];
}

/** Who may issue for a domain: what its records say; `none`: anybody; `unknown`: the records could not be read. */
export type Caa =
  | RelevantCaa
  | { readonly state: 'none' }
  | { readonly state: 'unknown'; readonly because: string };

/**
 * Whether a CA may issue for the domain. Null where that cannot be told: the records are unknown, or they name CAs and
 * this one is none that is known here.
 *
 * @param issuer The organisation in the name of the issuer, or the domains by which the CA lets itself be named.
 * @param wildcard Whether the name in the certificate begins with `*.`.
 */
export function caaPermits(caa: Caa, issuer: string | readonly string[], wildcard: boolean): boolean | null {
  if (caa.state === 'none') return true;
  if (caa.state === 'unknown') return null;
  // RFC 8659 §4.1: a CA must not issue before it understands what is critical.
  if (caa.criticalUnknown.length > 0) return false;
  // RFC 8659 §4.3: for a wildcard, issuewild takes the place of issue where there is one.
  const values = wildcard && caa.issuewild.length > 0 ? caa.issuewild : caa.issue;
  if (values.length === 0) return true;
  const named = values.map(({ domain }) => domain).filter((domain) => domain !== null);
  if (named.length === 0) return false;
  const own = typeof issuer === 'string' ? caaDomainsOf(issuer) : issuer;
  if (own === null) return null;
  return own.some((domain) => named.includes(domain.toLowerCase()));
}

const LABEL = '[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?';
const DOMAIN = new RegExp(`^${LABEL}(?:\\.${LABEL})*$`);
const TAG = new RegExp(`^${LABEL}$`);
const VALUE = /^[\x21-\x3a\x3c-\x7e]*$/;

const MALFORMED: CaaIssuer = { domain: null, parameters: [], malformed: true };

/** The text of an `issue` or `issuewild` property, by the letter of RFC 8659 §4.2. What does not follow it permits nobody. */
export function parseCaaIssuer(text: string): CaaIssuer {
  const [first = '', ...rest] = text.split(';').map(trimBlanks);
  if (first !== '' && !DOMAIN.test(first)) return MALFORMED;
  // A semicolon with nothing behind it is allowed after the domain, and not between or after parameters.
  const texts = rest.length === 1 && rest[0] === '' ? [] : rest;
  const parameters: (readonly [string, string])[] = [];
  for (const parameter of texts) {
    const equals = parameter.indexOf('=');
    const tag = trimBlanks(parameter.slice(0, Math.max(0, equals)));
    const value = trimBlanks(parameter.slice(equals + 1));
    if (!TAG.test(tag) || !VALUE.test(value)) return MALFORMED;
    parameters.push([tag.toLowerCase(), value]);
  }
  return { domain: first === '' ? null : first.toLowerCase(), parameters, malformed: false };
}

/** Of spaces and tabs only. Not by a pattern, which would take quadratic time for blanks in the middle. */
function trimBlanks(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && isBlank(text[start])) start += 1;
  while (end > start && isBlank(text[end - 1])) end -= 1;
  return text.slice(start, end);
}

function isBlank(character: string | undefined): boolean {
  return character === ' ' || character === '\t';
}
