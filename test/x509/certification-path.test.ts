import { X509Certificate } from 'node:crypto';
import { describe, expect, test, vi } from 'vitest';
import { fingerprintOf } from '../../lib/x509/certificate.ts';
import type { PathOptions } from '../../lib/x509/certification-path.ts';
import { buildPath, verifyInStores } from '../../lib/x509/certification-path.ts';
import { poolOf } from '../../lib/x509/issuer-pool.ts';
import { pemStore } from '../../lib/x509/trust.ts';
import { tlv } from './forge.ts';
import { daysFromNow, NOW } from './hierarchy.ts';
import type { Entity, QuickOptions } from './quick-mint.ts';
import { ANY_PURPOSE, CLIENT_AUTH, dn, extension, newKey, quickMint, SERVER_AUTH } from './quick-mint.ts';

const entity = (text: string): Entity => ({ name: dn(text), key: newKey() });

const ROOT = entity('CN=Root');
const ISSUING = entity('CN=Issuing');
const LEAF = entity('CN=leaf');
const OTHER = entity('CN=Other root');

function mint(subject: Entity, issuer: Entity, more: Partial<QuickOptions> = {}): X509Certificate {
  return quickMint({ subject, issuer, notBefore: daysFromNow(-100), notAfter: daysFromNow(100), ...more });
}

function ca(subject: Entity, issuer: Entity, more: Partial<QuickOptions> = {}): X509Certificate {
  return mint(subject, issuer, { ca: true, keyUsage: 0x06, ...more });
}

const root = ca(ROOT, ROOT);
const issuing = ca(ISSUING, ROOT);
const leaf = mint(LEAF, ISSUING, { names: ['dns:api.a.test'], purposes: [SERVER_AUTH], keyUsage: 0x80 });
const otherRoot = ca(OTHER, OTHER);

function trusting(...anchors: X509Certificate[]) {
  return pemStore('test', anchors.map((x509) => x509.toString()).join('')).trust;
}

const trust = trusting(root);

function build(of: X509Certificate, presented: readonly X509Certificate[], more: Partial<PathOptions> = {}) {
  const found = buildPath(of, { presented, trust, now: NOW, ...more });
  return { ...found, fingerprints: found.best?.certificates.map(fingerprintOf) };
}

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
    // The same CA by two lines, of which only the one that is worse in dates may be prolonged.
    const between = entity('CN=Between');
    const direct = ca(deep, ROOT, { notAfter: daysFromNow(10) });
    const strict = trusting(ca(ROOT, ROOT, { pathLength: 1 }));
    const line = [below, ca(ISSUING, between), ca(between, ROOT), direct];
    expect(build(victim, line, { trust: strict }).best?.certificates).toEqual([victim, direct]);
  });
});

