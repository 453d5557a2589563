import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { COMMANDS } from '../../lib/cli/command-list.ts';
import { REASONS } from '../../lib/core/reason.ts';
import { jsonLines, runCaptured } from '../cli/captured.ts';
import { mint, pemBundle } from '../support/pki.ts';
import { refusedPort, serveMutualTls, serveTls, type TestServer } from '../support/tls-servers.ts';
import { DocumentedJson } from './json-schema.ts';

const page = await readFile(new URL('../../docs/cli.md', import.meta.url), 'utf8');
const documented = new DocumentedJson(page);

/** The part of the page about one command. */
function sectionOf(command: string): string {
  const [name] = command.split(' ');
  return new RegExp(`^## notafter ${name}\\n[\\s\\S]*?(?=^## )`, 'm').exec(page)?.[0] ?? '';
}

describe.each([
  ...COMMANDS.map(({ name }) => name),
  'targets add',
  'targets import',
  'targets remove',
  'targets list',
])('docs/cli.md on %s', (command) => {
  it('has every option of the help', async () => {
    const { stdout } = await runCaptured([...command.split(' '), '--help']);
    const options = [...stdout.matchAll(/^ {2}(?:-\w, )?(--[\w-]+(?: <[\w:=.]+>)?)/gm)]
      .map(([, option]) => option)
      .filter((option) => option !== '--help');
    for (const option of options) expect(sectionOf(command)).toContain(`\`${option}\``);
  });

  it('shows it in use', () => {
    expect(sectionOf(command)).toContain(`notafter ${command}`);
  });
});

