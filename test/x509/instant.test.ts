import { describe, expect, test } from 'vitest';
import { DerError, readElement } from '../../lib/x509/der.ts';
import { readInstant } from '../../lib/x509/instant.ts';
import { tlv } from './forge.ts';

const UTC_TIME = 0x17;
const GENERALIZED_TIME = 0x18;

function read(tag: number, text: string): string {
  const der = tlv(tag, Buffer.from(text, 'latin1'));
  return readInstant(der, readElement(der));
}

describe('a date of the validity', () => {
  test.each([
    [UTC_TIME, '261231235959Z', '2026-12-31T23:59:59Z'],
    [UTC_TIME, '491231235959Z', '2049-12-31T23:59:59Z'],
    [UTC_TIME, '500101000000Z', '1950-01-01T00:00:00Z'],
    [UTC_TIME, '240229000000Z', '2024-02-29T00:00:00Z'],
    [GENERALIZED_TIME, '99991231235959Z', '9999-12-31T23:59:59Z'],
    [GENERALIZED_TIME, '20261231235959.75Z', '2026-12-31T23:59:59Z'],
    [GENERALIZED_TIME, '00500101000000Z', '0050-01-01T00:00:00Z'],
    [UTC_TIME, '2612312359Z', '2026-12-31T23:59:00Z'],
    [UTC_TIME, '270101010000+0130', '2026-12-31T23:30:00Z'],
    [GENERALIZED_TIME, '20261231233000-0130', '2027-01-01T01:00:00Z'],
  ])('of type %i that says %s is %s', (tag, text, expected) => {
    expect(read(tag, text)).toBe(expected);
  });

  test.each([
    [UTC_TIME, '261301000000Z'],
    [UTC_TIME, '260001000000Z'],
    [UTC_TIME, '250229000000Z'],
    [UTC_TIME, '260100000000Z'],
    [UTC_TIME, '260101240000Z'],
    [UTC_TIME, '260101006000Z'],
    [UTC_TIME, '260101000060Z'],
    [UTC_TIME, '260101000000'],
    [UTC_TIME, '20260101000000Z'],
    [GENERALIZED_TIME, '260101000000Z'],
    [GENERALIZED_TIME, ''],
    [GENERALIZED_TIME, '00000101000000+0100'],
    [GENERALIZED_TIME, '99991231235959-0100'],
    [UTC_TIME, '26010100000\0Z'],
    [UTC_TIME, '260101000000.5Z'],
    [UTC_TIME, '2601010000.5Z'],
    [GENERALIZED_TIME, '202601010000.5Z'],
    [0x0c, '260101000000Z'],
  ])('of type %i is not to be had from %j', (tag, text) => {
    expect(() => read(tag, text)).toThrow(DerError);
  });
});
