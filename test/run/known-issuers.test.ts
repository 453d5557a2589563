import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { evaluate } from '../../lib/core/evaluate.ts';
import type { EndpointObservation, StoreVerdict } from '../../lib/core/observation.ts';
import { DEFAULT_POLICY } from '../../lib/core/policy.ts';
import { completePaths } from '../../lib/run/complete-paths.ts';
import { createKnownIssuers } from '../../lib/run/known-issuers.ts';
import { look } from '../../lib/run/look.ts';
import { getIssuers, recordCertificates } from '../../lib/store/certificates.ts';
import type { Table } from '../../lib/store/table.ts';
import { derOf, readCertificate } from '../../lib/x509/certificate.ts';
import { pemStore } from '../../lib/x509/trust.ts';
import { answerOf, fingerprint, showing, trusting } from '../sources/inquiry/asking.ts';
import { storeUnderTest } from '../store/store-under-test.ts';
import { type Issued, mint } from '../support/pki.ts';
import { dn, newKey, quickMint } from '../x509/quick-mint.ts';
import { isRead, tableThrough } from './pipeline.ts';
import { endpoint, replaceItems } from './world.ts';

const store = storeUnderTest();
let table: Table;
let root: Issued;
let upper: Issued;
let issuing: Issued;
let leaf: Issued;

beforeAll(async () => {
  root = await mint({ subject: 'CN=Root', ca: true, days: 3650 });
  upper = await mint({ subject: 'CN=Upper CA', ca: true, issuer: root, days: 2000 });
  issuing = await mint({ subject: 'CN=Issuing CA,O=Ours', ca: true, issuer: upper, days: 1000 });
  leaf = await mint({ subject: 'CN=api.test', issuer: issuing });
});

beforeEach(async () => {
  await replaceItems(store(), []);
  // The store remembers by table what it has written.
  table = { ...store() };
});

/** As a run does that has seen them somewhere. */
function keep(...certificates: readonly Pick<Issued, 'x509'>[]): Promise<void> {
  const recorded = certificates.map(({ x509 }) => {
    const certificate = readCertificate(x509);
    return { certificate, der: derOf(certificate) ?? null };
  });
  return recordCertificates(table, recorded);
}

const attacker = { name: dn('O=Ours,CN=Issuing CA'), key: newKey() };
const quickNamesake = () => {
  const from = new Date(Date.now() - 60_000);
  const until = new Date(Date.now() + 86_400_000);
  return {
    x509: quickMint({ subject: attacker, issuer: attacker, notBefore: from, notAfter: until, ca: true }),
  };
};
const namesake = () => mint({ subject: 'CN=Issuing CA,O=Ours', ca: true });

async function verdict(
  seen: EndpointObservation,
  known = createKnownIssuers(table),
): Promise<StoreVerdict | undefined> {
  const { addresses } = await completePaths(seen, known, [pemStore('ours', root.pem)]);
  return addresses[0]?.answer?.chain.stores?.[0];
}

const bare = () => showing(trusting([root]), [leaf]);

