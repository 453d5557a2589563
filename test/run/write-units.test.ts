import { describe, expect, it } from 'vitest';
import { measureUnits } from '../../bench/write-units.ts';
import { readBundle } from '../../lib/x509/bundle.ts';
import { storeUnderTest } from '../store/store-under-test.ts';
import { mint, pemBundle } from '../support/pki.ts';

describe('a round over unchanged endpoints', () => {
  const table = storeUnderTest();

  it('costs one write unit each and changes nothing that an index carries', async () => {
    const ca = await mint({ subject: 'CN=CA', ca: true });
    const leaf = await mint({ subject: 'CN=api.example.com', issuer: ca, names: ['*.example.com'] });
    const { certificates } = readBundle(Buffer.from(pemBundle(leaf, ca)));
    const { unchanged } = await measureUnits(table(), 100, certificates);
    // One more for each message.
    expect(unchanged.writes).toBe(100 + 2);
    expect(unchanged.indexWrites).toBe(0);
  });
});
