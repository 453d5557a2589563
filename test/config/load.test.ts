import { createPrivateKey } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Config } from '../../lib/config/config.ts';
import { DEFAULT_DEPLOYMENT } from '../../lib/config/deployment.ts';
import { loadConfig, parseConfig } from '../../lib/config/load.ts';
import { DEFAULT_PROBING } from '../../lib/config/probing.ts';
import { ConfigError } from '../../lib/config/problem.ts';
import { redactUrl } from '../../lib/config/webhook-url.ts';
import { mint } from '../support/pki.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const PATH = '/etc/notafter/notafter.config.yaml';

const EVERYTHING = `
owner: platform
tags: { env: prod }
thresholds: { leaf: { warning: 20d }, ca: { notice: 400d } }
ca: ./company.pem
unreachableAfter: 5
groups:
  - name: payments
    owner: payments
    tags: { team: pay }
    every: 12h
    targets:
      - api.example.com
      - endpoint: db.example.com:5432
        serverName: db.internal
        ca: /srv/ca.pem
        every: 6h
        tags: { team: dba, tier: "1" }
        thresholds: { leaf: { notice: 30% } }
      - truststore: ./truststore.pem
targets:
  - file: ../chain.pem
    owner: web
webhook: { url: "https://hooks.example.com/\${TOKEN}" }
`;

/** The message of the error, without the path in front of each line. */
function faultsOf(text: string, env: Record<string, string> = {}): string[] {
  try {
    parseConfig(text, 'c.yaml', env);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.message.split('\n').map((line) => line.replace(/^c\.yaml:/, ''));
  }
  return [];
}

describe('a configuration file', () => {
  const config = parseConfig(EVERYTHING, PATH, { TOKEN: 's3cret' });
  const target = (id: string) => config.targets.find((each) => each.id === id);
  const thresholds = { leaf: { warning: { ms: 20 * DAY } }, ca: { notice: { ms: 400 * DAY } } };

  it('gives the targets in order, groups first', () => {
    expect(config.targets.map(({ id }) => id)).toEqual([
      'endpoint:api.example.com:443',
      'endpoint:db.example.com:5432#db.internal',
      'truststore:/etc/notafter/truststore.pem',
      'file:/etc/chain.pem',
    ]);
  });

  it('completes a target from its group, and the group from the top', () => {
    expect(target('endpoint:api.example.com:443')).toEqual({
      kind: 'endpoint',
      id: 'endpoint:api.example.com:443',
      endpoint: { host: 'api.example.com', port: 443, serverName: 'api.example.com' },
      owner: 'payments',
      tags: { env: 'prod', team: 'pay' },
      thresholds,
      everyMs: 12 * HOUR,
      ca: '/etc/notafter/company.pem',
    });
  });

  it('lets the nearest setting win, tags and rungs one by one', () => {
    expect(target('endpoint:db.example.com:5432#db.internal')).toMatchObject({
      endpoint: { host: 'db.example.com', port: 5432, serverName: 'db.internal' },
      tags: { env: 'prod', team: 'dba', tier: '1' },
      thresholds: { ...thresholds, leaf: { ...thresholds.leaf, notice: { share: 0.3 } } },
      everyMs: 6 * HOUR,
      ca: '/srv/ca.pem',
    });
  });

  it('reads the protocol of an endpoint together with what is written of it', () => {
    const text =
      'targets: [{ endpoint: db.example.com, starttls: postgres, serverName: db.internal }, { endpoint: "mail.example.com:2525", starttls: smtp }]';
    expect(parseConfig(text, PATH, {}).targets.map(({ id }) => id)).toEqual([
      'endpoint:db.example.com:5432#db.internal',
      'endpoint:mail.example.com:2525/smtp',
    ]);
    expect(
      faultsOf(
        'targets: [{ endpoint: a.example/imap, starttls: smtp }, { endpoint: a.example, starttls: pop }]',
      ),
    ).toEqual([
      '1:11: targets[0]: starttls is smtp, but the endpoint says imap by itself; wanted one of the two',
      '1:90: targets[1].starttls: "pop" is no protocol that is asked for TLS (did you mean "pop3"?); wanted smtp, submission, imap, pop3, ftp, ldap, postgres, mysql, or tls for TLS from the first byte',
    ]);
  });

  it('gives files no trust anchors', () => {
    expect(target('file:/etc/chain.pem')).toEqual({
      kind: 'file',
      id: 'file:/etc/chain.pem',
      path: '/etc/chain.pem',
      owner: 'web',
      tags: { env: 'prod' },
      thresholds,
    });
  });

  it('keeps what is not about single targets', () => {
    expect(config).toMatchObject({
      path: PATH,
      unreachableAfter: 5,
      defaults: { owner: 'platform', tags: { env: 'prod' }, thresholds, ca: '/etc/notafter/company.pem' },
      webhook: { url: 'https://hooks.example.com/s3cret' },
    });
  });

  it('has defaults for everything but the targets', () => {
    const small = parseConfig('targets: [api.example.com]', PATH, {});
    expect(small).toEqual({
      path: PATH,
      targets: [
        {
          kind: 'endpoint',
          id: 'endpoint:api.example.com:443',
          endpoint: { host: 'api.example.com', port: 443, serverName: 'api.example.com' },
          owner: null,
          tags: {},
        },
      ],
      defaults: {},
      ...DEFAULT_DEPLOYMENT,
      ...DEFAULT_PROBING,
      unreachableAfter: 3,
    });
  });

  it('may watch nothing yet', () => {
    expect(parseConfig('targets:\n# - api.example.com\ngroups:\n', PATH, {}).targets).toEqual([]);
  });

  it('may use anchors and aliases', () => {
    const text = 'groups:\n- tags: &t { a: b }\n  targets: [x.example]\n- tags: *t\n  targets: [y.example]';
    expect(parseConfig(text, PATH, {}).targets.map(({ tags }) => tags)).toEqual([{ a: 'b' }, { a: 'b' }]);
  });
});

