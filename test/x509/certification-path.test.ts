import type { X509Certificate } from 'node:crypto';
import { describe, expect, test, vi } from 'vitest';
import { fingerprintOf } from '../../lib/x509/certificate.ts';
import { buildPath, verifyInStores } from '../../lib/x509/certification-path.ts';
import { poolOf } from '../../lib/x509/issuer-pool.ts';
import { daysFromNow, NOW } from './hierarchy.ts';
import { newKey } from './quick-mint.ts';
import {
  build,
  ca,
  entity,
  ISSUING,
  issuing,
  LEAF,
  leaf,
  mint,
  OTHER,
  otherRoot,
  ROOT,
  root,
  trust,
  trusting,
} from './small-pki.ts';

describe('the best path', () => {
  test('leads from the leaf to the anchor, with the span of all of it', () => {
    const short = ca(ISSUING, ROOT, { notBefore: daysFromNow(-5), notAfter: daysFromNow(20) });
    const { best, problem } = buildPath(leaf, { presented: [leaf, short], trust, now: NOW });
    expect(problem).toBeNull();
    expect(best?.certificates).toEqual([leaf, short]);
    expect(best?.anchor.fingerprint).toBe(fingerprintOf(root));
    expect(best?.notBefore).toBe(`${daysFromNow(-5).toISOString().slice(0, 19)}Z`);
    expect(best?.notAfter).toBe(`${daysFromNow(20).toISOString().slice(0, 19)}Z`);
    expect(best?.outside).toEqual([]);
  });

  test('may need issuers that were not presented, and names them', () => {
    const pool = poolOf([otherRoot, issuing, issuing]);
    expect(build(leaf, []).problem).toEqual({
      kind: 'issuer-missing',
      fingerprint: fingerprintOf(leaf),
      issuer: 'CN=Issuing',
    });
    expect(build(leaf, [], { pool })).toMatchObject({ problem: null, best: { outside: [issuing] } });
    // What was presented is not from outside, wherever else it is.
    expect(build(leaf, [issuing], { pool })).toMatchObject({ problem: null, best: { outside: [] } });
  });

  test('is the one that lasts longest, though an expired one is as short', () => {
    const expired = ca(ISSUING, ROOT, { notAfter: daysFromNow(-1) });
    const pool = poolOf([ca(ISSUING, ROOT, { notAfter: daysFromNow(150) })]);
    expect(build(leaf, [expired, issuing]).best?.certificates).toEqual([leaf, issuing]);
    expect(build(leaf, [expired], { pool })).toMatchObject({ problem: null, best: { outside: [{}] } });
  });

  test('is told even where it has expired, with what did', () => {
    const expired = ca(ISSUING, ROOT, { notAfter: daysFromNow(-1) });
    const found = build(leaf, [expired]);
    expect(found.best?.certificates).toEqual([leaf, expired]);
    const notAfter = `${daysFromNow(-1).toISOString().slice(0, 19)}Z`;
    expect(found.problem).toEqual({ kind: 'expired', fingerprint: fingerprintOf(expired), notAfter });
  });

  test('is valid through the last second, and no longer', () => {
    const ends = ca(ISSUING, ROOT, { notAfter: NOW });
    const at = (ms: number) => build(leaf, [ends], { now: new Date(NOW.getTime() + ms) }).problem?.kind;
    expect([at(0), at(999), at(1000)]).toEqual([undefined, undefined, 'expired']);
  });

  test('has begun, if there is one that has', () => {
    const future = ca(ISSUING, ROOT, { notBefore: daysFromNow(1), notAfter: daysFromNow(150) });
    const short = ca(ISSUING, ROOT, { notAfter: daysFromNow(10) });
    expect(build(leaf, [future, short]).best?.certificates).toEqual([leaf, short]);
    const later = build(leaf, [future, short], { now: daysFromNow(2) });
    expect(later).toMatchObject({ problem: null });
    expect(later.best?.certificates).toEqual([leaf, future]);
    const notBefore = `${daysFromNow(1).toISOString().slice(0, 19)}Z`;
    expect(build(leaf, [future]).problem).toEqual({
      kind: 'not-yet-valid',
      fingerprint: fingerprintOf(future),
      notBefore,
    });
  });

  test('goes around what breaks a rule', () => {
    const deep = entity('CN=Deep');
    const victim = mint(LEAF, deep, { names: ['dns:api.b.test'] });
    const narrow = ca(ISSUING, ROOT, { pathLength: 0, notAfter: daysFromNow(150) });
    const elsewhere = ca(ISSUING, ROOT, { permitted: { names: ['dns:a.test'] }, notAfter: daysFromNow(140) });
    const wide = ca(ISSUING, ROOT, { notAfter: daysFromNow(30) });
    const below = ca(deep, ISSUING);
    expect(build(victim, [narrow, elsewhere, below, wide]).best?.certificates).toEqual([victim, below, wide]);
  });

  test('may come from a line that was worse as far as it went', () => {
    const a = entity('CN=A');
    const b = entity('CN=B');
    const top = entity('CN=Top');
    const victim = mint(LEAF, ISSUING);
    const low = { notAfter: daysFromNow(30) };
    // By A the line lasts longer, but above Top nobody may stand who has issued to A.
    const presented = [ca(ISSUING, a), ca(a, top), ca(ISSUING, b, low), ca(b, top), ca(top, ROOT)];
    const notA = trusting(ca(ROOT, ROOT, { excluded: { dirNames: [a.name] } }));
    expect(build(victim, presented, { trust: notA }).best?.certificates).toEqual([
      victim,
      presented[2],
      presented[3],
      presented[4],
    ]);
  });

  test('may come from a line that had as many names and fewer CAs to count', () => {
    const top = entity('CN=Top');
    const b = entity('CN=B');
    const [oldB, otherB, otherA] = [
      { ...b, key: newKey() },
      { ...b, key: newKey() },
      { ...ISSUING, key: newKey() },
    ];
    const twice = [ca(ISSUING, otherB), ca(otherB, otherA), ca(otherA, top)];
    const rollover = [ca(ISSUING, b, { notAfter: daysFromNow(30) }), ca(b, oldB), ca(oldB, top)];
    const last = ca(top, ROOT);
    const narrow = trusting(ca(ROOT, ROOT, { pathLength: 3 }));
    const victim = mint(LEAF, ISSUING);
    expect(build(victim, [...twice, ...rollover, last], { trust: narrow }).best?.certificates).toEqual([
      victim,
      ...rollover,
      last,
    ]);
  });

  test('is the shortest of those that end together', () => {
    const upper = entity('CN=Upper');
    const dying = trusting(ca(ROOT, ROOT, { notAfter: daysFromNow(10) }));
    const short = ca(ISSUING, ROOT, { notAfter: daysFromNow(50) });
    const presented = [ca(ISSUING, upper), ca(upper, ROOT), short];
    expect(build(leaf, presented, { trust: dying }).best?.certificates).toEqual([leaf, short]);
    // The same where they meet before the anchor that they end with.
    const top = entity('CN=Top');
    const rekeyed = { ...top, key: newKey() };
    const direct = ca(ISSUING, top, { notAfter: daysFromNow(50) });
    const meeting = [ca(ISSUING, rekeyed), ca(rekeyed, top), direct, ca(top, ROOT)];
    expect(build(leaf, meeting, { trust: dying }).best?.certificates).toEqual([leaf, ...meeting.slice(2)]);
  });

  test('is the one that needs least from outside of those that end together', () => {
    const upper = entity('CN=Upper');
    const top = entity('CN=Top');
    const dying = trusting(ca(ROOT, ROOT, { notAfter: daysFromNow(10) }));
    const [low, high] = [ca(ISSUING, upper, { notAfter: daysFromNow(50) }), ca(upper, top)];
    const last = ca(top, ROOT);
    const found = (outside: X509Certificate[]) =>
      build(leaf, [low, high], { pool: poolOf(outside), trust: dying }).best?.outside;
    expect(found([last, ca(ISSUING, top)])).toEqual([last]);
    const other = entity('CN=Other');
    expect(found([last, ca(ISSUING, other), ca(other, ROOT)])).toEqual([last]);
  });

  test('needs no name of a CA that only changes its key to be within its own constraints', () => {
    const acme = entity('O=Acme');
    const rekeyed = { ...ROOT, key: newKey() };
    const narrow = trusting(ca(ROOT, ROOT, { permitted: { dirNames: [acme.name] } }));
    expect(build(mint(acme, rekeyed), [ca(rekeyed, ROOT)], { trust: narrow }).problem).toBeNull();
    expect(build(mint(acme, ISSUING), [issuing], { trust: narrow }).problem).toEqual({
      kind: 'name-constraints',
      fingerprint: fingerprintOf(issuing),
      name: 'dirName:CN=Issuing',
      authority: expect.any(String),
    });
  });

  test('is not looked for outside where what was presented lasts as long as the leaf', () => {
    const bySubject = vi.fn(() => []);
    const longer = mint(LEAF, ISSUING, { notAfter: daysFromNow(200) });
    build(leaf, [issuing], { pool: { bySubject } });
    expect(bySubject).not.toHaveBeenCalled();
    build(longer, [issuing], { pool: { bySubject } });
    expect(bySubject).toHaveBeenCalled();
  });
});

describe('in several stores', () => {
  test('a path is found in each for itself', () => {
    const cross = ca(ROOT, OTHER, { notAfter: daysFromNow(-1) });
    const stores = [
      { name: 'ours', trust },
      { name: 'old', trust: trusting(otherRoot) },
      { name: 'none', trust: trusting(ca(LEAF, LEAF)) },
    ];
    const found = verifyInStores(leaf, { presented: [issuing, cross], now: NOW, stores });
    expect(found.map(({ store, best, problem }) => [store, best?.anchor.subject, problem?.kind])).toEqual([
      ['ours', 'CN=Root', undefined],
      ['old', 'CN=Other root', 'expired'],
      ['none', undefined, 'issuer-missing'],
    ]);
  });
});
