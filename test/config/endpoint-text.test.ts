import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseEndpoint } from '../../lib/config/endpoint-text.ts';
import { type Endpoint, STARTTLS_PORTS, STARTTLS_PROTOCOLS, type StartTls } from '../../lib/core/endpoint.ts';
import { isRejected } from '../../lib/core/rejected.ts';
import { endpointTargetId, targetLabel } from '../../lib/core/target.ts';

const EXAMPLES =
  'api.example.com, db.example.com:5432, mail.example.com:2525/smtp, [2001:db8::1]:443 or https://api.example.com';
const WANTED = `wanted an endpoint such as ${EXAMPLES}`;
const WANTED_HOST = 'wanted a name such as api.example.com or an IP address';
const NO_PROTOCOL = 'is no protocol that is asked for TLS';
const WANTED_PROTOCOL =
  'wanted smtp, submission, imap, pop3, ftp, ldap, postgres, mysql, or tls for TLS from the first byte';
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

  it.each<[string, string, number, (StartTls | 'tls')?]>([
    // Where the port says it already, nothing is kept: one endpoint, one form.
    ['mail.example/smtp', 'mail.example', 25],
    ['mail.example:25/SMTP', 'mail.example', 25],
    ['mail.example:2525/smtp', 'mail.example', 2525, 'smtp'],
    ['db.example:6432/postgres', 'db.example', 6432, 'postgres'],
    ['db.example:5432/tls', 'db.example', 5432, 'tls'],
    ['db.example/tls', 'db.example', 443],
    ['api.example:8443/tls', 'api.example', 8443],
    ['mail.example:587/smtp', 'mail.example', 587, 'smtp'],
    ['2001:db8::1/imap', '2001:db8::1', 143],
    ['[2001:db8::1]:1143/imap', '2001:db8::1', 1143, 'imap'],
    ['smtp://mail.example', 'mail.example', 25],
    ['submission://mail.example', 'mail.example', 587],
    ['imap://mail.example', 'mail.example', 143],
    ['pop3://mail.example', 'mail.example', 110],
    ['ftp://files.example/pub', 'files.example', 21],
    ['ldap://ldap.example/dc=example', 'ldap.example', 389],
    ['POSTGRES://db.example/app', 'db.example', 5432],
    ['postgresql://db.example:6432/app?sslmode=require', 'db.example', 6432, 'postgres'],
    ['mysql://db.example', 'db.example', 3306],
    ['smtps://mail.example', 'mail.example', 465],
    ['imaps://mail.example', 'mail.example', 993],
    ['pop3s://mail.example', 'mail.example', 995],
    ['LDAPS://ldap.example', 'ldap.example', 636],
    ['ftps://files.example', 'files.example', 990],
    ['smtps://mail.example:25', 'mail.example', 25, 'tls'],
    ['https://api.example:5432', 'api.example', 5432, 'tls'],
  ])('takes %j', (text, host, port, starttls) => {
    expect(parseEndpoint(text)).toEqual({
      host,
      port,
      serverName: host,
      ...(starttls === undefined ? {} : { starttls }),
    });
  });

  it.each<[string, StartTls | 'tls', number, (StartTls | 'tls')?]>([
    ['db.example', 'postgres', 5432],
    ['db.example:6432', 'postgres', 6432, 'postgres'],
    ['db.example:5432', 'tls', 5432, 'tls'],
    ['db.example', 'tls', 443],
    ['mail.example/smtp', 'postgres', 25],
    ['https://db.example', 'postgres', 443],
  ])('takes %j where %s is the protocol of what says none', (text, starttls, port, kept) => {
    const { starttls: begun, ...place } = parseEndpoint(text, { starttls }) as Endpoint;
    expect([place.port, begun]).toEqual([port, kept]);
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
      'LDABS://ldap.example',
      `"LDABS://ldap.example" has a scheme that is not known here (did you mean "ldaps"?); write host:port instead, ${WANTED}`,
    ],
    [
      'gopher://old.example',
      `"gopher://old.example" has a scheme that is not known here; write host:port instead, ${WANTED}`,
    ],
    ['api.example/v1/users', `"api.example/v1/users" has a path but no scheme; ${WANTED}`],
    ['api.example/', `"api.example/" has a path but no scheme; ${WANTED}`],
    ['api.example?q', `"api.example?q" has a path but no scheme; ${WANTED}`],
    ['/smtp', `the host is missing; ${WANTED_HOST}`],
    ['api.example/v1', `"api.example/v1": behind the slash, "v1" ${NO_PROTOCOL}; ${WANTED_PROTOCOL}`],
    [
      'mail.example:25/smpt',
      `"mail.example:25/smpt": behind the slash, "smpt" ${NO_PROTOCOL} (did you mean "smtp"?); ${WANTED_PROTOCOL}`,
    ],
    ['10.0.0.0/8', `"10.0.0.0/8": behind the slash, "8" ${NO_PROTOCOL}; ${WANTED_PROTOCOL}`],
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
      'imap://',
      '/smtp',
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
        const { starttls: _, ...place } = result;
        return host.test(place.host) && isDeepStrictEqual(parseEndpoint(place.host), { ...place, port: 443 });
      }),
      { numRuns: 300 },
    );
  });

  it('gives the same id for the label that lists print', () => {
    const port = fc.oneof(
      fc.constantFrom(443, ...Object.values(STARTTLS_PORTS)),
      fc.nat(65_534).map((n) => n + 1),
    );
    const written = fc.record({
      host: fc.constantFrom('api.example', '192.0.2.1', '2001:db8::1', 'xn--mller-kva.example'),
      port: fc.option(port, { nil: undefined }),
      protocol: fc.constantFrom(undefined, 'tls', ...STARTTLS_PROTOCOLS),
      serverName: fc.constantFrom(undefined, 'other.example', '192.0.2.9'),
    });
    fc.assert(
      fc.property(written, ({ host, port, protocol, serverName }) => {
        const place = port === undefined ? host : `${host.includes(':') ? `[${host}]` : host}:${port}`;
        const text = protocol === undefined ? place : `${place}/${protocol}`;
        const id = endpointTargetId(parseEndpoint(text, { serverName }) as Endpoint);
        const [label = '', name] = targetLabel(id).split('#');
        expect(endpointTargetId(parseEndpoint(label, { serverName: name }) as Endpoint)).toBe(id);
      }),
      { numRuns: 300 },
    );
  });
});