const ROOT_KEYS =
  'owner, tags, thresholds, every, ca, stores, allow, proxy, clientCertificate, egressGuard, revocation, checks, connectionsPerSecond, unreachableAfter, groups, targets, kinds, ownership, webhook, alerts, networks, aws or stack';
const THRESHOLD = 'wanted days, hours or a percentage of the lifetime, such as 30d, 36h or 20%';
const NOT_A_KIND = 'wanted one of endpoint, truststore or file';

describe('a fault in a configuration file', () => {
  it.each<[string, string[]]>([
    ['onwer: platform', [`1:1: unknown key "onwer" (did you mean "owner"?); wanted ${ROOT_KEYS}`]],
    [
      'owner: 12',
      [
        '1:8: owner: got the number 12; wanted a name such as platform; if it is meant as text, put it in quotes',
      ],
    ],
    ['owner:', ['1:7: owner: got nothing; wanted a name such as platform']],
    [
      'owner: "a\\u202Eb"',
      ['1:8: owner: the owner "a\\u{202e}b" contains an invisible character; wanted plain text'],
    ],
    ['every: 6', ['1:8: every: "6" has no unit; wanted one such as 30d, 36h, 90m or 1d12h']],
    ['every: 30s', ['1:8: every: "30s" is out of range; wanted 1m to 7d']],
    [
      'thresholds: { leaf: { warning: 20 } }',
      [`1:32: thresholds.leaf.warning: "20" has no unit; ${THRESHOLD}`],
    ],
    [
      'thresholds:\n  ca:\n    lsat: 1d',
      [
        '3:5: thresholds.ca: unknown key "lsat" (did you mean "last"?); wanted notice, warning, critical, last or notice-again',
      ],
    ],
    ['unreachableAfter: 0', ['1:19: unreachableAfter: got less than 1; wanted 1 to 100 failures in a row']],
    [
      'unreachableAfter: often',
      ['1:19: unreachableAfter: got "often"; wanted a whole number of failures in a row, such as 3'],
    ],
    [
      'tags: { tier: 1 }',
      [
        '1:15: tags.tier: got the number 1; wanted text such as pay; if it is meant as text, put it in quotes',
      ],
    ],
    ['tags: platform', ['1:7: tags: got text; wanted a mapping of keys to values']],
    ['ca: ""', ['1:5: ca: "" is not a path; wanted one such as ./ca.pem']],
    [
      'targets: api.example.com',
      ['1:10: targets: got "api.example.com"; wanted a list, each entry on a line that begins with "- "'],
    ],
    [
      'groups: [{ name: a }]',
      ['1:10: groups[0].targets: got nothing; wanted a list, each entry on a line that begins with "- "'],
    ],
    [
      'targets: [5]',
      ['1:11: targets[0]: got the number 5; wanted an endpoint such as api.example.com, or a mapping'],
    ],
    ['targets: [{}]', [`1:11: targets[0]: got nothing to watch; ${NOT_A_KIND}`]],
    [
      'targets:\n  - db.example.com: 5432',
      [
        `2:5: targets[0]: got nothing to watch (an endpoint is written without a space: db.example.com:5432); ${NOT_A_KIND}`,
      ],
    ],
    ['targets: [{ file: a, endpoint: b }]', [`1:11: targets[0]: got endpoint and file; ${NOT_A_KIND}`]],
    [
      'targets: [{ file: a, ca: b }]',
      ['1:22: targets[0]: unknown key "ca"; wanted owner, tags, thresholds, every or file'],
    ],
    [
      'targets: [./ca.pem]',
      [
        '1:11: targets[0].endpoint: "./ca.pem" looks like a file; write "truststore: <path>" or "file: <path>" for one',
      ],
    ],
    [
      'targets:\n  - endpoint: db.example.com:543200',
      [
        '2:15: targets[0].endpoint: "db.example.com:543200" has the port "543200"; wanted a number from 1 to 65535, such as db.example.com:5432',
      ],
    ],
    [
      'groups:\n  - targets: [api.example.com]\ntargets:\n  - API.example.com.:443',
      ['4:5: targets[0]: api.example.com:443 is already a target on line 2; wanted it once'],
    ],
    [
      'targets: [{ truststor: a.pem }]',
      [`1:11: targets[0]: got nothing to watch (did you mean "truststore"?); ${NOT_A_KIND}`],
    ],
    [`owner: ${'a'.repeat(129)}`, ['1:8: owner: the owner is 129 characters long; wanted at most 128']],
    [`tags: { a: ${'b'.repeat(257)} }`, ['1:7: tags: the tag a is 257 characters long; wanted at most 256']],
    [
      `tags: { ${Array.from({ length: 51 }, (_, index) => `t${index}: x`)} }`,
      ['1:7: tags: there are 51 tags; wanted at most 50'],
    ],
    ['[a]', ['1:1: got a list; wanted a mapping of keys to values']],
    ['__proto__: { a: 1 }', [`1:1: unknown key "__proto__"; wanted ${ROOT_KEYS}`]],
  ])('is named with its place: %j', (text, faults) => expect(faultsOf(text)).toEqual(faults));

  it('does not hide the others', () => {
    const text = `onwer: a
every: soon
thresholds: { leaf: { critical: 20d } }
targets:
  - endpoint: api.example.com
    serverNam: x
    every: 1
  - http://api.example.com
  - api.example.com
groups:
  - targets: [db.example.com, DB.example.com]
    owner: 3
webhook: {}
`;
    expect(faultsOf(text).map((fault) => fault.split(':')[0])).toEqual([
      ...['1', '2', '3', '6', '7', '8', '9', '11', '12', '13'],
    ]);
  });

  it('is counted where there are too many to tell', () => {
    const faults = faultsOf(`targets:\n${'  - 5\n'.repeat(60)}`);
    expect(faults).toHaveLength(51);
    expect(faults.at(-1)).toBe('… and 10 more');
  });
});

