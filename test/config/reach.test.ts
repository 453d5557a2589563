import { describe, expect, it } from 'vitest';
import { toDeployable } from '../../lib/config/deployable.ts';
import { guardFor } from '../../lib/config/egress.ts';
import { parseConfig } from '../../lib/config/load.ts';
import { policyOf } from '../../lib/config/policy-of.ts';
import { ConfigError } from '../../lib/config/problem.ts';
import { parseProxy, proxyOf } from '../../lib/config/proxy-text.ts';
import { trustOf } from '../../lib/config/trust-stores.ts';
import { OPTIONAL_CHECKS } from '../../lib/core/checks/index.ts';
import { reachOf } from '../../lib/core/reach.ts';
import type { EndpointTarget } from '../../lib/core/target.ts';
import { configOfProps } from '../../lib/infra/config-of-props.ts';
import { mozillaStore, systemStore } from '../../lib/x509/trust.ts';
import { mint } from '../support/pki.ts';

const load = (text: string) => parseConfig(text, '/etc/notafter/c.yaml', {});

/** What is wrong, without the path of the file. */
function faultsOf(text: string): string[] {
  try {
    load(text);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.problems.map(({ message }) => message);
  }
  return [];
}

/** How each endpoint is reached, by its host. */
function reaches(text: string) {
  const targets = load(text).targets.filter((target): target is EndpointTarget => target.kind === 'endpoint');
  return Object.fromEntries(targets.map((target) => [target.endpoint.host, reachOf(target)]));
}

describe('how endpoints are reached', () => {
  it('is said at the top, in a group and at an endpoint, and the nearest counts', () => {
    const text = `
stores: [mozilla, system]
allow: private
proxy: http://proxy.example.com:3128
clientCertificate: { cert: me.pem, key: me.key }
groups:
  - allow: [10.1.0.0/16, "fd12:3456::/32"]
    clientCertificate: { pkcs12: group.p12, passphrase: "\${GROUP_PASSPHRASE}" }
    targets:
      - a.example
      - endpoint: b.example
        stores: [system]
        proxy: http://[2001:db8::1]:8080/
        clientCertificate:
          cert: /srv/b.pem
          key: /srv/b.key
          passphrase: \${B}
      - file: chain.pem
targets: [c.example]
`;
    expect(reaches(text)).toEqual({
      'a.example': {
        stores: ['mozilla', 'system'],
        allow: ['10.1.0.0/16', 'fd12:3456::/32'],
        proxy: 'proxy.example.com:3128',
        client: { pkcs12: '/etc/notafter/group.p12', passphraseFrom: 'GROUP_PASSPHRASE' },
      },
      'b.example': {
        stores: ['system'],
        allow: ['10.1.0.0/16', 'fd12:3456::/32'],
        proxy: '[2001:db8::1]:8080',
        client: { cert: '/srv/b.pem', key: '/srv/b.key', passphraseFrom: 'B' },
      },
      'c.example': {
        stores: ['mozilla', 'system'],
        allow: 'private',
        proxy: 'proxy.example.com:3128',
        client: { cert: '/etc/notafter/me.pem', key: '/etc/notafter/me.key' },
      },
    });
    expect(load(text).targets.find(({ kind }) => kind === 'file')).not.toHaveProperty('proxy');
    expect(load(text).defaults).toMatchObject({ allow: 'private', stores: ['mozilla', 'system'] });
  });

  it.each([
    ['stores: system', 'stores: got "system"; wanted a list such as [mozilla, system]'],
    ['stores: []', 'stores: got an empty list, by which nothing is trusted; wanted at least one, or no list'],
    ['stores: [sytem]', 'stores: got "sytem" (did you mean "system"?); wanted mozilla or system'],
    ['stores: [5]', 'stores: got the number 5; wanted mozilla or system'],
    [
      'allow: 10.0.0.0/8',
      'allow: got "10.0.0.0/8"; wanted private, or a list of address blocks such as [10.0.0.0/8]',
    ],
    [
      'allow: []',
      'allow: got an empty list, which allows nothing; wanted private, or a list of address blocks such as [10.0.0.0/8]',
    ],
    [
      'allow: [10.0.0.1/8]',
      'allow: got "10.0.0.1/8", which has bits set behind its prefix; wanted 10.0.0.0/8',
    ],
    ['allow: [10.0.0.0/33]', 'allow: got "10.0.0.0/33", wanted a prefix length from 8 to 32 after the slash'],
    [
      'proxy: 3128',
      'proxy: "3128" is no address of a proxy; wanted one such as http://proxy.example.com:3128',
    ],
    [
      'proxy: http://p.example:0',
      'proxy: "p.example:0" has the port "0"; wanted a number from 1 to 65535, such as proxy.example.com:3128',
    ],
    [
      'clientCertificate: { cert: a.pem }',
      'clientCertificate: wanted cert and key (PEM files), or pkcs12 alone',
    ],
    [
      'clientCertificate: { cert: a.pem, key: a.key, pkcs12: a.p12 }',
      'clientCertificate: wanted cert and key (PEM files), or pkcs12 alone',
    ],
    [
      'clientCertificate: { pkcs12: a.p12, passphrse: P }',
      'clientCertificate: unknown key "passphrse" (did you mean "passphrase"?); wanted cert, key, pkcs12 or passphrase',
    ],
    ['egressGuard: on', 'egressGuard: got "on"; wanted true or false'],
    ['revocation: false', 'revocation: got the boolean false; wanted off, crl, ocsp'],
    [
      'connectionsPerSecond: 0',
      'connectionsPerSecond: got the number 0; wanted 1 to 1000 connections, such as 50',
    ],
    [
      'connectionsPerSecond: 1.5',
      'connectionsPerSecond: got the number 1.5; wanted 1 to 1000 connections, such as 50',
    ],
    ['checks: no-sct', 'checks: got "no-sct"; wanted all, or a list of ids of optional checks'],
    [
      'groups: [{ targets: [], egressGuard: true }]',
      'groups[0]: unknown key "egressGuard"; wanted owner, tags, thresholds, every, ca, stores, allow, proxy, clientCertificate, network, name or targets',
    ],
    [
      'targets: [{ file: x.pem, proxy: "http://p:1" }]',
      'targets[0]: unknown key "proxy"; wanted owner, tags, thresholds, every or file',
    ],
  ])('is refused with a sentence: %s', (text, fault) => expect(faultsOf(text)).toEqual([fault]));

  it('repeats no password and no passphrase', () => {
    const faults = faultsOf(
      'proxy: "http://me:hunter2@p.example:3128"\nclientCertificate: { pkcs12: a.p12, passphrase: hunter2 }',
    );
    expect(faults).toEqual([
      'proxy: the proxy contains "@"; its user and password come from the environment variable NOTAFTER_PROXY_AUTH=user:password, wanted one such as http://proxy.example.com:3128',
      `clientCertificate.passphrase: wanted the name of an environment variable such as "\${KEY_PASSPHRASE}"`,
    ]);
  });
});

