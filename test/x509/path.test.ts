import { X509Certificate } from 'node:crypto';
import { beforeAll, describe, expect, test, vi } from 'vitest';
import type { FoundPath } from '../../lib/x509/path.ts';
import { findPath } from '../../lib/x509/path.ts';
import { loadTrust } from '../../lib/x509/trust.ts';
import type { Issued, MintOptions } from '../support/pki.ts';
import { mint, pemBundle } from '../support/pki.ts';
import { forgeX509 } from './forge.ts';

const year = (n: number): Date => new Date(Date.UTC(n, 0, 1));
/** After everything here has begun, and before anything ends. */
const NOW = new Date();

/** A CA that lasts from 2020 to the first day of `until`. */
function authority(subject: string, until: number, more: Partial<MintOptions> = {}): Promise<Issued> {
  return mint({ subject, ca: true, notBefore: year(2020), notAfter: year(until), ...more });
}

function path(presented: readonly Issued[], ...anchors: Issued[]): [readonly number[], string | null] {
  const found: FoundPath = findPath(
    presented.map(({ x509 }) => x509),
    anchors.length > 0 ? loadTrust(pemBundle(...anchors)) : loadTrust(),
    NOW,
  );
  return [found.path, found.anchor && `${found.anchor.subject} ${found.anchor.notAfter?.slice(0, 4)}`];
}

let root: Issued;
let issuing: Issued;
let leaf: Issued;
let stranger: Issued;

beforeAll(async () => {
  root = await authority('CN=Root', 2040);
  issuing = await authority('CN=Issuing', 2035, { issuer: root });
  leaf = await mint({ subject: 'CN=leaf', issuer: issuing, notAfter: year(2030) });
  stranger = await authority('CN=Stranger', 2040);
});

describe('the presented line of issuers', () => {
  test('leads from the leaf to the certificate that an anchor issued', () => {
    expect(path([leaf, issuing], root)).toEqual([[0, 1], 'CN=Root 2040']);
  });

  test('ends at an anchor that was sent along', () => {
    expect(path([leaf, issuing, root], root)).toEqual([[0, 1], 'CN=Root 2040']);
    expect(path([root], root)).toEqual([[0], 'CN=Root 2040']);
  });

  test('ends at an intermediate that is trusted itself, and at a trusted leaf', async () => {
    expect(path([leaf, issuing, root], issuing)).toEqual([[0], 'CN=Issuing 2035']);
    expect(path([leaf, issuing, root], leaf)).toEqual([[0], 'CN=leaf 2030']);
  });

  test('does not depend on the order, on duplicates or on strangers', () => {
    expect(path([leaf, stranger, root, leaf, issuing, issuing], root)).toEqual([[0, 4], 'CN=Root 2040']);
  });

  test('ends where the issuer is missing', () => {
    expect(path([leaf], root)).toEqual([[0], null]);
    expect(path([leaf, stranger], root)).toEqual([[0], null]);
    expect(path([leaf, issuing], stranger)).toEqual([[0, 1], null]);
  });

  test('ends at a self-signed certificate that nobody here trusts', () => {
    expect(path([leaf, issuing, root])).toEqual([[0, 1, 2], null]);
    expect(path([stranger])).toEqual([[0], null]);
  });

  test('is empty where nothing was presented', () => {
    expect(path([], root)).toEqual([[], null]);
  });
});