describe('rungs in the wrong order', () => {
  const inverted = (leaf: string) => faultsOf(`thresholds: { leaf: ${leaf} }`);

  it.each([
    [
      '{ critical: 20d }',
      'critical: for a lifetime of 398 d, critical would begin 20 d before the end and warning only 14 d; wanted warning before critical',
    ],
    [
      '{ notice: 5d }',
      'notice: for a lifetime of 398 d, warning would begin 14 d before the end and notice only 5 d; wanted notice before warning',
    ],
    [
      '{ warning: 25d }',
      'warning: for a lifetime of 90 d, warning would begin 25 d before the end and notice only 22 d 12 h; wanted notice before warning',
    ],
    [
      '{ notice: 10%, warning: 30d }',
      'warning: for a lifetime of 200 d, warning would begin 30 d before the end and notice only 20 d; wanted notice before warning',
    ],
  ])('are refused with the lifetime that shows it: %s', (leaf, fault) => {
    const [only, ...others] = inverted(leaf);
    expect(others).toEqual([]);
    expect(only).toMatch(/^1:\d+: thresholds\.leaf\./);
    expect(only?.replace(/^.*thresholds\.leaf\./, '')).toBe(`${fault}, move one of the two`);
  });

  it.each([
    '{ warning: 20d }',
    '{ notice: 40d, warning: 35d, critical: 30d, last: 20d }',
    '{ notice: 50%, last: 36h }',
    '{ notice: 20d, warning: 20d }',
  ])('are not seen where there are none: %s', (leaf) => expect(inverted(leaf)).toEqual([]));

  it('are told apart by column', () => {
    expect(faultsOf('thresholds: { ca: { notice: 30d } }')[0]).toMatch(/^1:29: thresholds\.ca\.notice: /);
    expect(faultsOf('thresholds: { ca: { critical: 60d } }')).toEqual([]);
  });

  it('are found together with what a group inherits, and shown where they were moved last', () => {
    const faults = faultsOf(`thresholds: { leaf: { warning: 20d } }
groups:
  - thresholds: { leaf: { notice: 15d } }
    targets: [{ endpoint: a.example, thresholds: { leaf: { last: 1h } } }]`);
    expect(faults).toHaveLength(1);
    expect(faults[0]).toMatch(/^3:35: groups\[0\]\.thresholds\.leaf\.notice: .* 20 d .* 15 d; /);
  });
});

