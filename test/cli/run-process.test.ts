import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { DAY, later } from '../support/facts.ts';
import { mint } from '../support/pki.ts';
import { serveSilence } from '../support/tls-servers.ts';
import { jsonLines } from './captured.ts';
import { finished, runCli, startCli } from './process.ts';

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'notafter-run-process-'));
  const soon = await mint({ subject: 'CN=soon.test', notBefore: later(-87 * DAY, new Date()), days: 3 });
  await writeFile(join(folder, 'soon.pem'), soon.pem);
  await writeFile(join(folder, 'soon.yaml'), 'targets:\n  - file: soon.pem\n');
});
afterAll(() => rm(folder, { recursive: true }));

const inFolder = (name: string) => join(folder, name);

/** A receiver of webhooks that takes everything. */
async function receiver() {
  const received: { readonly url: string | undefined; readonly signature: string; readonly body: string }[] =
    [];
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    received.push({ url: request.url, signature: String(request.headers['notafter-signature']), body });
    response.writeHead(204).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { received, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

describe('the process of notafter run', () => {
  it('exits 0 although it found something, and 3 with one line where it could not work', async () => {
    const args = ['run', '--data', inFolder('once'), '--config'];
    const worked = await runCli([...args, inFolder('soon.yaml')]);
    expect(worked.code).toBe(0);
    expect(worked.stdout).toMatch(/^First look: 1 finding/);
    const failed = await runCli([...args, inFolder('missing.yaml')]);
    expect(failed).toMatchObject({ code: 3, stdout: '' });
    expect(failed.stderr).toMatch(/^notafter: .*missing\.yaml.*\n$/);
  });

  it('posts to the webhook of the configuration, signed by a key that nothing shows', async () => {
    const { url, received } = await receiver();
    const key = 'a key that nobody knows';
    const webhook = `webhook: { url: "${url}/\${HOOK_TOKEN}", key: "\${HOOK_KEY}" }`;
    await writeFile(inFolder('hook.yaml'), `${webhook}\ntargets: [{ file: soon.pem }]\n`);
    const args = ['run', '--data', inFolder('hook'), '--config', inFolder('hook.yaml')];
    const { code, stdout, stderr } = await runCli(args, { env: { HOOK_TOKEN: 'hunter2', HOOK_KEY: key } });
    expect(code).toBe(0);
    expect(stdout + stderr).not.toMatch(/hunter2|nobody knows/);
    expect(received.map((each) => each.url)).toEqual(['/hunter2']);
    const [, time, mac] = /^t=(\d+),v1=(\w+)$/.exec(received[0]?.signature ?? '') ?? [];
    expect(mac).toBe(createHmac('sha256', key).update(`${time}.${received[0]?.body}`).digest('hex'));
  });

  it('says that the webhook of a deployed monitor is not its own, and goes on', async () => {
    await writeFile(
      inFolder('secret.yaml'),
      'webhook: { secret: notafter/webhook }\ntargets: [{ file: soon.pem }]\n',
    );
    const args = ['run', '--data', inFolder('secret'), '--config', inFolder('secret.yaml')];
    const { code, stdout, stderr } = await runCli(args);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^First look: 1 finding/);
    expect(stderr).toContain('this run calls no webhook (it takes url).\n');
  });

  it('with --every runs at once, stays, and ends with 0 on SIGTERM', async () => {
    const data = inFolder('every');
    const child = startCli([
      'run',
      '--every',
      '1h',
      '--json',
      '--data',
      data,
      '--config',
      inFolder('soon.yaml'),
    ]);
    const ended = finished(child);
    // It says last where the inventory is.
    for await (const [chunk] of onChunks(child.stderr)) if (String(chunk).includes('Inventory: ')) break;
    // Between cycles the inventory is free for others.
    const listed = await runCli(['list', '--json', '--data', data]);
    expect(jsonLines(listed.stdout)).toHaveLength(1);
    child.kill('SIGTERM');
    const { code, signal, stdout } = await ended;
    expect([code, signal]).toEqual([0, null]);
    expect(jsonLines(stdout).map(({ type }) => type)).toEqual(['digest', 'run']);
  });

  it('with --every ends with 0 although a server says nothing', async () => {
    const silent = await serveSilence();
    onTestFinished(() => silent.close());
    await writeFile(inFolder('silent.yaml'), `targets:\n  - endpoint: 127.0.0.1:${silent.port}\n`);
    const child = startCli([
      ...['run', '--every', '1h', '--timeout', '10m'],
      ...['--data', inFolder('silent'), '--config', inFolder('silent.yaml')],
    ]);
    const ended = finished(child);
    while (silent.accepted() === 0) await new Promise((resolve) => setTimeout(resolve, 20));
    const startedAt = performance.now();
    child.kill('SIGTERM');
    const { code, signal, stdout } = await ended;
    expect([code, signal, stdout]).toEqual([0, null, '']);
    // Well within the five seconds after which a process that was told to stop ends itself.
    expect(performance.now() - startedAt).toBeLessThan(4_000);
  });

  it('with --every says at once that the configuration is wrong', async () => {
    const args = ['run', '--every', '1h', '--data', inFolder('wrong'), '--config', inFolder('missing.yaml')];
    const { code, stderr } = await runCli(args);
    expect(code).toBe(3);
    expect(stderr).toContain('missing.yaml');
  });
});

async function* onChunks(stream: NodeJS.ReadableStream | null) {
  while (stream !== null) yield await once(stream, 'data');
}
