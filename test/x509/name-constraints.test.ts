import type { X509Certificate } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { certifiedNames } from '../../lib/x509/certified-names.ts';
import { formatGeneralName } from '../../lib/x509/general-name.ts';
import { forbiddenName } from '../../lib/x509/name-constraints.ts';
import { readRights } from '../../lib/x509/rights.ts';
import { tlv } from './forge.ts';
import { daysFromNow } from './hierarchy.ts';
import type { QuickOptions, Subtrees } from './quick-mint.ts';
import { dn, extension, newKey, quickMint } from './quick-mint.ts';

const key = newKey();

function mint(subject: string | Buffer, more: Partial<QuickOptions>): X509Certificate {
  const self = { name: typeof subject === 'string' ? dn(subject) : subject, key };
  return quickMint({
    subject: self,
    issuer: self,
    notBefore: daysFromNow(-1),
    notAfter: daysFromNow(1),
    ...more,
  });
}

/** What of a certificate's names a CA may not issue. */
function forbidden(
  constraints: Pick<QuickOptions, 'permitted' | 'excluded' | 'extensions'>,
  names: readonly string[],
  subject: string | Buffer = '',
): string | undefined {
  const { nameConstraints } = readRights(mint('CN=CA', constraints));
  if (nameConstraints === null) throw new Error('it has no constraints');
  const name = forbiddenName(certifiedNames(readRights(mint(subject, { names }))), nameConstraints);
  return name && formatGeneralName(name);
}

const permits = (subtrees: Subtrees | string, name: string): boolean =>
  forbidden({ permitted: typeof subtrees === 'string' ? { names: [subtrees] } : subtrees }, [name]) ===
  undefined;
const excludes = (base: string, name: string): boolean =>
  forbidden({ excluded: { names: [base] } }, [name]) === name;

// RFC 5280 §4.2.1.10 gives most of these.
test.each([
  ['dns:host.example.com', 'dns:host.example.com', true],
  ['dns:host.example.com', 'dns:my.HOST.example.com', true],
  ['dns:host.example.com', 'dns:host1.example.com', false],
  ['dns:host.example.com', 'dns:badhost.example.com', false],
  ['dns:.example.com', 'dns:host.example.com', true],
  ['dns:.example.com', 'dns:example.com', false],
  ['dns:', 'dns:anything.test', true],
  ['dns:example.com', 'dns:*.example.com', true],
  ['dns:host.example.com', 'dns:*.example.com', false],
  ['ip:192.0.2.0/255.255.255.0', 'ip:192.0.2.255', true],
  ['ip:192.0.2.0/255.255.255.0', 'ip:192.0.3.0', false],
  ['ip:192.0.2.77/255.255.255.0', 'ip:192.0.2.1', true],
  ['ip:0.0.0.0/0.0.0.0', 'ip:192.0.2.1', true],
  ['ip:0.0.0.0/0.0.0.0', 'ip:2001:db8::1', false],
  ['ip:2001:db8::/ffff:ffff::', 'ip:2001:db8::1', true],
  ['ip:2001:db8::/ffff:ffff::', 'ip:2001:db9::1', false],
  ['email:root@example.com', 'email:root@EXAMPLE.com', true],
  ['email:root@example.com', 'email:Root@example.com', false],
  ['email:example.com', 'email:any@example.com', true],
  ['email:example.com', 'email:any@host.example.com', false],
  ['email:.example.com', 'email:any@host.example.com', true],
  ['email:.example.com', 'email:any@example.com', false],
  ['uri:host.example.com', 'uri:https://host.example.com:8443/path', true],
  ['uri:host.example.com', 'uri:https://user@other.example.com/', false],
  ['uri:.example.com', 'uri:spiffe://host.example.com', true],
  ['uri:.example.com', 'uri:https://example.com', false],
])('%s holds %s: %s', (base, name, holds) => {
  expect(permits(base, name)).toBe(holds);
  // A wildcard that reaches into an excluded subtree is stopped though it does not lie within.
  const reachesInto = name === 'dns:*.example.com' && base === 'dns:host.example.com';
  if (name === name.toLowerCase()) expect(excludes(base, name)).toBe(holds || reachesInto);
});