describe('docs/cli.md', () => {
  it('names no option that does not exist', async () => {
    const helps = ['', ...COMMANDS.map(({ name }) => name), 'targets add', 'targets import'].map((command) =>
      runCaptured([...command.split(' ').filter((word) => word !== ''), '--help']),
    );
    const known = (await Promise.all(helps)).map(({ stdout }) => stdout).join('\n');
    for (const [, option = ''] of page.matchAll(/`(?:[\w ]+)?(--[a-z][a-z-]+)/g))
      expect(known).toContain(option);
  });

  it('has every reason code, whose fault it is and what it means', () => {
    const rows = [...page.matchAll(/^\| `(\w+)` \| (target|network|monitor) \| (.+) \|$/gm)].map(
      ([, code, fault, text]) => [code, fault, text],
    );
    expect(rows).toEqual(Object.entries(REASONS).map(([code, { fault, text }]) => [code, fault, text]));
  });

  it('links to sections that exist', () => {
    const headings = [...page.matchAll(/^##+ (.+)$/gm)].map(([, text = '']) =>
      text.toLowerCase().replaceAll(' ', '-'),
    );
    for (const [, anchor] of page.matchAll(/\]\(#([\w-]+)\)/g)) expect(headings).toContain(anchor);
  });
});

describe('the JSON of docs/cli.md', () => {
  let folder: string;
  let hook: Server;
  const servers: TestServer[] = [];
  const posted: unknown[] = [];
  let endpoint: string;
  const path = (name: string) => join(folder, name);
  const json = async (...args: string[]) => jsonLines((await runCaptured([...args, '--json'])).stdout);
  const inventory = (...args: string[]) => json(...args, '--data', path('data'));
  const monitor = () => inventory('run', '--all', '--timeout', '2s', '--config', path('notafter.yaml'));

  /** Every line conforms to one of the sections, and every section is met. */
  function expectLines(lines: readonly unknown[], ...sections: string[]) {
    const met = new Set<string>();
    for (const line of lines) {
      const faults = sections.map((section) => documented.faults(line, section));
      const index = faults.findIndex((some) => some.length === 0);
      expect(index, JSON.stringify(faults, null, 1)).not.toBe(-1);
      met.add(sections[index] ?? '');
    }
    expect([...met].sort()).toEqual(sections.toSorted());
  }

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'notafter-docs-'));
    const ca = await mint({ subject: 'CN=Docs CA', ca: true });
    const issuer = await mint({ subject: 'CN=Docs Issuing CA', ca: true, issuer: ca });
    const leaf = await mint({ subject: 'CN=docs.test', names: ['127.0.0.1', 'docs.test'], issuer, days: -1 });
    const old = await mint({ subject: 'CN=Old CA', ca: true, days: -1 });
    const rsa = await mint({ subject: 'CN=rsa.test', names: ['rsa.test'], key: 'rsa' });
    servers.push(await serveTls([leaf, issuer]), await serveMutualTls([rsa], ca, 'TLSv1.3'));
    endpoint = `127.0.0.1:${servers[0]?.port}`;
    hook = createServer((request, response) => {
      let body = '';
      request.on('data', (chunk) => {
        body += chunk;
      });
      request.on('end', () => {
        posted.push(JSON.parse(body));
        response.end();
      });
    }).listen(0, '127.0.0.1');
    await once(hook, 'listening');
    await writeFile(path('ca.pem'), ca.pem);
    await writeFile(path('truststore.pem'), pemBundle(ca, old));
    await writeFile(
      path('mixed.pem'),
      `${leaf.pem}${leaf.keyPem}-----BEGIN CERTIFICATE-----\nnot base64!\n-----END CERTIFICATE-----\n`,
    );
    await writeFile(
      path('notafter.yaml'),
      JSON.stringify({
        owner: 'docs',
        unreachableAfter: 1,
        webhook: { url: `http://127.0.0.1:${(hook.address() as AddressInfo).port}/` },
        targets: [
          { endpoint, ca: 'ca.pem', tags: { page: 'cli' } },
          `127.0.0.1:${servers[1]?.port}`,
          `127.0.0.1:${await refusedPort()}`,
          { truststore: 'truststore.pem' },
          { file: 'mixed.pem' },
        ],
      }),
    );
  });

  afterAll(async () => {
    hook.close();
    await Promise.all(servers.map((server) => server.close()));
    await rm(folder, { recursive: true });
  });

  it('of commands that store nothing is as described', async () => {
    const refused = `127.0.0.1:${await refusedPort()}`;
    const mutual = `127.0.0.1:${servers[1]?.port}`;
    expectLines(await json('probe', '--ca', path('ca.pem'), endpoint, mutual, refused), 'Probed endpoint');
    const dns = ['--dns', `127.0.0.1:${await refusedPort()}`];
    expectLines(
      await json('probe', '--deep', '--stores', 'system', ...dns, endpoint, mutual),
      'Probed endpoint',
    );
    expectLines(
      await json('inspect', path('mixed.pem'), path('truststore.pem'), path('missing.pem')),
      'Inspected certificate',
      'Inspected problem',
    );
    expectLines(await json('init', '--config', path('first.yaml'), endpoint), 'Written configuration');
  });

  it('of the inventory is as described', async () => {
    expectLines(await monitor(), 'Delivered digest', 'Finished run');
    // One that was seen before cannot be looked at any more, and one is no longer watched.
    await servers[0]?.close();
    expectLines(await inventory('targets', 'add', 'gone.test', '--tag', 'a=b'), 'Target outcome');
    expectLines(await inventory('targets', 'remove', 'gone.test'), 'Target outcome');
    expectLines(await monitor(), 'Delivered digest', 'Finished run');
    expectLines(await inventory('targets', 'list'), 'Watched target');
    expectLines(await inventory('status'), 'Monitor status');

    const rows = await inventory('list');
    expectLines(rows, 'Inventory row');
    for (const target of [endpoint, path('truststore.pem'), path('mixed.pem'), 'gone.test']) {
      expectLines(await inventory('show', target), 'Shown target');
    }
    const { fingerprint } = rows.find((row) => row.fingerprint !== null);
    expectLines(await inventory('show', fingerprint), 'Shown certificate');
    expectLines(await inventory('history', endpoint), 'History event');

    const digests = await inventory('alerts');
    expectLines(digests, 'Digest');
    // What is documented as optional was really met.
    expect(digests.flatMap(({ alerts }) => alerts).some((alert) => 'lastSeenAt' in alert)).toBe(true);
    expect(posted).toHaveLength(digests.length);
    expectLines(posted, 'Webhook body');
  });
});
