import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseEndpoint } from '../../lib/config/endpoint-text.ts';
import { isRejected } from '../../lib/core/rejected.ts';

const EXAMPLES = 'api.example.com, db.example.com:5432, [2001:db8::1]:443 or https://api.example.com';
const WANTED = `wanted an endpoint such as ${EXAMPLES}`;
const WANTED_HOST = 'wanted a name such as api.example.com or an IP address';
const BRACKETS = 'has brackets that hold no IPv6 address; wanted one such as [2001:db8::1]:443';

describe('reading an endpoint', () => {
  it.each([
    ['api.example.com', 'api.example.com', 443],
    ['db.example.com:5432', 'db.example.com', 5432],
    ['localhost', 'localhost', 443],
    ['API.Example.COM.', 'api.example.com', 443],
    ['my_service.internal:8443', 'my_service.internal', 8443],
    ['192.0.2.1:65535', '192.0.2.1', 65535],
    ['[2001:DB8:0::1]:8443', '2001:db8::1', 8443],
    ['[::1]', '::1', 443],
    ['2001:db8::1', '2001:db8::1', 443],
    ['::ffff:192.0.2.1', '::ffff:c000:201', 443],
    ['https://api.example.com', 'api.example.com', 443],
    ['HTTPS://api.example.com:8443/v1?key=1#top', 'api.example.com', 8443],
    ['https://[2001:db8::1]:8443/', '2001:db8::1', 8443],
    ['müller.example', 'xn--mller-kva.example', 443],
    ['例え。テスト:8443', 'xn--r8jz45g.xn--zckzah', 8443],
    [`${'a'.repeat(63)}.example`, `${'a'.repeat(63)}.example`, 443],
  ])('takes %j', (text, host, port) => {
    expect(parseEndpoint(text)).toEqual({ host, port, serverName: host });
  });

  it('keeps a server name of its own, in the same form', () => {
    expect(parseEndpoint('192.0.2.1:8443', { serverName: 'API.müller.example.' })).toEqual({
      host: '192.0.2.1',
      port: 8443,
      serverName: 'api.xn--mller-kva.example',
    });
  });

  it.each([
    ['', `an empty endpoint; ${WANTED}`],
    [' \t', `an empty endpoint; ${WANTED}`],
    ['a b.example', `"a b.example" contains a space or an invisible character; ${WANTED_HOST}`],
    [' api.example', `" api.example" contains a space or an invisible character; ${WANTED_HOST}`],
    [
      'a\u001b[2Jb\u202e',
      '"a\\u{1b}[2Jb\\u{202e}" has brackets that hold no IPv6 address; wanted one such as [2001:db8::1]:443',
    ],
    ['a\u0000b', `"a\\u{0}b" contains a space or an invisible character; ${WANTED_HOST}`],
    [
      'api.example:0',
      '"api.example:0" has the port "0"; wanted a number from 1 to 65535, such as db.example.com:5432',
    ],
    [
      'api.example:99999',
      '"api.example:99999" has the port "99999"; wanted a number from 1 to 65535, such as db.example.com:5432',
    ],
    [
      'api.example:https',
      '"api.example:https" has the port "https"; wanted a number from 1 to 65535, such as db.example.com:5432',
    ],
    [
      'api.example:',
      '"api.example:" has the port ""; wanted a number from 1 to 65535, such as db.example.com:5432',
    ],
    [':443', `the host is missing; ${WANTED_HOST}`],
    ['https://', `the host is missing; ${WANTED_HOST}`],
    ['[2001:db8::1', `"[2001:db8::1" ${BRACKETS}`],
    ['2001:db8::1]:443', `"2001:db8::1]:443" ${BRACKETS}`],
    ['[api.example]:443', `"[api.example]:443" ${BRACKETS}`],
    ['[]:443', `"[]:443" ${BRACKETS}`],
    ['[2001:db8::zz]', '"2001:db8::zz" is not an IPv6 address; wanted one such as 2001:db8::1'],
    ['fe80::1%eth0', `"fe80::1%eth0" has a zone, which cannot be watched; ${WANTED_HOST}`],
    ['a:b:c', '"a:b:c" has more than one colon; an IPv6 address with a port is written [2001:db8::1]:443'],
    ['http://api.example', `"http://api.example" is not TLS and has no certificate; ${WANTED}`],
    [
      'LDAPS://ldap.example',
      `"LDAPS://ldap.example" has another scheme than https; write host:port instead, ${WANTED}`,
    ],
    ['api.example/v1', `"api.example/v1" has a path but no scheme; ${WANTED}`],
    ['*.example.com', `"*.example.com" is a wildcard, which names no host to connect to; ${WANTED_HOST}`],
    ['a..b', `"a..b" has an empty part between its dots; ${WANTED_HOST}`],
    ['.', `"." is neither a host name nor an IP address; ${WANTED_HOST}`],
    ['-a.example', `"-a.example" has the part "-a", which no host name can; ${WANTED_HOST}`],
    ['a,b.example', `"a,b.example" contains ",", which no host name can; ${WANTED_HOST}`],
    ['127.1', '"127.1" would be taken for the address 127.0.0.1; write the address in full'],
    ['0x7f000001', '"0x7f000001" would be taken for the address 127.0.0.1; write the address in full'],
    ['2130706433', '"2130706433" would be taken for the address 127.0.0.1; write the address in full'],
    ['0177.0.0.1', '"0177.0.0.1" would be taken for the address 127.0.0.1; write the address in full'],
    ['①②⑦.0.0.1', '"①②⑦.0.0.1" would be taken for the address 127.0.0.1; write the address in full'],
    ['256.1.1.1', `"256.1.1.1" is neither a host name nor an IP address; ${WANTED_HOST}`],
    [
      `${'a'.repeat(64)}.de`,
      `"${'a'.repeat(64)}.de" has a part of 64 characters, 63 is the most; ${WANTED_HOST}`,
    ],
    [
      `${'ab.'.repeat(84)}example`,
      `"${'ab.'.repeat(26)}ab…" is 259 characters long, a host name has at most 253; ${WANTED_HOST}`,
    ],
    ['a'.repeat(5000), `an endpoint of 5000 characters; ${WANTED}`],
  ])('refuses %j', (text, error) => expect(parseEndpoint(text)).toEqual({ error }));

  it('says which of the two names is wrong', () => {
    expect(parseEndpoint('api.example', { serverName: '*.example' })).toEqual({
      error: `server name: "*.example" is a wildcard, which names no host to connect to; ${WANTED_HOST}`,
    });
  });

  it.each(['https://admin:hunter2@api.example', 'admin:hunter2@api.example:443', 'ldap://hunter2@x'])(
    'never repeats a password: %j',
    (text) => {
      const error = `the endpoint contains "@"; leave out user and password, ${WANTED}`;
      expect(parseEndpoint(text)).toEqual({ error });
    },
  );

  it('gives a usable endpoint or a printable sentence for anything', () => {
    const host = /^(?:[a-z0-9_](?:[a-z0-9_.-]*[a-z0-9_])?|[0-9a-f:]+)$/;
    const unprintable = /[\p{C}\p{Zl}\p{Zp}]/u;
    const pieces = [
      'https://',
      '[',
      ']',
      ':',
      '::',
      '.',
      '443',
      'a',
      'ü',
      '1',
      '/',
      '%',
      '\u200b',
      '0x',
      '\u202e',
    ];
    const anything = fc.oneof(fc.string({ unit: 'binary' }), fc.string({ unit: fc.constantFrom(...pieces) }));
    fc.assert(
      fc.property(anything, (text) => {
        const result = parseEndpoint(text);
        if (isRejected(result)) return !unprintable.test(result.error);
        return (
          host.test(result.host) && isDeepStrictEqual(parseEndpoint(result.host), { ...result, port: 443 })
        );
      }),
      { numRuns: 300 },
    );
  });
});
