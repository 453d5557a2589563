import { X509Certificate } from 'node:crypto';
import { describe, expect, test, vi } from 'vitest';
import { poolOf } from '../../lib/x509/issuer-pool.ts';
import { daysFromNow } from './hierarchy.ts';
import type { Entity } from './quick-mint.ts';
import { newKey } from './quick-mint.ts';
import { build, ca, entity, ISSUING, LEAF, mint, ROOT } from './small-pki.ts';

describe('hostile or broken pools', () => {
  const clones = (count: number, subject: Entity, issuer: Entity): X509Certificate[] =>
    Array.from({ length: count }, () => ca(subject, issuer));

  test('hundreds of CAs with one name and key cost one signature check for each certificate below', () => {
    const pool = poolOf(clones(400, ISSUING, ROOT));
    const verify = vi.spyOn(X509Certificate.prototype, 'verify');
    const victim = mint(LEAF, ISSUING);
    const { problem, exhausted, best } = build(victim, [], { pool });
    expect([problem, exhausted, best?.certificates.length]).toEqual([null, false, 2]);
    expect(verify.mock.calls.length).toBeLessThan(10);
    verify.mockRestore();
  });

  test('hundreds that all could have issued each other end at the budget', () => {
    const a = entity('CN=A');
    const b = entity('CN=B');
    const pool = poolOf([...clones(300, a, b), ...clones(300, b, a)]);
    const { problem, exhausted, explored } = build(mint(LEAF, a), [], { pool });
    expect([problem, exhausted]).toEqual([{ kind: 'budget' }, true]);
    expect(explored).toBeLessThan(2000);
  });

  test('so do many keys with one name', () => {
    const keys = Array.from({ length: 160 }, () => ({ ...ISSUING, key: newKey() }));
    const pool = poolOf(keys.map((one) => ca(one, ROOT, { keyIds: false })));
    const verify = vi.spyOn(X509Certificate.prototype, 'verify');
    expect(build(mint(LEAF, ISSUING), [], { pool }).problem).toEqual({ kind: 'budget' });
    // Each is checked once for being self-signed where it looks like that; these do not.
    expect(verify.mock.calls.length).toBeLessThan(150);
    verify.mockRestore();
  });

  test('no more of a pool is read than the budget allows, nor looked at', () => {
    const victim = mint(LEAF, ISSUING);
    const strangers = clones(1100, { ...ISSUING, key: newKey() }, ROOT);
    expect(build(victim, [], { pool: poolOf(strangers) }).problem).toEqual({ kind: 'budget' });
    const same = new Array<X509Certificate>(70_000).fill(strangers[0] as X509Certificate);
    expect(build(victim, [], { pool: { bySubject: () => same } }).problem).toEqual({ kind: 'budget' });
  });

  test('constraints without end do not buy comparisons without end', () => {
    const many = Array.from({ length: 1500 }, (_, index) => `dns:${index}.test`);
    const endless = ca(ISSUING, ROOT, { excluded: { names: many.map((name) => `${name}.x`) } });
    expect(build(mint(LEAF, ISSUING, { names: many }), [endless]).problem).toEqual({ kind: 'budget' });
  });

  test('junk in the pool hides no path that was presented whole', () => {
    const stranger = entity('CN=Stranger');
    // Anybody can certify somebody else's key, for longer than its owner does.
    const junk = [...clones(150, ISSUING, stranger), ...clones(150, stranger, ISSUING)];
    const short = ca(ISSUING, ROOT, { notAfter: daysFromNow(10) });
    const found = build(mint(LEAF, ISSUING), [short], { pool: poolOf(junk) });
    expect(found.best?.certificates.at(-1)).toBe(short);
    expect(found.problem).toBeNull();
  });
});