describe('an issuer', () => {
  // Without key identifiers and usages, only the name, the signature and the basic constraints are left to judge by.
  const bare = (issued: Issued, signer: Issued): Issued => ({
    ...issued,
    x509: forgeX509(issued, { extensions: [] }, signer),
  });

  test('needs the key, not only the name', async () => {
    const impostor = await authority('CN=Issuing', 2039, { issuer: root });
    for (const victim of [leaf, bare(leaf, issuing)]) {
      expect(path([victim, impostor, issuing], root)).toEqual([[0, 2], 'CN=Root 2040']);
      expect(path([victim, impostor], root)).toEqual([[0], null]);
    }
  });

  test('needs the name, not only the key', async () => {
    const renamed = await authority('CN=Renamed', 2039, { issuer: root, reuseKeyOf: issuing });
    expect(path([leaf, renamed], root)).toEqual([[0], null]);
    const capital = await authority('CN=É', 2039, { issuer: root });
    const small = await authority('CN=é', 2039, { issuer: root, reuseKeyOf: capital });
    const victim = await mint({ subject: 'CN=victim', issuer: capital });
    expect(path([victim, small], root)).toEqual([[0], null]);
  });

  test('has to be a CA', async () => {
    const notCa = await mint({ subject: 'CN=No CA', issuer: root, notAfter: year(2035) });
    const victim = await mint({ subject: 'CN=victim', issuer: notCa });
    for (const issuer of [notCa, bare(notCa, root)]) {
      expect(path([victim, issuer], root)).toEqual([[0], null]);
      const trust = loadTrust(issuer.x509.toString());
      expect(findPath([victim.x509], trust, NOW)).toMatchObject({ path: [0], anchor: null, problem: {} });
    }
  });

  test('may be one of the roots that Node ships', () => {
    const trust = loadTrust();
    const [first] = trust.bySubject('CN=ISRG Root X1,O=Internet Security Research Group,C=US');
    if (first === undefined) throw new Error('ISRG Root X1 is no longer shipped: name another root');
    expect(findPath([first.x509], trust, NOW)).toMatchObject({
      path: [0],
      anchor: { fingerprint: first.fingerprint },
    });
  });
});

describe('a line that breaks a rule', () => {
  test('ends where it does, and the rule is named', async () => {
    const narrow = await authority('CN=Narrow', 2035, { issuer: root, pathLength: 0 });
    const below = await authority('CN=Below', 2035, { issuer: narrow });
    const victim = await mint({ subject: 'CN=victim', issuer: below });
    const presented = [victim, below, narrow].map(({ x509 }) => x509);
    expect(findPath(presented, loadTrust(root.pem), NOW)).toMatchObject({
      anchor: null,
      problem: { kind: 'path-length', limit: 0 },
    });
  });
});

