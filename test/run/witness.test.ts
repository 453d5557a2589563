import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { Depth } from '../../lib/core/depth.ts';
import type { EndpointObservation } from '../../lib/core/observation.ts';
import { createWitness, type WitnessParts } from '../../lib/run/witness.ts';
import { createProber } from '../../lib/sources/tls-endpoint/prober.ts';
import { loadTrust } from '../../lib/x509/trust.ts';
import { type Issued, mint } from '../support/pki.ts';
import { refusedPort, serveTls } from '../support/tls-servers.ts';

let root: Issued;
let leaf: Issued;

beforeAll(async () => {
  root = await mint({ subject: 'CN=Root', ca: true });
  leaf = await mint({ subject: 'CN=api.test', issuer: root });
});

/** A witness of a real server, with these answers of others. */
async function witnessing(parts: Partial<WitnessParts> = {}) {
  const server = await serveTls([leaf]);
  const asked: EndpointObservation[] = [];
  const witness = createWitness({
    prober: createProber({ trust: loadTrust(root.pem), timeoutMs: 5_000, concurrency: 2 }),
    inquire: async (seen) => {
      asked.push(seen);
      return { fetched: {} };
    },
    close: () => undefined,
    ...parts,
  });
  onTestFinished(async () => {
    witness.close();
    await server.close();
  });
  const look = (depthOf?: (seen: EndpointObservation) => Depth | Promise<Depth>) =>
    witness.look({ host: '127.0.0.1', port: server.port, serverName: 'api.test' }, depthOf);
  return { witness, server, look, asked };
}

describe('a look', () => {
  it('goes no deeper unless that is due, and then as deep as that', async () => {
    const { look, asked } = await witnessing();
    const shallow = await look();
    expect([shallow.deep, shallow.inquiry]).toEqual([undefined, undefined]);
    const deep = await look(() => ({ deep: true, inquire: false }));
    expect([deep.deep?.versions['TLSv1.3'], deep.inquiry]).toEqual([true, undefined]);
    expect(asked).toEqual([]);
    const inquired = await look(async () => ({ deep: false, inquire: true }));
    expect([inquired.deep, inquired.inquiry]).toEqual([undefined, { fetched: {} }]);
  });

  it('asks others about what was completed, after it was', async () => {
    const { look, asked } = await witnessing({
      complete: async (seen) => ({ ...seen, addressesKnown: 77 }),
    });
    const seen = await look(() => ({ deep: false, inquire: true }));
    expect(seen.addressesKnown).toBe(77);
    expect(asked).toEqual([{ ...seen, inquiry: undefined }]);
  });

  it('asks nobody about an endpoint that does not answer', async () => {
    const { witness, asked } = await witnessing();
    const endpoint = { host: '127.0.0.1', port: await refusedPort(), serverName: 'api.test' };
    const seen = await witness.look(endpoint, () => ({ deep: true, inquire: true }));
    expect(seen.addresses).toMatchObject([{ failure: { reason: 'connect_refused' } }]);
    expect([asked, seen.inquiry]).toEqual([[], undefined]);
  });

  it('is not said to have failed where it is the inventory that did', async () => {
    const down = () => Promise.reject(new Error('it is down'));
    const { look } = await witnessing();
    await expect(look(down)).rejects.toThrow('it is down');
    await expect(
      look(() => {
        throw new Error('at once');
      }),
    ).rejects.toThrow('at once');
    await expect((await witnessing({ complete: down })).look()).rejects.toThrow('it is down');
  });
});
