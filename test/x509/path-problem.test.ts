import type { X509Certificate } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { fingerprintOf } from '../../lib/x509/certificate.ts';
import type { PathOptions } from '../../lib/x509/certification-path.ts';
import { tlv } from './forge.ts';
import { ANY_PURPOSE, CLIENT_AUTH, extension, newKey } from './quick-mint.ts';
import {
  build,
  ca,
  entity,
  ISSUING,
  issuing,
  LEAF,
  leaf,
  mint,
  otherRoot,
  ROOT,
  root,
  trusting,
} from './small-pki.ts';

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
    // Also where it was renewed, and each could have issued the other.
    const renewed = [issuing, root, ca(ROOT, ROOT)];
    expect(reason(leaf, renewed, { trust: trusting(otherRoot) })).toMatchObject({ kind: 'untrusted-root' });
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
    // Each half of the circle is reached sooner from below than from the other half.
    const c = entity('CN=C');
    expect(reason(mint(LEAF, c), [ca(c, a), ca(c, b), up, down])).toMatchObject({ kind: 'circular' });
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