describe('how all endpoints are looked at', () => {
  it('is kept, and reaches the policy and what is deployed', async () => {
    const config = load(
      'egressGuard: false\nrevocation: ocsp\nchecks: [no-sct, weak-cipher]\nconnectionsPerSecond: 5\nalerts: { email: [a@example.com] }',
    );
    const probing = {
      egressGuard: false,
      revocation: 'ocsp',
      checks: ['weak-cipher', 'no-sct'],
      connectionsPerSecond: 5,
    };
    expect(config).toMatchObject(probing);
    expect((await toDeployable(config, 'stack:x')).definitions).toMatchObject(probing);
    const policy = policyOf({ ...config, ...config.alerts });
    expect([...policy.switchedOn]).toEqual(['weak-cipher', 'no-sct']);
  });

  it('lets every optional check speak at a word, and no other', () => {
    expect(load('checks: all').checks).toEqual(OPTIONAL_CHECKS);
    expect(load('checks: []').checks).toEqual([]);
    expect(faultsOf('checks: [expired]')[0]).toMatch(/^checks: "expired" is no optional check; wanted all, /);
  });
});

describe('what is deployed of it', () => {
  it('is no client certificate, wherever it is said', async () => {
    const why = 'a private key is never deployed, so no client certificate can be shown from AWS';
    const client = 'clientCertificate: { pkcs12: a.p12 }';
    await expect(
      toDeployable(load(`targets: [{ endpoint: a.example, ${client} }]`), 'stack:x'),
    ).rejects.toThrow(`/etc/notafter/c.yaml: a.example:443: ${why}`);
    // What is found in the account would be probed with it, too.
    await expect(toDeployable(load(client), 'stack:x')).rejects.toThrow(
      `clientCertificate at the top: ${why}`,
    );
  });

  it('are the proxy, the stores, and what the guard lets through', async () => {
    const text =
      'targets: [{ endpoint: a.example, proxy: "http://p.example:3128", stores: [system], allow: private }]';
    expect((await toDeployable(load(text), 'stack:x')).definitions.targets).toMatchObject([
      { proxy: 'p.example:3128', stores: ['system'], allow: 'private' },
    ]);
  });

  it('may be said by the props of the construct', () => {
    const config = configOfProps({
      stores: ['system'],
      allow: ['10.1.0.0/16'],
      proxy: 'http://p.example:3128',
      egressGuard: false,
      revocation: 'off',
      checks: 'all',
      connectionsPerSecond: 7,
      endpoints: [{ endpoint: 'db.example:6432', starttls: 'postgres', allow: 'private' }],
    });
    expect(config).toMatchObject({
      egressGuard: false,
      revocation: 'off',
      checks: OPTIONAL_CHECKS,
      connectionsPerSecond: 7,
      targets: [
        {
          id: 'endpoint:db.example:6432/postgres',
          stores: ['system'],
          allow: 'private',
          proxy: 'p.example:3128',
        },
      ],
    });
    expect(() => configOfProps({ checks: ['expired'] })).toThrow('checks: "expired" is no optional check');
  });
});