describe('of several lines', () => {
  test('one that is valid now wins, even where another will last longer', async () => {
    const soon = new Date(NOW.getTime() + 86_400_000);
    const staged = await authority('CN=Issuing', 2045, {
      issuer: root,
      reuseKeyOf: issuing,
      notBefore: soon,
    });
    const [indices] = path([leaf, staged, issuing], root);
    expect(indices).toEqual([0, 2]);
    const [after] = path([leaf, issuing, staged], root);
    expect(after).toEqual([0, 1]);
  });

  test('one that reaches an anchor wins, even where another lasts longer', async () => {
    const old = await authority('CN=Issuing', 2021, { issuer: root, reuseKeyOf: issuing });
    const untrusted = await authority('CN=Issuing', 2039, { issuer: stranger, reuseKeyOf: issuing });
    expect(path([leaf, untrusted, stranger, old], root)).toEqual([[0, 3], 'CN=Root 2040']);
  });

  test('the one that lasts longest wins', async () => {
    const other = await authority('CN=Other root', 2040);
    const short = await authority('CN=Issuing', 2025, { issuer: other, reuseKeyOf: issuing });
    expect(path([leaf, short, issuing], root, other)).toEqual([[0, 2], 'CN=Root 2040']);
    expect(path([leaf, issuing, short], root, other)).toEqual([[0, 1], 'CN=Root 2040']);
  });

  test('the anchor counts as well', async () => {
    const dying = await authority('CN=Dying root', 2022);
    const under = await authority('CN=Issuing', 2039, { issuer: dying, reuseKeyOf: issuing });
    expect(path([leaf, under, issuing], dying, root)).toEqual([[0, 2], 'CN=Root 2040']);
    expect(path([leaf, under], dying, root)).toEqual([[0, 1], 'CN=Dying root 2022']);
  });

  test('of two anchors with one name and key, the one that lasts longer counts', async () => {
    const earlier = await authority('CN=Root', 2025, { reuseKeyOf: root });
    expect(path([leaf, issuing], earlier, root)).toEqual([[0, 1], 'CN=Root 2040']);
    const later = await authority('CN=Root', 2045, { reuseKeyOf: root });
    expect(path([leaf, issuing], root, later)).toEqual([[0, 1], 'CN=Root 2045']);
  });

  test('the shortest wins at a tie', async () => {
    const crossSigned = await authority('CN=Cross', 2039, { issuer: root });
    const long = await authority('CN=Issuing', 2039, { issuer: crossSigned, reuseKeyOf: issuing });
    expect(path([leaf, long, crossSigned, issuing], root)).toEqual([[0, 3], 'CN=Root 2040']);
  });

  test('a dead cross-sign above an anchored certificate is left out', async () => {
    const oldRoot = await authority('CN=Old root', 2021);
    const crossSign = await authority('CN=Root', 2021, { issuer: oldRoot, reuseKeyOf: root });
    expect(path([leaf, issuing, crossSign], root, oldRoot)).toEqual([[0, 1], 'CN=Root 2040']);
    expect(path([leaf, issuing, crossSign], oldRoot)).toEqual([[0, 1, 2], 'CN=Old root 2021']);
  });

  test('a cross-sign is followed where it outlives the anchor', async () => {
    const dead = await authority('CN=Root', 2022, { reuseKeyOf: root });
    const young = await authority('CN=Young root', 2045);
    const crossSign = await authority('CN=Root', 2041, { issuer: young, reuseKeyOf: root });
    expect(path([leaf, issuing, crossSign], dead, young)).toEqual([[0, 1, 2], 'CN=Young root 2045']);
  });

  test('without any anchor too, the one that lasts longest wins', async () => {
    const short = await authority('CN=Issuing', 2022, { issuer: stranger, reuseKeyOf: issuing });
    expect(path([leaf, short, stranger, issuing, root])).toEqual([[0, 3, 4], null]);
  });
});

describe('hostile chains', () => {
  test('that go in a circle end', async () => {
    const seed = await authority('CN=A', 2040);
    const b = await authority('CN=B', 2040, { issuer: seed });
    const a = await authority('CN=A', 2040, { issuer: b, reuseKeyOf: seed });
    const victim = await mint({ subject: 'CN=victim', issuer: b });
    expect(path([victim, b, a])).toEqual([[0, 1, 2], null]);
    expect(path([victim, b, a], seed)).toEqual([[0, 1], 'CN=A 2040']);
  });

  test('of a hundred in a line are followed to their end', async () => {
    const line = [root];
    for (let i = 1; i < 120; i++)
      line.unshift(await authority(`CN=${i}`, 2040, { issuer: line[0] as Issued }));
    const victim = await mint({ subject: 'CN=victim', issuer: line[0] as Issued });
    const [found, anchor] = path([victim, ...line], root);
    expect(found).toEqual(Array.from({ length: 120 }, (_, i) => i));
    expect(anchor).toBe('CN=Root 2040');
  });

  test('of many CAs that all could have issued each other cost no more than the budget', async () => {
    // All of them have one key, and each half the other half's name for its issuer: 3,200 pairs that verify.
    const half = (subject: string, issuer: Issued): Promise<Issued[]> =>
      Promise.all(
        Array.from({ length: 40 }, () => authority(subject, 2040, { issuer, reuseKeyOf: stranger })),
      );
    const clones = await half('CN=Clone', stranger);
    const strangers = await half('CN=Stranger', clones[0] as Issued);
    const victim = await mint({ subject: 'CN=victim', issuer: stranger });
    const verify = vi.spyOn(X509Certificate.prototype, 'verify');
    expect(path([victim, ...strangers, ...clones])[0][0]).toBe(0);
    expect(verify.mock.calls.length).toBeLessThan(500);
    verify.mockRestore();
  });
});