describe('issuers that were seen elsewhere', () => {
  it('complete the path of a server that does not send them, and count as not sent', async () => {
    await keep(issuing, upper);
    expect(await verdict(bare())).toEqual({
      store: 'ours',
      path: [leaf, issuing, upper, root].map(fingerprint),
      anchor: 'CN=Root',
      notAfter: readCertificate(leaf.x509).notAfter,
      firstToEnd: fingerprint(leaf),
      outside: [issuing, upper].map(fingerprint),
      problem: null,
    });
  });

  it('complete what is served to other clients, and leave the rest of the look as it was', async () => {
    await keep(issuing, upper);
    const trust = trusting([root]);
    const other = await mint({ subject: 'CN=rsa.test', issuer: issuing });
    const [address] = bare().addresses;
    if (address === undefined) throw new Error('nothing is shown');
    const silent = { address: '192.0.2.9', elapsedMs: 1, failure: { reason: 'connect_refused' } } as const;
    const seen = { ...bare(), addresses: [{ ...address, otherKey: answerOf([other.x509], trust) }, silent] };
    const after = await completePaths(seen, createKnownIssuers(table), [pemStore('ours', root.pem)]);
    expect(after.addresses[0]?.otherKey?.chain.stores?.[0]?.outside).toEqual(
      [issuing, upper].map(fingerprint),
    );
    expect(after.addresses[1]).toEqual(silent);
    expect(after.addresses[0]?.answer?.chain.path).toEqual(address.answer?.chain.path);
  });

  it('are of no use where they are not known: what was judged stays as it is', async () => {
    await keep(leaf, root);
    const seen = bare();
    expect((await completePaths(seen, createKnownIssuers(table), [])).addresses).toEqual(seen.addresses);
    await keep(issuing);
    expect(await createKnownIssuers(table).poolFor([leaf.x509, issuing.x509])).toBeNull();
  });

  it('are told by name where the chain is said to be incomplete', async () => {
    await keep(issuing, upper);
    const seen = await completePaths(bare(), createKnownIssuers(table), [pemStore('ours', root.pem)]);
    const target = endpoint('api.test', 443);
    const collector = { collect: async () => seen, close: () => undefined };
    const record = { target, origin: 'command', addedAt: '2026-01-01T00:00:00Z' } as const;
    const looked = await look(table, collector, record, DEFAULT_POLICY);
    const messages = looked === null ? [] : evaluate(looked.transition.subject).map(({ message }) => message);
    expect(messages.join()).toContain('this inventory knows it from elsewhere (Issuing CA, valid until ');
  });

  it('are not those that were sent', async () => {
    await keep(issuing, upper);
    const sent = showing(trusting([root]), [leaf, issuing]);
    expect((await verdict(sent))?.outside).toEqual([fingerprint(upper)]);
  });

  it('are found by name in whatever spelling', async () => {
    await keep(issuing);
    expect(await getIssuers(table, 'cn=issuing  ca,O=OURS')).toHaveLength(1);
    expect(await getIssuers(table, 'CN=Issuing CA')).toHaveLength(0);
  });

  it('are asked for once in a run, and are the same pool', async () => {
    await keep(issuing, upper);
    let reads = 0;
    const counted = tableThrough(table, (command, send) => {
      if (isRead(command)) reads += 1;
      return send();
    });
    const known = createKnownIssuers(counted);
    const sideBySide = await Promise.all(Array.from({ length: 20 }, () => known.poolFor([leaf.x509])));
    expect(new Set(sideBySide).size).toBe(1);
    // For each of three names: who bears it, and their encodings.
    expect(reads).toBeLessThanOrEqual(6);
    const first = await known.poolFor([leaf.x509]);
    const after = reads;
    const sibling = await mint({ subject: 'CN=other.test', issuer: issuing });
    expect(await known.poolFor([sibling.x509])).toBe(first);
    expect(await known.poolFor([leaf.x509])).toBe(first);
    expect(reads).toBe(after);
  });
});

describe('a hostile CA with the name of another one', () => {
  it('does not mislead: the key decides', async () => {
    await keep(await namesake(), issuing, await namesake(), upper);
    expect((await verdict(bare()))?.path).toEqual([leaf, issuing, upper, root].map(fingerprint));
  });

  it('on its own completes nothing', async () => {
    await keep(await namesake());
    expect(await createKnownIssuers(table).poolFor([leaf.x509])).toBeNull();
  });

  it('in any number costs no more than sixty-four', async () => {
    await keep(...Array.from({ length: 70 }, quickNamesake));
    expect(await getIssuers(table, 'CN=Issuing CA,O=Ours')).toHaveLength(64);
    expect(await createKnownIssuers(table).poolFor([leaf.x509])).toBeNull();
  });

  it('does not hide it with dozens whose fingerprints are lower', async () => {
    let real = issuing;
    while (fingerprint(real) < '8')
      real = await mint({ subject: 'CN=Issuing CA,O=Ours', ca: true, issuer: upper });
    const crowd: Pick<Issued, 'x509'>[] = [];
    while (crowd.length < 40) {
      const each = quickNamesake();
      if (fingerprint(each) < fingerprint(real)) crowd.push(each);
    }
    await keep(...crowd, real, upper);
    const below = await mint({ subject: 'CN=api.test', issuer: real });
    const path = (await verdict(showing(trusting([root]), [below])))?.path;
    expect(path).toEqual([below, real, upper, root].map(fingerprint));
  });

  it('is not even found where it is a leaf', async () => {
    await keep(await mint({ subject: 'CN=Issuing CA,O=Ours' }));
    expect(await getIssuers(table, 'CN=Issuing CA,O=Ours')).toEqual([]);
  });
});

describe('a store', () => {
  it('that somebody has edited is read as far as it goes', async () => {
    const certificate = { ...readCertificate((await namesake()).x509), fingerprint: 'f'.repeat(64) };
    await recordCertificates(table, [{ certificate, der: Buffer.from('no certificate') }]);
    await keep(issuing, upper);
    expect((await verdict(bare()))?.outside).toEqual([issuing, upper].map(fingerprint));
  });

  it('that fails rejects, and is asked again', async () => {
    await keep(issuing, upper);
    let fails = true;
    const failing = tableThrough(table, (_, send) =>
      fails ? Promise.reject(new Error('it is down')) : send(),
    );
    const known = createKnownIssuers(failing);
    await expect(verdict(bare(), known)).rejects.toThrow('it is down');
    fails = false;
    expect((await verdict(bare(), known))?.outside).toHaveLength(2);
  });
});