describe("the webhook's address", () => {
  const WANTED =
    'wanted one such as https://hooks.example.com/T0/B0 or https://hooks.example.com/$' + '{HOOK_TOKEN}';

  it.each([
    ['https://user:hunter2@hooks.example.com', 'user and password in the address, which cannot be sent; '],
    ['http://hooks.example.com/hunter2', 'not an https:// address; '],
    ['hooks.example.com/hunter2', 'not a web address; '],
    ['[hunter2]', 'no address; '],
  ])('is refused without being repeated: %s', (url, fault) => {
    expect(faultsOf(`webhook:\n  url: ${url}`)).toEqual([`2:8: webhook.url: ${fault}${WANTED}`]);
  });

  it('is not repeated where it stands in the wrong place', () => {
    expect(faultsOf('webhook: https://hooks.example.com/hunter2')).toEqual([
      '1:10: webhook: got text; wanted a mapping of keys to values',
    ]);
  });

  it('takes variables from the environment, and says which are missing', () => {
    const text = 'webhook:\n  url: $' + '{HOOK}/x';
    expect(parseConfig(text, PATH, { HOOK: 'https://a.example' }).webhook?.url).toBe('https://a.example/x');
    for (const env of [{}, { HOOK: '' }]) {
      expect(faultsOf(text, env)).toEqual([
        '2:8: webhook.url: the environment variable HOOK is not set; set it or write the address in full',
      ]);
    }
  });

  it('may be plain HTTP on this machine only', () => {
    for (const host of ['127.0.0.1:8080', 'localhost', '[::1]:9']) {
      expect(faultsOf(`webhook: { url: "http://${host}/x" }`)).toEqual([]);
    }
  });

  it.each([
    ['https://hooks.example.com/T0/hunter2', 'https://hooks.example.com/…'],
    ['https://hooks.example.com/?key=hunter2', 'https://hooks.example.com/…'],
    ['https://hooks.example.com:8443', 'https://hooks.example.com:8443'],
  ])('is shown without what may be a token: %s', (url, shown) => expect(redactUrl(url)).toBe(shown));

  it('is the only field with variables', () => {
    expect(parseConfig('owner: $' + '{HOOK}', PATH, { HOOK: 'x' }).defaults.owner).toBe('$' + '{HOOK}');
  });
});

