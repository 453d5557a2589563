import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, describe, expect, test } from 'vitest';
import type { BundleTarget } from '../../lib/core/target.ts';
import { bundleTargetId } from '../../lib/core/target.ts';
import { collectBundle, collectStream } from '../../lib/sources/pem-file.ts';
import { MAX_FILE_BYTES } from '../../lib/sources/read-bounded.ts';
import { mint, pemBundle } from '../support/pki.ts';

const folder = mkdtempSync(join(tmpdir(), 'notafter-pem-file-'));
const now = new Date('2026-12-01T00:00:00Z');

afterAll(() => {
  rmSync(folder, { recursive: true });
});

function target(path: string, kind: BundleTarget['kind'] = 'file'): BundleTarget {
  return { kind, path, id: bundleTargetId(kind, path), owner: null, tags: {} };
}

function write(name: string, content: string | Buffer, mode = 0o600): string {
  const path = join(folder, name);
  writeFileSync(path, content, { mode });
  return path;
}

async function failureOf(path: string) {
  const { failure, certificates } = await collectBundle(target(path), now);
  expect(certificates).toEqual([]);
  return failure;
}

describe('a certificate file', () => {
  test('is observed with everything that is in it', async () => {
    const [a, b] = await Promise.all([mint({ subject: 'CN=a', ca: true }), mint({ subject: 'CN=b' })]);
    const bad = '-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n';
    const path = write('bundle.pem', `${pemBundle(a, b, a)}${bad}${b.keyPem}`);
    const observation = await collectBundle(target(path, 'truststore'), now);
    expect(observation.certificates.map(({ subject }) => subject)).toEqual(['CN=a', 'CN=b']);
    expect(observation).toMatchObject({ kind: 'truststore', observedAt: now, blocks: 4, duplicates: 1 });
    expect(observation.unreadable).toHaveLength(1);
    expect(observation.privateKeyLines).toHaveLength(1);
    expect(observation).not.toHaveProperty('failure');
    expect(JSON.stringify(observation)).not.toContain(b.keyPem.split('\n')[1]);
  });

  test('can be DER, and can come from a stream in pieces', async () => {
    const { der, pem } = await mint({ subject: 'CN=a' });
    expect((await collectBundle(target(write('a.der', der)), now)).certificates).toHaveLength(1);
    const pieces = Readable.from(pem.match(/.{1,50}\n?/g) ?? []);
    expect((await collectStream(pieces, target('-'), now)).certificates).toHaveLength(1);
  });
});

describe('a file that cannot be observed', () => {
  test.each([
    ['is missing', () => join(folder, 'missing.pem'), 'file_not_found', 'ENOENT'],
    ['lies below a file', () => join(write('a-file', 'x'), 'a.pem'), 'file_not_found', 'ENOTDIR'],
    ['is a directory', () => folder, 'file_is_directory', undefined],
    ['is a device', () => '/dev/zero', 'file_unreadable', /pipe or a device/],
    ['has an impossible name', () => 'a\0b', 'file_unreadable', 'ERR_INVALID_ARG_VALUE'],
    ['is empty', () => write('empty.pem', ''), 'no_certificates', 'it is empty'],
    ['holds no block', () => write('text.pem', 'hello'), 'no_certificates', 'no CERTIFICATE block in it'],
    [
      'holds only a block that cannot be read',
      () => write('bad.pem', '\n-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n'),
      'no_certificates',
      'line 2: line 3 is not base64',
    ],
    [
      'holds only a private key',
      () => write('key.pem', '-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n'),
      'no_certificates',
      'only private keys',
    ],
  ])('because it %s', async (_, path, reason, detail) => {
    const failure = await failureOf(path());
    expect(failure?.reason).toBe(reason);
    if (detail === undefined) expect(failure?.detail).toBeUndefined();
    else expect(failure?.detail).toMatch(detail);
  });

  test('because it is a link to itself', async () => {
    const path = join(folder, 'loop.pem');
    spawnSync('ln', ['-s', path, path]);
    expect(await failureOf(path)).toEqual({ reason: 'file_unreadable', detail: 'ELOOP' });
  });

  test('because it is a pipe that nobody writes to', async () => {
    const path = join(folder, 'pipe');
    spawnSync('mkfifo', [path]);
    expect((await failureOf(path))?.detail).toMatch(/pipe or a device/);
  });

  test('because it is too large, which is known without reading it', async () => {
    const path = write('large.pem', '');
    truncateSync(path, 200 * 1024 * 1024 * 1024);
    const failure = await failureOf(path);
    expect(failure?.reason).toBe('file_too_large');
    expect(failure?.detail).toMatch(/^214748364800 bytes/);
    rmSync(path);
  });

  test.skipIf(process.getuid?.() === 0)('because it may not be read', async () => {
    expect(await failureOf(write('secret.pem', 'x', 0o000))).toEqual({
      reason: 'file_denied',
      detail: 'EACCES',
    });
    const closed = join(folder, 'closed');
    await mkdir(closed, { mode: 0o000 });
    expect((await failureOf(join(closed, 'a.pem')))?.reason).toBe('file_denied');
    // Not to be listed, and so in the way of the clean-up.
    chmodSync(closed, 0o700);
  });
});

describe('a stream', () => {
  test('that never ends is left after the limit', async () => {
    let produced = 0;
    const endless = (function* () {
      for (;;) {
        produced += 65_536;
        yield Buffer.alloc(65_536, 0x41);
      }
    })();
    const { failure } = await collectStream(Readable.from(endless), target('-'), now);
    expect(failure?.reason).toBe('file_too_large');
    expect(produced).toBeLessThan(2 * MAX_FILE_BYTES);
  });

  test('that breaks is a failure', async () => {
    const broken = new Readable({
      read() {
        this.destroy(Object.assign(new Error('broken'), { code: 'EIO' }));
      },
    });
    const { failure } = await collectStream(broken, target('-'), now);
    expect(failure).toEqual({ reason: 'file_unreadable', detail: 'EIO' });
  });
});
