import { describe, expect, it } from 'vitest';
import { PROBLEMS_KEPT, parseTargetLines, type TargetList } from '../../lib/config/target-lines.ts';

describe('reading a list of targets', () => {
  it('takes what editors and people put around the endpoints', () => {
    const list = parseTargetLines(
      '\uFEFF# our services\r\napi.example:8443\r\n\r\n  db.example:5432   # the database\r\nhttps://c.example/#top',
    );
    expect(list.problems).toEqual([]);
    expect(list.targets.map(({ line, target }) => [line, target.id])).toEqual([
      [2, 'endpoint:api.example:8443'],
      [4, 'endpoint:db.example:5432'],
      [5, 'endpoint:c.example:443'],
    ]);
  });

  it('takes owner, server name and tags behind the endpoint', () => {
    const [only] = parseTargetLines(
      '192.0.2.1\towner=payments name=api.example tag.team=pay tag.tier=1',
    ).targets;
    expect(only?.target).toEqual({
      kind: 'endpoint',
      id: 'endpoint:192.0.2.1:443#api.example',
      endpoint: { host: '192.0.2.1', port: 443, serverName: 'api.example' },
      owner: 'payments',
      tags: { team: 'pay', tier: '1' },
    });
  });

  it('takes the protocol that is asked for TLS, of its own or for all', () => {
    const text = 'a.example\nb.example:6432 starttls=postgres\nc.example:25\nd.example/tls\ne.example/imap';
    const ids = (list: TargetList) => list.targets.map(({ target }) => target.id.slice('endpoint:'.length));
    expect(ids(parseTargetLines(text))).toEqual([
      'a.example:443',
      'b.example:6432/postgres',
      'c.example:25',
      'd.example:443',
      'e.example:143',
    ]);
    expect(ids(parseTargetLines(text, { starttls: 'mysql' }))).toEqual([
      'a.example:3306',
      'b.example:6432/postgres',
      'c.example:25/mysql',
      'd.example:443',
      'e.example:143',
    ]);
    expect(
      parseTargetLines('a.example starttls=pg\nb.example/imap starttls=smtp').problems.map(
        ({ message }) => message,
      ),
    ).toEqual([
      'starttls: "pg" is no protocol that is asked for TLS; wanted smtp, submission, imap, pop3, ftp, ldap, postgres, mysql, or tls for TLS from the first byte',
      'starttls is smtp, but the endpoint says imap by itself; wanted one of the two',
    ]);
  });

  it('names every bad line and keeps the good ones', () => {
    const list = parseTargetLines(
      [
        'api.example',
        'http://x.example',
        'a.example onwer=x',
        'b.example owner=',
        'c.example prod',
        'd.example owner=a owner=b',
        'e.example tag.__proto__=x',
        'f.example name=*.example',
        'z.example',
      ].join('\n'),
    );
    expect(list.targets.map(({ target }) => target.endpoint.host)).toEqual(['api.example', 'z.example']);
    expect(list.problemCount).toBe(7);
    expect(list.problems.slice(1)).toEqual([
      {
        line: 3,
        message: 'unknown key "onwer" (did you mean "owner"?); wanted owner, name, starttls or tag.KEY',
      },
      {
        line: 4,
        message: '"owner=" after the endpoint; wanted key=value without spaces, such as owner=platform',
      },
      {
        line: 5,
        message: '"prod" after the endpoint; wanted key=value without spaces, such as owner=platform',
      },
      { line: 6, message: '"owner" is there twice' },
      {
        line: 7,
        message: 'the tag name "__proto__" cannot be used; wanted letters, digits and _ . : / - such as team',
      },
      {
        line: 8,
        message:
          'server name: "*.example" is a wildcard, which names no host to connect to; wanted a name such as api.example.com or an IP address',
      },
    ]);
    expect(list.problems[0]?.line).toBe(2);
  });

  it('does not turn a binary file into a million messages', () => {
    const list = parseTargetLines('\u0001 \u0002\n'.repeat(100_000));
    expect(list.problems).toHaveLength(PROBLEMS_KEPT);
    expect(list.problemCount).toBe(100_000);
  });
});