describe("the webhook's form, key and secret", () => {
  const KEY = 'sixteen letters.';
  const URL = 'url: https://hooks.example.com/x';
  const load = (fields: string, env = {}) => parseConfig(`webhook: { ${fields} }`, PATH, env).webhook;

  it('are our own JSON and unsigned unless said otherwise', () => {
    expect(load(URL)).toEqual({ url: 'https://hooks.example.com/x', format: 'json' });
    expect(load(`${URL}, format: slack, key: "\${KEY}"`, { KEY })).toEqual({
      url: 'https://hooks.example.com/x',
      format: 'slack',
      key: KEY,
    });
    expect(load('secret: notafter/webhook')).toEqual({ secret: 'notafter/webhook', format: 'json' });
  });

  it.each<[fields: string, env: Record<string, string>, fault: string]>([
    [`${URL}, key: hunter2-hunter2-hunter2`, {}, 'webhook.key: wanted the name of an environment variable'],
    [`${URL}, key: "x\${KEY}"`, { KEY }, 'webhook.key: wanted the name of an environment variable'],
    [`${URL}, key: "\${KEY}"`, {}, 'webhook.key: the environment variable KEY is not set'],
    [
      `${URL}, key: "\${KEY}"`,
      { KEY: 'hunter2' },
      'the environment variable KEY holds less than 16 characters',
    ],
    [`${URL}, format: teams`, {}, 'webhook.format'],
    [`${URL}, secret: notafter/webhook`, {}, 'webhook: wanted one of url'],
    ['format: json', {}, 'webhook: wanted one of url'],
    [`secret: x, key: "\${KEY}"`, { KEY }, 'the key of a deployed webhook belongs into the secret'],
    [
      'secret: "a*"',
      {},
      'webhook.secret: got "a*"; wanted the name or ARN of a secret such as notafter/webhook',
    ],
    ['secret: "arn:aws:iam::111122223333:role/x"', {}, 'webhook.secret: got "arn:aws:iam'],
    ['secret: ""', {}, 'webhook.secret'],
  ])('are refused without the key being repeated: %s', (fields, env, fault) => {
    const [first = '', ...others] = faultsOf(`webhook: { ${fields} }`, env);
    expect(first).toContain(fault);
    expect(others).toEqual([]);
    expect(first).not.toContain('hunter2');
  });

  it('may name a secret by its ARN, in any partition', () => {
    const arn = 'arn:aws-us-gov:secretsmanager:us-gov-west-1:111122223333:secret:team/hook-AbCdEf';
    expect(load(`secret: "${arn}"`)?.secret).toBe(arn);
  });
});