describe('there is no path', () => {
  const reason = (of: X509Certificate, presented: X509Certificate[], more: Partial<PathOptions> = {}) => {
    const { best, problem } = build(of, presented, more);
    expect(best).toBeNull();
    return problem;
  };
  const id = fingerprintOf;

  test('without an issuer, or with none of that key', () => {
    const impostor = ca({ ...ISSUING, key: newKey() }, ROOT, { keyIds: false });
    expect(reason(leaf, [impostor])).toEqual({
      kind: 'signature',
      fingerprint: id(leaf),
      issuer: 'CN=Issuing',
    });
    expect(reason(leaf, [ca({ ...ISSUING, key: newKey() }, ROOT)])).toMatchObject({ kind: 'issuer-missing' });
  });

  test('to somebody who is not trusted', () => {
    const selfSigned = mint(LEAF, LEAF);
    expect(reason(selfSigned, [])).toEqual({ kind: 'self-signed', fingerprint: id(selfSigned) });
    expect(reason(leaf, [issuing, root], { trust: trusting(otherRoot) })).toEqual({
      kind: 'untrusted-root',
      fingerprint: id(root),
      subject: 'CN=Root',
    });
    expect(reason(leaf, [issuing], { trust: trusting(otherRoot) })).toEqual({
      kind: 'issuer-missing',
      fingerprint: id(issuing),
      issuer: 'CN=Root',
    });
  });

  test('through what has no right to issue', () => {
    const notCa = mint(ISSUING, ROOT, { ca: false, keyUsage: 0x06 });
    expect(reason(leaf, [notCa])).toEqual({ kind: 'not-a-ca', fingerprint: id(notCa) });
    const silent = mint(ISSUING, ROOT, { keyUsage: 0x06 });
    expect(reason(leaf, [silent])).toEqual({ kind: 'not-a-ca', fingerprint: id(silent) });
    const noSigner = ca(ISSUING, ROOT, { keyUsage: 0x80 });
    expect(reason(leaf, [noSigner])).toEqual({ kind: 'key-usage', fingerprint: id(noSigner) });
  });

  test('through CAs that certify each other in a circle', () => {
    const a = entity('CN=A');
    const b = entity('CN=B');
    const up = ca(a, b);
    const down = ca(b, a);
    expect(reason(mint(LEAF, a), [up, down])).toEqual({ kind: 'circular', fingerprint: id(down) });
  });

  test('that is longer than a CA allows', () => {
    const narrow = ca(ROOT, ROOT, { pathLength: 0 });
    const limit = { kind: 'path-length', fingerprint: id(narrow), limit: 0 };
    expect(reason(leaf, [issuing], { trust: trusting(narrow) })).toEqual(limit);
    // Self-issued certificates do not count: the CA has only changed its key.
    const rekeyed = { ...ROOT, key: newKey() };
    const rollover = ca(rekeyed, ROOT);
    expect(build(mint(LEAF, rekeyed), [rollover], { trust: trusting(narrow) }).problem).toBeNull();
  });

  test('for another purpose', () => {
    const forClients = mint(LEAF, ISSUING, { purposes: [CLIENT_AUTH] });
    const fault = { kind: 'extended-key-usage', fingerprint: id(forClients) };
    expect(reason(forClients, [issuing])).toEqual(fault);
    expect(build(forClients, [issuing], { purpose: 'clientAuth' }).problem).toBeNull();
    for (const purpose of [CLIENT_AUTH, ANY_PURPOSE]) {
      const limited = ca(ISSUING, ROOT, { purposes: [purpose] });
      expect(reason(leaf, [limited])).toEqual({ kind: 'extended-key-usage', fingerprint: id(limited) });
    }
    const noSignature = mint(LEAF, ISSUING, { keyUsage: 0x40 });
    expect(reason(noSignature, [issuing])).toEqual({ kind: 'key-usage', fingerprint: id(noSignature) });
  });

  test('through a critical extension that nobody knows', () => {
    const critical = { kind: 'critical-extension', oid: '1.2.3.4.5' };
    const strange = { critical: ['1.2.3.4.5'] };
    const strangeLeaf = mint(LEAF, ISSUING, strange);
    expect(reason(strangeLeaf, [issuing])).toEqual({ ...critical, fingerprint: id(strangeLeaf) });
    const strangeCa = ca(ISSUING, ROOT, strange);
    expect(reason(leaf, [strangeCa])).toEqual({ ...critical, fingerprint: id(strangeCa) });
    const strangeRoot = ca(ROOT, ROOT, strange);
    const inAnchor = reason(leaf, [issuing], { trust: trusting(strangeRoot) });
    expect(inAnchor).toEqual({ ...critical, fingerprint: id(strangeRoot) });
  });

  test.each([
    ['basicConstraints', extension(19, tlv(0x04))],
    ['basicConstraints', extension(19, tlv(0x30, tlv(0x01, Buffer.of(0xff)), tlv(0x02, Buffer.of(0xff))))],
    ['keyUsage', extension(15, tlv(0x03, Buffer.of(0, 0)))],
    ['keyUsage', extension(15, tlv(0x03, Buffer.of(5, 0x10)))],
    ['extKeyUsage', extension(37, tlv(0x30, tlv(0x04)))],
    ['nameConstraints', extension(30, tlv(0x30, tlv(0xa0, tlv(0x30))))],
    ['nameConstraints', extension(30, Buffer.of(0x30, 0x82, 0xff))],
    ['authorityKeyIdentifier', extension(35, tlv(0x30, tlv(0x99)))],
    ['subjectKeyIdentifier', extension(14, tlv(0x30))],
    ['subjectAltName', extension(17, tlv(0x30, tlv(0x99)))],
  ])('through a %s that cannot be read', (field, broken) => {
    const options = { keyIds: false, ca: null, keyUsage: null, extensions: [broken] };
    const brokenCa = mint(ISSUING, ROOT, options);
    expect(reason(leaf, [brokenCa])).toEqual({ kind: 'unreadable', fingerprint: id(brokenCa), field });
    const brokenLeaf = mint(LEAF, ISSUING, options);
    expect(reason(brokenLeaf, [issuing])).toEqual({ kind: 'unreadable', fingerprint: id(brokenLeaf), field });
  });

  test('through two extensions of a kind', () => {
    const double = ca(ISSUING, ROOT, { extensions: [extension(19, tlv(0x30))] });
    expect(reason(leaf, [double])).toMatchObject({ kind: 'unreadable', field: 'basicConstraints' });
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

  test('thousands that all could have issued each other end at the budget', () => {
    const a = entity('CN=A');
    const b = entity('CN=B');
    const pool = poolOf([...clones(700, a, b), ...clones(700, b, a)]);
    const { problem, exhausted, explored } = build(mint(LEAF, a), [], { pool });
    expect([problem, exhausted]).toEqual([{ kind: 'budget' }, true]);
    expect(explored).toBeLessThan(2000);
  });

  test('so do thousands of keys with one name', () => {
    const keys = Array.from({ length: 300 }, () => ({ ...ISSUING, key: newKey() }));
    const pool = poolOf(keys.map((one) => ca(one, ROOT, { keyIds: false })));
    const verify = vi.spyOn(X509Certificate.prototype, 'verify');
    expect(build(mint(LEAF, ISSUING), [], { pool }).problem).toEqual({ kind: 'budget' });
    // Each is checked once for being self-signed where it looks like that; these do not.
    expect(verify.mock.calls.length).toBeLessThan(200);
    verify.mockRestore();
  });

  test('constraints without end do not buy comparisons without end', () => {
    const many = Array.from({ length: 1500 }, (_, index) => `dns:${index}.test`);
    const endless = ca(ISSUING, ROOT, { excluded: { names: many.map((name) => `${name}.x`) } });
    expect(build(mint(LEAF, ISSUING, { names: many }), [endless]).problem).toEqual({ kind: 'budget' });
  });
});
