import type { Element } from './der.ts';
import { content, DerError } from './der.ts';
import { latin1 } from './der-string.ts';

const UTC_TIME = 0x17;
const GENERALIZED_TIME = 0x18;

// RFC 5280 §4.1.2.5 leaves one form of each: with seconds and Z. OpenSSL takes others of X.680 §46 and §47 too, but a
// fraction only of a second, and none in a UTCTime.
const SYNTAX = /^(\d\d|\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(?:(\d\d)(\.\d+)?)?(?:Z|([+-])(\d\d)(\d\d))$/;

// Longer than any date: enough to show what stands there instead.
const MAX_OCTETS = 40;

/**
 * A Time of a certificate's validity as ISO 8601 UTC to the second. Throws DerError where it is no date.
 *
 * Not taken from node:crypto: its `validToDate` for an impossible date (a thirteenth month) is whatever stood in
 * memory, now an invalid date, now one that looks right.
 */
export function readInstant(bytes: Uint8Array, time: Element): string {
  const text = latin1(content(bytes, time).subarray(0, MAX_OCTETS));
  const match = SYNTAX.exec(text);
  const yearDigits = time.tag === UTC_TIME ? 2 : time.tag === GENERALIZED_TIME ? 4 : 0;
  if (match === null || match[1]?.length !== yearDigits || (match[7] !== undefined && yearDigits === 2))
    throw new DerError(`${JSON.stringify(text)} is not a date`);

  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match
    .slice(1, 7)
    .map((digits) => Number(digits ?? 0));
  // Date.UTC would take a year below 100 for one of the last century.
  const date = new Date(0);
  date.setUTCFullYear(fullYear(year, yearDigits), month - 1, day);
  date.setUTCHours(hour, minute, second);
  const isReal =
    date.getUTCMonth() === month - 1 && date.getUTCDate() === day && hour < 24 && minute < 60 && second < 60;
  if (!isReal) throw new DerError(`${JSON.stringify(text)} is no real date`);
  date.setTime(date.getTime() - offsetMs(match[8], match[9], match[10]));
  const iso = date.toISOString();
  // Beyond the years 0 to 9999, where an offset can lead, the form has a sign and no longer sorts as text.
  if (!/^\d/.test(iso)) throw new DerError(`${JSON.stringify(text)} is outside the years 0 to 9999`);
  return `${iso.slice(0, 19)}Z`;
}

/** RFC 5280 §4.1.2.5.1: two digits mean 1950 to 2049. */
function fullYear(year: number, digits: number): number {
  if (digits === 4) return year;
  return year >= 50 ? 1900 + year : 2000 + year;
}

function offsetMs(sign = '+', hours = '0', minutes = '0'): number {
  return (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes)) * 60_000;
}