describe('hostile YAML', () => {
  it.each<[string, string, string]>([
    ['a tab', 'targets:\n\t- a', '2:1: a tab as indentation; YAML wants spaces'],
    ['an open quote', 'owner: "x', '1:10: not valid YAML: Missing closing "quote'],
    ['two documents', 'owner: a\n---\nowner: b', '2:1: a second document after "---"; wanted one'],
    ['a tag', 'owner: !!js/function x', '1:8: not valid YAML: Unresolved tag: tag:yaml.org,2002:js/function'],
    [
      'a duplicate key',
      'owner: a\nevery: 1h\nowner: b',
      '3:1: the key "owner" is there twice, first on line 1',
    ],
    ['a key that is a list', '? [a]\n: b', '1:3: a key that is not text; wanted a name'],
    [
      'an endless alias',
      'targets: &a [*a]',
      '1:14: "*a" is a YAML alias of nothing above; text that begins with * needs quotes',
    ],
    [
      'a wildcard',
      'targets:\n  - *.example.com',
      '2:5: "*.example.com" is a YAML alias of nothing above, and a wildcard names no host to connect to; text that begins with * needs quotes',
    ],
    [
      'an address in brackets',
      'targets:\n  - [::1]:443',
      '2:10: not valid YAML: Unexpected scalar at node end; an address in brackets needs quotes',
    ],
    ['a deep nest', `targets: ${'['.repeat(100)}${']'.repeat(100)}`, '1:42: nested too deeply'],
    ['a bottomless nest', '['.repeat(20_000), 'nested too deeply'],
    ['an alias bomb', bomb(), 'more than 250000 values, aliases written out'],
  ])('is refused: %s', (_, text, fault) => {
    const [only, ...others] = faultsOf(text);
    expect(others).toEqual([]);
    expect(only?.endsWith(fault)).toBe(true);
  });
});

/** Nine levels of nine aliases each: 387 million values. */
function bomb(): string {
  const levels = Array.from(
    { length: 9 },
    (_, level) => `l${level}: &l${level} [${Array(9).fill(level === 0 ? 'x' : `*l${level - 1}`)}]`,
  );
  return levels.join('\n');
}