describe('names', () => {
  test('of a form that is not constrained are allowed', () => {
    expect(permits('dns:a.test', 'ip:10.0.0.1')).toBe(true);
    expect(permits('ip:10.0.0.0/255.0.0.0', 'dns:a.test')).toBe(true);
  });

  test('have to lie in one permitted subtree and in no excluded one', () => {
    const permitted = { names: ['dns:a.test', 'dns:b.test'] };
    const excluded = { names: ['dns:x.b.test'] };
    const judge = (name: string) => forbidden({ permitted, excluded }, ['dns:a.test', name]);
    expect(['dns:b.test', 'dns:c.test', 'dns:y.x.b.test'].map(judge)).toEqual([
      undefined,
      'dns:c.test',
      'dns:y.x.b.test',
    ]);
  });

  test('that wildcards stand for are excluded too, one label deep', () => {
    expect(excludes('dns:.a.test', 'dns:*.a.test')).toBe(true);
    expect(excludes('dns:b.a.test', 'dns:*.a.test')).toBe(true);
    expect(excludes('dns:c.b.a.test', 'dns:*.a.test')).toBe(false);
    expect(excludes('dns:bc.test', 'dns:*.c.test')).toBe(false);
  });

  test('of subjects are directory names, compared without case and double spaces', () => {
    const permitted = { dirNames: [dn('O=Acme  inc')] };
    expect(forbidden({ permitted }, [], 'O=ACME Inc,CN=x')).toBeUndefined();
    expect(forbidden({ permitted }, [], 'CN=x,O=Acme inc')).toBe('dirName:O=Acme inc,CN=x');
    expect(forbidden({ permitted }, ['dns:a.test'], '')).toBeUndefined();
    expect(forbidden({ excluded: { dirNames: [dn('')] } }, [], 'CN=x')).toBe('dirName:CN=x');
  });

  test('of subjects are hosts only where subjectAltName says so', () => {
    expect(forbidden({ permitted: { names: ['dns:a.test'] } }, [], 'CN=www.b.test')).toBeUndefined();
  });

  test('of subjects are mailboxes where they say so', () => {
    const mailbox = (tag: number): Buffer =>
      tlv(
        0x30,
        tlv(0x31, tlv(0x30, Buffer.from('06092a864886f70d010901', 'hex'), tlv(tag, Buffer.from('x@a.test')))),
      );
    const judge = (tag: number, base: string) =>
      forbidden({ permitted: { names: [base] } }, [], mailbox(tag)) === undefined;
    expect([judge(0x16, 'email:a.test'), judge(0x16, 'email:b.test'), judge(0x0c, 'email:a.test')]).toEqual([
      true,
      false,
      false,
    ]);
  });

  test('that cannot be compared are not allowed', () => {
    const subtrees = (...parts: Buffer[]) => ({ extensions: [extension(30, tlv(0x30, ...parts), true)] });
    const dns = tlv(0x82, Buffer.from('a.test'));
    const minimum = (value: number) => subtrees(tlv(0xa0, tlv(0x30, dns, tlv(0x80, Buffer.of(value)))));
    expect(forbidden(minimum(0), ['dns:a.test'])).toBeUndefined();
    expect(forbidden(minimum(1), ['dns:a.test'])).toBe('dns:a.test');
    expect(forbidden(subtrees(tlv(0xa1, tlv(0x30, dns, tlv(0x81, Buffer.of(1))))), ['dns:b.test'])).toBe(
      'dns:b.test',
    );
    expect(forbidden(subtrees(tlv(0xa0, tlv(0x30, tlv(0x87, Buffer.alloc(5))))), ['ip:10.0.0.1'])).toBe(
      'ip:10.0.0.1',
    );
    expect(permits('email:a.test', 'email:nobody')).toBe(false);
    expect(permits('uri:a.test', 'uri:urn:a.test')).toBe(false);
  });
});
