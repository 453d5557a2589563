import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { caaPermits, parseCaaIssuer, type RelevantCaa } from '../../lib/core/caa.ts';
import { caaDomainsOf, organizationOf } from '../../lib/core/caa-issuers.ts';

const MALFORMED = { domain: null, parameters: [], malformed: true };

function relevant(
  issue: readonly string[],
  issuewild: readonly string[] = [],
  critical: readonly string[] = [],
) {
  const caa: RelevantCaa = {
    state: 'found',
    at: 'a.test',
    issue: issue.map(parseCaaIssuer),
    issuewild: issuewild.map(parseCaaIssuer),
    criticalUnknown: critical,
  };
  return caa;
}

describe('the value of an issue property', () => {
  it.each([
    ['letsencrypt.org', 'letsencrypt.org', []],
    ['LetsEncrypt.ORG', 'letsencrypt.org', []],
    [' \tca.test \t', 'ca.test', []],
    ['ca.test;', 'ca.test', []],
    ['ca.test ; ', 'ca.test', []],
    ['localhost', 'localhost', []],
    ['xn--ca-1.test', 'xn--ca-1.test', []],
    ['ca.test; a=b', 'ca.test', [['a', 'b']]],
    ['ca.test;policy=', 'ca.test', [['policy', '']]],
    [
      'ca.test; a = b ; c-d==e=',
      'ca.test',
      [
        ['a', 'b'],
        ['c-d', '=e='],
      ],
    ],
    [
      'letsencrypt.org; validationmethods=dns-01,http-01; accounturi=https://acme.test/acct/1?a=b',
      'letsencrypt.org',
      [
        ['validationmethods', 'dns-01,http-01'],
        ['accounturi', 'https://acme.test/acct/1?a=b'],
      ],
    ],
    ['', null, []],
    [' ', null, []],
    [';', null, []],
    [' ; a=b', null, [['a', 'b']]],
  ])('%j names %j', (text, domain, parameters) => {
    expect(parseCaaIssuer(text)).toEqual({ domain, parameters, malformed: false });
  });

  it.each([
    'ca.test.',
    '.ca.test',
    'ca..test',
    '-ca.test',
    'ca-.test',
    'ca_1.test',
    'ca .test',
    'ca.test, other.test',
    '"ca.test"',
    'https://ca.test',
    '*.ca.test',
    'ca.test a=b',
    'ca.test; a',
    'ca.test; =b',
    'ca.test; a b=c',
    'ca.test; a=b c',
    'ca.test; a=b;',
    'ca.test;; a=b',
    'ca.test; a=ü',
    'ca.test\n',
    '\u00a0ca.test',
    'ça.test',
    '%%%%%',
  ])('%j is malformed and names nobody', (text) => {
    expect(parseCaaIssuer(text)).toEqual(MALFORMED);
  });

  it('is read in linear time, whatever it is', () => {
    const startedAt = performance.now();
    for (const text of [' ', '-', 'a', 'a-', 'a.', ';', '= ']) {
      parseCaaIssuer(`a${text.repeat(65_000 / text.length)}!`);
      parseCaaIssuer(`a;b=c${text.repeat(65_000 / text.length)}!`);
    }
    expect(performance.now() - startedAt).toBeLessThan(1000);
  });

  it('is either malformed or follows the grammar', () => {
    const character = fc.constantFrom(...'ab1-.;= \t_');
    fc.assert(
      fc.property(fc.string({ unit: character, maxLength: 12 }), (text) => {
        const { domain, parameters, malformed } = parseCaaIssuer(text);
        if (malformed) return;
        const again = [domain ?? '', ...parameters.map((pair) => pair.join('='))].join(';');
        expect(parseCaaIssuer(again)).toEqual({ domain, parameters, malformed });
      }),
    );
  });
});