describe('a configuration file on disk', () => {
  let directory = '';
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'notafter-config-'));
  });
  afterAll(() => rm(directory, { recursive: true }));

  const load = async (content: string | Buffer) => {
    const path = join(directory, 'c.yaml');
    await writeFile(path, content);
    return loadConfig(path, {}).catch((error: Error) => error.message.replace(`${path}: `, ''));
  };

  it('may have a byte order mark and Windows line ends', async () => {
    expect(await load('\uFEFFowner: a\r\ntargets:\r\n  - api.example\r\n')).toMatchObject({
      targets: [{ id: 'endpoint:api.example:443', owner: 'a' }],
    });
  });

  it.each<[string, string | Buffer, string]>([
    ['empty', '', 'the file is empty; "notafter init" writes a commented one to begin with'],
    [
      'only comments',
      '# nothing\n',
      'the file is empty; "notafter init" writes a commented one to begin with',
    ],
    [
      'UTF-16',
      Buffer.from('\uFEFFowner: a', 'utf16le'),
      'the file is not in UTF-8 (line 1); save it as UTF-8',
    ],
    [
      'Latin-1',
      Buffer.from('a: b\nowner: Zoë', 'latin1'),
      'the file is not in UTF-8 (line 2); save it as UTF-8',
    ],
    [
      'too large',
      '#\n'.repeat(524_289),
      'the file is larger than 1 MiB; wanted less, bring long lists in with "notafter targets import"',
    ],
  ])('is refused where it is %s', async (_, content, fault) => expect(await load(content)).toBe(fault));

  it('is used although a CA file cannot be, which is told with its place', async () => {
    const text = 'targets:\n  - { endpoint: a.example, ca: missing.pem }\n  - b.example\n';
    const config = (await load(text)) as Config;
    expect(config.targets.map(({ id }) => id)).toEqual(['endpoint:a.example:443', 'endpoint:b.example:443']);
    expect(config.fileFaults).toHaveLength(1);
    expect(config.fileFaults?.[0]).toMatch(
      /c\.yaml:2:\d+: targets\[0\]\.ca: .*missing\.pem cannot be used: the file does not exist/,
    );
  });

  it.each([
    ['key: nosuch.key', 'clientCertificate.key: DIR/nosuch.key: the file does not exist (ENOENT)'],
    [
      `key: locked.key, passphrase: "\${NOTSET}"`,
      'clientCertificate.passphrase: the environment variable NOTSET is not set',
    ],
    [
      `key: locked.key, passphrase: "\${WRONG}"`,
      'clientCertificate.key: the key in DIR/locked.key is encrypted, and not with the passphrase in the environment variable WRONG',
    ],
    [
      'key: locked.key',
      `clientCertificate.key: the key in DIR/locked.key is encrypted: give its passphrase in an environment variable, and name it as passphrase: \${NAME}`,
    ],
    [
      'key: other.key',
      'clientCertificate.key: the key in DIR/other.key does not belong to the certificate, which is the first one in DIR/client.pem',
    ],
  ])('is used although a client certificate cannot be (%s), which is told once', async (files, sentence) => {
    const client = await mint({ subject: 'CN=client' });
    const sealing = { format: 'pem', type: 'pkcs8', cipher: 'aes-256-cbc', passphrase: 's3cret' } as const;
    await writeFile(join(directory, 'client.pem'), client.pem);
    await writeFile(join(directory, 'locked.key'), createPrivateKey(client.keyPem).export(sealing));
    await writeFile(join(directory, 'other.key'), (await mint({ subject: 'CN=other' })).keyPem);
    const path = join(directory, 'c.yaml');
    await writeFile(path, `targets: [b.example]\nclientCertificate: { cert: client.pem, ${files} }\n`);
    const { fileFaults, targets } = await loadConfig(path, { WRONG: 'wr0ng' });
    expect(targets).toHaveLength(1);
    expect(fileFaults?.map((fault) => fault.replaceAll(directory, 'DIR').replace(/:\d+: /, ':N: '))).toEqual([
      `DIR/c.yaml:2:N: ${sentence}`,
    ]);
  });

  it('is refused with the place of every CA file that cannot be used', async () => {
    const { pem, keyPem } = await mint({ subject: 'CN=CA', ca: true });
    await writeFile(join(directory, 'ca.pem'), pem);
    await writeFile(join(directory, 'key.pem'), keyPem);
    expect(await load('ca: ca.pem\ntargets: [{ truststore: missing.pem }]')).toMatchObject({
      defaults: { ca: join(directory, 'ca.pem') },
    });
    const text = `ca: ca.pem
groups:
  - ca: missing.pem
    targets:
      - endpoint: a.example
        ca: key.pem
      - { endpoint: b.example, every: 1, ca: . }
targets:
  - { endpoint: c.example, ca: ${join(directory, 'missing.pem')} }
`;
    const path = join(directory, 'c.yaml');
    const wanted = 'wanted a PEM file with CA certificates';
    const at = (place: string) => `${path}:${place}`;
    expect(String(await load(text)).split('\n')).toEqual([
      at(
        `3:9: groups[0].ca: ${directory}/missing.pem cannot be used: the file does not exist (ENOENT); ${wanted}`,
      ),
      at(
        `6:13: groups[0].targets[0].ca: ${directory}/key.pem cannot be used: no CA certificate in the PEM text: there is no CERTIFICATE block; ${wanted}`,
      ),
      at('7:39: groups[0].targets[1].every: "1" has no unit; wanted one such as 30d, 36h, 90m or 1d12h'),
      at(
        `7:46: groups[0].targets[1].ca: ${directory} cannot be used: a directory stands where a file was expected; ${wanted}`,
      ),
      at(
        `9:32: targets[0].ca: ${directory}/missing.pem cannot be used: the file does not exist (ENOENT); ${wanted}`,
      ),
    ]);
  });

  it('is refused where it is no file', async () => {
    await mkdir(join(directory, 'folder'));
    const refusal = async (path: string) =>
      (await loadConfig(path, {}).catch((error: Error) => error)) as Error;
    expect((await refusal(join(directory, 'folder'))).message).toMatch(/folder: a directory; wanted a file$/);
    expect((await refusal('/dev/zero')).message).toBe('/dev/zero: not a regular file; wanted a text file');
    expect((await refusal('no-such-file.yaml')).message).toBe(
      'no-such-file.yaml: the file does not exist; "notafter init" writes a commented one to begin with',
    );
    expect((await refusal('a\u0000b')).message).toBe('"a\\u{0}b": not a path; it contains a NUL character');
  });
});
