import { describe, expect, test } from 'vitest';
import { addressesFromHosts, parseHosts } from '../../../lib/sources/tls-endpoint/hosts-file.ts';
import { parseOpenFilesLimit, socketBudget } from '../../../lib/sources/tls-endpoint/open-files.ts';
import { parseResolvConf, searchApplies } from '../../../lib/sources/tls-endpoint/resolv-conf.ts';

describe('a hosts file', () => {
  const hosts = parseHosts(
    '# comment\n10.0.0.1 api.test API-alias # more\n\n  fd00::1\tapi.test\r\nnot-an-address x\n10.0.0.1 api.test\n',
  );

  test('gives every address of a name once, in file order, whatever the case', () => {
    expect(addressesFromHosts(hosts, 'API.test')).toEqual(['10.0.0.1', 'fd00::1']);
    expect(addressesFromHosts(hosts, 'api-alias')).toEqual(['10.0.0.1']);
  });

  test('skips lines without an address and knows nothing else', () => {
    expect(addressesFromHosts(hosts, 'x')).toBeUndefined();
    expect(addressesFromHosts(hosts, 'constructor')).toBeUndefined();
  });

  test('does not have to define localhost, but may', () => {
    expect(addressesFromHosts(hosts, 'localhost')).toEqual(['127.0.0.1', '::1']);
    expect(addressesFromHosts(hosts, 'app.localhost')).toEqual(['127.0.0.1', '::1']);
    expect(addressesFromHosts(hosts, 'notlocalhost')).toBeUndefined();
    expect(addressesFromHosts(parseHosts('127.0.0.1 localhost'), 'localhost')).toEqual(['127.0.0.1']);
  });
});

describe('the search list of resolv.conf', () => {
  test('completes names with fewer dots than ndots', () => {
    const rules = parseResolvConf('nameserver 10.0.0.2\nsearch prod.svc svc\noptions edns0 ndots:2\n');
    expect(rules).toEqual({ search: ['prod.svc', 'svc'], ndots: 2 });
    expect(searchApplies(rules, 'api')).toBe(true);
    expect(searchApplies(rules, 'api.prod')).toBe(true);
    expect(searchApplies(rules, 'api.prod.test')).toBe(false);
  });

  test('is empty where there is none', () => {
    expect(searchApplies(parseResolvConf('nameserver 10.0.0.2\nsearch .\n'), 'api')).toBe(false);
    expect(searchApplies(parseResolvConf(''), 'api')).toBe(false);
  });

  test('is the last one that is given', () => {
    expect(parseResolvConf('search a b\ndomain c d').search).toEqual(['c']);
  });

  test('never completes what getaddrinfo would take for an address', () => {
    const rules = { search: ['svc'], ndots: 5 };
    for (const name of ['2130706433', '0x7f000001', '127.1', '0177.0.0.1', 'a.0x1']) {
      expect(searchApplies(rules, name)).toBe(false);
    }
    expect(searchApplies(rules, 'db1')).toBe(true);
  });
});

describe('the share of descriptors that probes may use', () => {
  test('leaves room under the soft limit', () => {
    const text =
      'Limit                     Soft Limit           Hard Limit           Units     \n' +
      'Max open files            1024                 524288               files     \n';
    expect(parseOpenFilesLimit(text)).toBe(1024);
    expect(socketBudget(1024)).toBeLessThan(900);
    expect(socketBudget(1024)).toBeGreaterThan(700);
  });

  test('is never nothing', () => {
    expect(socketBudget(20)).toBe(16);
    expect(parseOpenFilesLimit('Max open files            unlimited            unlimited')).toBeUndefined();
  });
});