describe('the egress guard', () => {
  const refusals = (reach: Parameters<typeof guardFor>[0]) => {
    const guard = guardFor(reach, true);
    const addresses = [
      '192.0.2.1',
      '198.51.100.7',
      '10.1.2.3',
      '10.2.0.1',
      '127.0.0.1',
      '8.8.8.8',
      'a.example',
    ];
    return addresses.filter((address) => guard?.(address) !== null);
  };

  it('is not there unless it is on', () => expect(guardFor({ allow: 'private' }, false)).toBeUndefined());

  it('lets through what is public, and what is allowed by name', () => {
    const special = ['192.0.2.1', '198.51.100.7', '127.0.0.1', 'a.example'];
    expect(refusals({}).sort()).toEqual([...special, '10.1.2.3', '10.2.0.1'].sort());
    expect(refusals({ allow: 'private' }).sort()).toEqual(special.toSorted());
    expect(refusals({ allow: ['10.1.0.0/16'] }).sort()).toEqual([...special, '10.2.0.1'].sort());
    expect(refusals({ allow: ['10.1.0.0/16', 'nonsense', '0.0.0.0/0'] }).sort()).toEqual(
      [...special, '10.2.0.1'].sort(),
    );
  });

  it('takes a network to probe from for leave to reach what is private there', () => {
    expect(refusals({ network: 'internal' })).not.toContain('10.1.2.3');
    expect(refusals({ network: 'internal', allow: ['10.1.0.0/16'] })).toContain('10.2.0.1');
  });

  it('says which block decided', () => {
    expect(guardFor({}, true)?.('10.1.2.3')).toMatch(/^10\.0\.0\.0\/8: /);
    expect(guardFor({}, true)?.('a.example')).toBe('not an IP address');
  });
});

describe('a proxy', () => {
  it('is kept as host and port, and read back', () => {
    for (const url of ['http://proxy.example:3128', 'HTTP://[2001:DB8::1]:80/', 'http://192.0.2.1:8080']) {
      const text = parseProxy(url) as string;
      const { host, port } = proxyOf(text, undefined);
      expect(parseProxy(`http://${host.includes(':') ? `[${host}]` : host}:${port}`)).toBe(text);
      expect(proxyOf(text, 'me:secret').credentials).toBe('me:secret');
      expect(proxyOf(text, '')).not.toHaveProperty('credentials');
    }
  });
});

describe('trust stores', () => {
  it('are taken together, with further CAs, each anchor once', async () => {
    const ca = await mint({ subject: 'CN=Private CA', ca: true });
    const fingerprint = ca.x509.fingerprint256.replaceAll(':', '').toLowerCase();
    const [mozilla, system] = [mozillaStore().trust, systemStore().trust];
    const only = trustOf(['system'], ca.pem);
    expect(only.stores?.map(({ name }) => name)).toEqual(['system']);
    expect(only.trust.pem).toEqual(
      [...new Set(system.pem), ca.pem.trimEnd()].map((pem) => expect.stringContaining(pem.trim())),
    );
    expect(only.trust.byFingerprint(fingerprint)).toBeDefined();
    expect(trustOf(['mozilla'], undefined).trust.byFingerprint(fingerprint)).toBeUndefined();
    const both = trustOf(['mozilla', 'system'], undefined).trust;
    expect(both.pem).toHaveLength(new Set([...mozilla.pem, ...system.pem]).size);
    expect(trustOf(undefined, undefined).stores).toBeUndefined();
    expect(() => trustOf(['system'], 'no PEM')).toThrow('no CA certificate');
  });
});