describe('a CA', () => {
  const own = ['ca.test', 'second.test'];

  it.each([
    ['nobody is named', relevant([]), true],
    ['it is named', relevant(['other.test', 'CA.test']), true],
    ['one of its domains is named', relevant(['second.test; accounturi=x']), true],
    ['others are named', relevant(['other.test']), false],
    ['nobody may', relevant([';']), false],
    ['nobody may, but it is named too', relevant([';', 'ca.test']), true],
    ['the value is malformed', relevant(['ca.test.']), false],
    ['only wildcards are spoken of', relevant([], [';']), true],
    ['something critical is unknown', relevant(['ca.test'], [], ['tbs']), false],
  ])('may issue a name where %s: %s is %s', (_, caa, permitted) => {
    expect(caaPermits(caa, own, false)).toBe(permitted);
  });

  it.each([
    ['nothing is said of wildcards', relevant(['ca.test']), true],
    ['nothing is said of wildcards and others are named', relevant(['other.test']), false],
    ['it is named for wildcards', relevant([';'], ['ca.test']), true],
    ['others are named for wildcards', relevant(['ca.test'], ['other.test']), false],
    ['nobody may for wildcards', relevant(['ca.test'], [';']), false],
    ['the value for wildcards is malformed', relevant(['ca.test'], ['ca.test.']), false],
  ])('may issue a wildcard where %s: %s is %s', (_, caa, permitted) => {
    expect(caaPermits(caa, own, true)).toBe(permitted);
  });

  it('that is not known here is judged only where no CA could be permitted, or each is', () => {
    expect(caaPermits(relevant(['ca.test']), 'Nobody Ltd', false)).toBeNull();
    expect(caaPermits(relevant([';']), 'Nobody Ltd', false)).toBe(false);
    expect(caaPermits(relevant(['ca.test'], [], ['tbs']), 'Nobody Ltd', false)).toBe(false);
    expect(caaPermits(relevant([]), 'Nobody Ltd', false)).toBe(true);
    expect(caaPermits({ state: 'none' }, 'Nobody Ltd', false)).toBe(true);
    expect(caaPermits({ state: 'unknown', because: 'ESERVFAIL' }, own, false)).toBeNull();
  });

  it('is known by the organisation in its name', () => {
    expect(caaPermits(relevant(['letsencrypt.org']), "Let's Encrypt", false)).toBe(true);
    expect(caaPermits(relevant(['letsencrypt.org']), 'Amazon', false)).toBe(false);
    expect(caaPermits(relevant(['amazonaws.com']), 'Amazon', false)).toBe(true);
    expect(caaPermits(relevant(['pki.goog']), 'Google Trust Services', true)).toBe(true);
    expect(caaPermits(relevant(['www.digicert.com']), 'DigiCert Inc', false)).toBe(true);
    expect(caaPermits(relevant(['sectigo.com']), 'ZeroSSL', false)).toBe(true);
  });

  it.each(['Amazon', 'AMAZON', ' Amazon '])('is known however its name is spelled (%j)', (organization) => {
    expect(caaDomainsOf(organization)).toContain('amazontrust.com');
  });

  it.each(['', 'Amazon Web Services', 'toString', '__proto__'])(
    'is none where nobody knows it (%j)',
    (organization) => {
      expect(caaDomainsOf(organization)).toBeNull();
    },
  );
});

describe('the organisation in a name', () => {
  it.each([
    ["CN=R11,O=Let's Encrypt,C=US", "Let's Encrypt"],
    ['CN=Amazon RSA 2048 M02,O=Amazon,C=US', 'Amazon'],
    ['O=SECOM Trust Systems CO.\\,LTD.,C=JP', 'SECOM Trust Systems CO.,LTD.'],
    ['CN=x+O=Both,C=US', 'Both'],
    ['CN=x\\,O=Amazon,C=US', null],
    ['CN=x\\\\,O=Amazon,C=US', 'Amazon'],
    ['CN=O\\=Amazon', null],
    ['OU=Amazon', null],
    ['', null],
  ])('%s: %s', (name, organization) => {
    expect(organizationOf(name)).toBe(organization);
  });
});
