import { afterEach, describe, expect, it } from 'vitest';
import { findAddressPair, findRefusingPort, portsFrom } from '../../demo/loopback.ts';
import { refusedPort, serveSilence, type TestServer } from '../support/tls-servers.ts';

const open: TestServer[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((server) => server.close()));
});

describe('two addresses for one name', () => {
  it('are the first pair that this machine has', async () => {
    // TEST-NET-3 (RFC 5737) is nobody's address.
    const pairs = [
      ['127.0.0.1', '203.0.113.1'],
      ['127.0.0.1', '127.0.0.1'],
    ] as const;
    expect(await findAddressPair(pairs)).toEqual(['127.0.0.1', '127.0.0.1']);
    expect(await findAddressPair(pairs.slice(0, 1))).toBeUndefined();
  });
});

describe('ports in order', () => {
  it('skip one that is taken', async () => {
    const taken = await serveSilence();
    open.push(taken);
    const onNextPort = portsFrom(taken.port);
    const server = await onNextPort((port) => serveSilence({ port }));
    open.push(server);
    expect(server.port).toBeGreaterThan(taken.port);
    const after = await onNextPort((port) => serveSilence({ port }));
    open.push(after);
    expect(after.port).toBeGreaterThan(server.port);
  });

  it('pass on what another port would not mend', async () => {
    const onNextPort = portsFrom(8443);
    await expect(onNextPort(() => Promise.reject(new Error('no memory')))).rejects.toThrow('no memory');
  });
});

describe('a dead port', () => {
  it('is one where connections are refused', async () => {
    const alive = await serveSilence();
    open.push(alive);
    const dead = await refusedPort();
    expect(await findRefusingPort([alive.port, dead])).toBe(dead);
    await expect(findRefusingPort([alive.port])).rejects.toThrow(`${alive.port}`);
  });
});
