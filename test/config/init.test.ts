import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { initialConfig, writeInitialConfig } from '../../lib/config/init.ts';
import { loadConfig, parseConfig } from '../../lib/config/load.ts';

describe('a first configuration file', () => {
  let path = '';
  beforeAll(async () => {
    path = join(await mkdtemp(join(tmpdir(), 'notafter-init-')), 'notafter.config.yaml');
  });
  afterAll(() => rm(join(path, '..'), { recursive: true }));

  it('is valid as it is written, with and without endpoints', async () => {
    await writeInitialConfig(path, ['api.example.com', '[2001:db8::1]:8443']);
    const config = await loadConfig(path, {});
    expect(config.targets.map(({ id }) => id)).toEqual([
      'endpoint:api.example.com:443',
      'endpoint:[2001:db8::1]:8443',
    ]);
    expect(parseConfig(initialConfig(), path, {}).targets).toEqual([]);
  });

  it('is valid with every example in it switched on', () => {
    const text = initialConfig().replaceAll(/^(\s*)# (?=\s*(?:- |\w+:))/gm, '$1');
    const config = parseConfig(text, '/etc/notafter.yaml', { HOOK_TOKEN: 'x' });
    expect(config.targets.map(({ id }) => id)).toEqual([
      'endpoint:pay.example.com:443',
      'endpoint:api.example.com:443',
      'endpoint:db.example.com:5432#db.internal',
      'truststore:/etc/truststore.pem',
      'file:/etc/ssl/certs/chain.pem',
    ]);
    expect(config).toMatchObject({
      defaults: { owner: 'platform' },
      webhook: { url: 'https://hooks.example.com/x' },
    });
    expect(config.defaults.thresholds).toBeDefined();
  });

  it('is never written over another one', async () => {
    await writeFile(path, 'mine');
    await expect(writeInitialConfig(path)).rejects.toThrow(
      `${path}: the file exists already and is left as it is; name another file or edit it`,
    );
    expect(await readFile(path, 'utf8')).toBe('mine');
  });

  it('says why it cannot be written', async () => {
    await expect(writeInitialConfig(join(path, 'x'))).rejects.toThrow('the file cannot be written (ENOTDIR)');
  });
});
