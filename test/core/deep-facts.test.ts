import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  addressesThatAnswered,
  certificatesOf,
  type EndpointContent,
  type ServedChain,
} from '../../lib/core/content.ts';
import { mergeContent, type Unseen } from '../../lib/core/merge.ts';
import type {
  AddressObservation,
  Answer,
  DeepLook,
  EndpointObservation,
  Inquiry,
  PresentedChain,
} from '../../lib/core/observation.ts';
import type { Failure } from '../../lib/core/reason.ts';
import type { RevocationStatus } from '../../lib/core/revocation.ts';
import { addressesWhere, servedWhere } from '../../lib/core/served-where.ts';
import { contentOf, unseenIn } from '../../lib/core/summarize.ts';
import { answerWith } from '../support/answer.ts';
import {
  authority,
  certificate,
  endpointContent,
  endpointTarget,
  iso,
  later,
  servedChain,
  T0,
} from '../support/facts.ts';

const leaf = certificate('api.test');
const rsa = certificate('api.test by RSA');
const next = certificate('next.test');
const issuer = authority('Issuing CA', { role: 'intermediate' });
const versions = { 'TLSv1.3': true, 'TLSv1.2': true, 'TLSv1.1': false, TLSv1: false };
const deep = { versions };
const later1 = { versions: { ...versions, TLSv1: true } };
const SILENT = { 'TLSv1.3': null, 'TLSv1.2': null, 'TLSv1.1': null, TLSv1: null };
const hidden = servedChain([rsa], { otherKey: true });

const SEEN_ALL: Unseen = { addresses: new Set(), families: new Set() };

function merge(known: EndpointContent, seen: EndpointContent, unseen = SEEN_ALL): EndpointContent {
  const { content } = mergeContent(known, seen, unseen, iso(later(1)), iso(T0));
  if (content.kind !== 'endpoint') throw new Error('an endpoint stays one');
  return content;
}

const leavesOf = ({ chains }: EndpointContent) => chains.map(({ certificates }) => certificates[0]);

describe('what a deep look saw', () => {
  const before: EndpointContent = {
    ...endpointContent(servedChain([leaf]), hidden),
    deep,
    unnamed: [next.fingerprint],
  };

  it('is kept over looks that were not deep', () => {
    const after = merge(before, endpointContent(servedChain([leaf])));
    expect(after).toEqual(before);
    expect(merge(after, endpointContent(servedChain([leaf])))).toEqual(before);
  });

  it('is replaced by the next one, with everything that is there no more', () => {
    const after = merge(before, { ...endpointContent(servedChain([leaf])), deep: later1 });
    expect(after).toEqual({ ...endpointContent(servedChain([leaf])), deep: later1 });
  });

  it('stays where the next one could not tell, question by question', () => {
    const told = { ...before, deep: { ...deep, clientAuthorities: ['CN=CA'] } };
    const seen = { ...endpointContent(servedChain([leaf])), deep: { versions: { ...SILENT, TLSv1: true } } };
    const all = { toldOtherKey: new Set<string>(), unnamed: true, clientAuthorities: true } as const;
    expect(merge(told, seen, { ...SEEN_ALL, ...all })).toEqual({
      ...told,
      deep: { versions: later1.versions, clientAuthorities: ['CN=CA'] },
    });
    expect(merge(told, seen)).toEqual({ ...endpointContent(servedChain([leaf])), deep: later1 });
  });

  it('of another key goes once every address that showed it said so', () => {
    const seen = { ...endpointContent(servedChain([leaf])), deep };
    const without = (...addresses: string[]) =>
      leavesOf(merge(before, seen, { ...SEEN_ALL, toldOtherKey: new Set(addresses) }));
    expect(without('192.0.2.1', '192.0.2.2')).toEqual([leaf.fingerprint]);
    expect(without('192.0.2.2')).toEqual([leaf.fingerprint, rsa.fingerprint]);
  });

  it('is not told twice once everybody gets what only others got', () => {
    expect(leavesOf(merge(before, endpointContent(servedChain([rsa]))))).toEqual([rsa.fingerprint]);
  });

  it('is no chain of an address that is merely silent', () => {
    const silent = { addresses: new Set(['192.0.2.1']), families: new Set<4 | 6>() };
    const seen = endpointContent(servedChain([next], { addresses: ['192.0.2.2'] }));
    const { chains } = merge(before, seen, silent);
    expect(chains.map(({ certificates, lastSeenAt }) => [certificates[0], lastSeenAt])).toEqual([
      [next.fingerprint, undefined],
      [leaf.fingerprint, iso(T0)],
      [rsa.fingerprint, undefined],
    ]);
  });

  it('is only what a deep look saw: a leaf without a name that was never looked for is not made up', () => {
    const { deep: _, ...shallow } = before;
    expect(merge(shallow, endpointContent(servedChain([leaf]))).unnamed).toBeUndefined();
  });
});

describe('what others said', () => {
  const REVOKED: RevocationStatus = { state: 'revoked', by: 'crl', revokedAt: '2026-11-01T08:00:00Z' };
  const GOOD: RevocationStatus = { state: 'good', by: 'crl' };
  const SILENT: RevocationStatus = { state: 'unknown', by: 'crl', because: 'unreachable' };
  const content = (inquiry: Inquiry | undefined, ...chains: ServedChain[]): EndpointContent => ({
    ...endpointContent(...(chains.length === 0 ? [servedChain([leaf, issuer])] : chains)),
    ...(inquiry === undefined ? {} : { inquiry }),
  });
  const heard = (known: Inquiry, seen: Inquiry | undefined, ...chains: ServedChain[]) =>
    merge(content(known), content(seen, ...chains)).inquiry;
  const status = (state?: RevocationStatus): Inquiry => ({
    revocation: state === undefined ? {} : { [leaf.fingerprint]: state },
  });

  it('is kept until somebody is asked again, and then is what was said then', () => {
    expect(heard(status(REVOKED), undefined)).toEqual(status(REVOKED));
    expect(heard(status(REVOKED), status(GOOD))).toEqual(status(GOOD));
    expect(heard({ fetched: { [leaf.fingerprint]: true } }, {})).toEqual({});
  });

  it.each([
    ['silence', SILENT],
    ['a list that is out of date', { ...SILENT, because: 'stale' } as const],
    ['an issuer that is not sent any more, so that nobody could be asked', undefined],
  ])('is not taken back by %s where it was that it is revoked', (_, said) => {
    expect(heard(status(REVOKED), status(said))?.revocation).toEqual({ [leaf.fingerprint]: REVOKED });
    expect(heard(status(GOOD), status(said))?.revocation).toEqual(status(said).revocation);
  });

  it('is forgotten of what is served no more, and where nobody wants to know it', () => {
    expect(heard(status(REVOKED), status(), servedChain([next]))?.revocation).toEqual({});
    expect(heard(status(REVOKED), {})).toEqual({});
  });

  it('by DNS stays while DNS is silent, but not for another leaf', () => {
    const caa = { state: 'restricted', at: 'test', issuers: ['ca.test'], permitsIssuer: false } as const;
    const silent = { state: 'unknown', why: 'ESERVFAIL' } as const;
    expect(heard({ caa }, { caa: silent })?.caa).toEqual(caa);
    expect(heard({ caa }, {})?.caa).toEqual(caa);
    expect(heard({}, { caa: silent })?.caa).toEqual(silent);
    expect(heard({ caa }, { caa: { state: 'unrestricted' } })?.caa).toEqual({ state: 'unrestricted' });
    expect(heard({ caa }, { caa: silent }, servedChain([next]))?.caa).toEqual(silent);
  });

  it('of dead URLs stays where there was no time to try them all', () => {
    const dead = { fingerprint: leaf.fingerprint, url: 'http://a.test/', purpose: 'crl', why: 'x' } as const;
    expect(heard({ deadUrls: [dead] }, {})?.deadUrls).toEqual([dead]);
    expect(heard({ deadUrls: [dead] }, { deadUrls: [] })?.deadUrls).toEqual([]);
  });
});

describe('an observation with what a deep look saw', () => {
  const answerOf = (...certificates: Parameters<typeof servedChain>[0]): Answer => {
    const [answer] = answerWith(leaf, T0).addresses.map((each) => each.answer);
    if (answer === undefined) throw new Error('an address that answers');
    return { ...answer, chain: { ...answer.chain, certificates: [...certificates] } };
  };
  const chainOf = (...certificates: Parameters<typeof servedChain>[0]): PresentedChain =>
    answerOf(...certificates).chain;
  const shown = (address: string, rest: Partial<AddressObservation>): AddressObservation => ({
    address,
    elapsedMs: 1,
    answer: answerOf(leaf),
    ...rest,
  });
  const content = (...addresses: AddressObservation[]): EndpointContent => {
    const seen = { kind: 'endpoint', observedAt: T0, addresses, addressesKnown: addresses.length } as const;
    const found = contentOf({ ...seen, deep: { versions } }, endpointTarget());
    if (found?.kind !== 'endpoint') throw new Error('nothing was seen');
    return found;
  };

  it('has the other certificate after the usual ones, and counts no address twice', () => {
    const found = content(
      shown('192.0.2.1', { otherKey: answerOf(rsa) }),
      shown('192.0.2.2', { otherKey: answerOf(rsa) }),
      shown('192.0.2.3', { answer: answerOf(next) }),
    );
    expect(
      found.chains.map(({ certificates, otherKey, addressCount }) => [
        certificates[0],
        otherKey,
        addressCount,
      ]),
    ).toEqual([
      [leaf.fingerprint, undefined, 2],
      [next.fingerprint, undefined, 1],
      [rsa.fingerprint, true, 2],
    ]);
    expect(addressesThatAnswered(found)).toBe(3);
    expect(found.deep).toEqual(deep);
  });

  it('is partial where a question was not answered, and says which', () => {
    const seen = (rest: Partial<AddressObservation>, deep: DeepLook = { versions }): EndpointObservation => ({
      kind: 'endpoint',
      observedAt: T0,
      addresses: [shown('192.0.2.1', rest), shown('192.0.2.2', {})],
      addressesKnown: 2,
      deep,
    });
    const of = (observation: EndpointObservation) => {
      const found = contentOf(observation, endpointTarget());
      return [found?.kind === 'endpoint' && found.deep, unseenIn(observation)];
    };
    const partial = { versions, partial: true };
    expect(of(seen({}))).toEqual([{ versions }, SEEN_ALL]);
    expect(of(seen({ unanswered: ['otherKey'] }))).toEqual([
      partial,
      { ...SEEN_ALL, toldOtherKey: new Set(['192.0.2.2']) },
    ]);
    expect(of(seen({ unanswered: ['unnamed'] }))).toEqual([partial, { ...SEEN_ALL, unnamed: true }]);
    expect(of(seen({}, { versions, authoritiesUnknown: true }))).toEqual([
      partial,
      { ...SEEN_ALL, clientAuthorities: true },
    ]);
    expect(of(seen({}, { versions: SILENT }))).toEqual([{ versions: SILENT, partial: true }, SEEN_ALL]);
  });

  it('keeps no part of the names of CAs: nothing can be held against it', () => {
    const clientAuthorities = ['CN=CA'];
    const found = (more: Partial<DeepLook>) =>
      contentOf(
        { ...answerWith(leaf, T0), deep: { versions, clientAuthorities, ...more } },
        endpointTarget(),
      );
    expect(found({})).toMatchObject({ deep: { versions, clientAuthorities } });
    expect(found({ moreAuthorities: 1 })).toMatchObject({ deep: { versions } });
    expect(found({ moreAuthorities: 1 })).not.toHaveProperty('deep.clientAuthorities');
  });

  it('has no other certificate where some address serves it to everybody', () => {
    const found = content(
      shown('192.0.2.1', { otherKey: answerOf(rsa) }),
      shown('192.0.2.2', { answer: answerOf(rsa) }),
    );
    expect(found.chains.map(({ otherKey }) => otherKey)).toEqual([undefined, undefined]);
  });

  it('names the leaves that are shown without a name, each once, and a few of them', () => {
    const unnamed = chainOf(next, issuer);
    const found = content(shown('192.0.2.1', { unnamed }), shown('192.0.2.2', { unnamed }));
    expect(found.unnamed).toEqual([next.fingerprint]);
    expect(certificatesOf(found)).toEqual([leaf.fingerprint, next.fingerprint]);
    const many = Array.from({ length: 20 }, (_, index) =>
      shown(`192.0.2.${index}`, { unnamed: chainOf(certificate(`default ${index}`)) }),
    );
    expect(content(...many).unnamed).toHaveLength(8);
    expect(content(shown('192.0.2.1', {}))).not.toHaveProperty('unnamed');
  });

  it('is the same whatever the order of the addresses, and tells what is weakest', () => {
    const agreed = (protocol: string | null, cipher: string | null, keyExchangeGroup: string | null) => ({
      ...answerOf(leaf),
      protocol,
      cipher,
      keyExchangeGroup,
    });
    const weakest = agreed('TLSv1.2', 'TLS_A', 'X25519');
    const stapled = (
      because: 'stale' | 'unreachable',
      reason: Failure['reason'],
      answer: Answer,
    ): Answer => ({
      ...answer,
      brokenOff: { reason },
      chain: { ...answer.chain, staple: { state: 'unknown', by: 'staple', because } },
    });
    const answers = [
      agreed('TLSv1.3', 'TLS_A', 'A'),
      stapled('stale', 'connection_reset', agreed('TLSv1.2', 'TLS_A', 'X25519MLKEM768')),
      stapled('unreachable', 'connection_closed', agreed('TLSv1.2', 'TLS_B', 'A')),
      weakest,
      agreed('TLSv1.2', 'TLS_A', null),
      agreed('TLSv1.2', null, null),
      agreed(null, null, null),
    ];
    const at = answers.map((answer, index) => shown(`192.0.2.${index}`, { answer }));
    const { protocol, cipher, keyExchangeGroup } = weakest;
    const straight = content(...at).chains;
    expect(straight).toMatchObject([{ protocol, cipher, keyExchangeGroup }]);
    void fc.assert(
      fc.property(fc.shuffledSubarray(at, { minLength: at.length }), (shuffled) => {
        expect(content(...shuffled).chains).toEqual(straight);
      }),
    );
  });

  it('says that a handshake broke off where it did at any address', () => {
    const brokenOff = { reason: 'handshake_failed' } as const;
    const found = content(
      shown('192.0.2.1', {}),
      shown('192.0.2.2', { answer: { ...answerOf(leaf), brokenOff } }),
    );
    expect(found.chains).toMatchObject([{ brokenOff, addressCount: 2 }]);
  });

  it('counts every address that answered once, whatever it serves to whom', () => {
    const leaves = [leaf, rsa, next];
    const index = fc.nat({ max: 2 });
    const address = fc.record({ usual: fc.option(index), other: fc.option(index) });
    void fc.assert(
      fc.property(fc.array(address, { minLength: 1, maxLength: 12 }), (all) => {
        const addresses = all.map(({ usual, other }, at): AddressObservation => {
          const base = { address: `192.0.2.${at}`, elapsedMs: 1 };
          if (usual === null) return { ...base, failure: { reason: 'connect_refused' } };
          const otherLeaf = other === null || other === usual ? undefined : leaves[other];
          return {
            ...base,
            answer: answerOf(leaves[usual] as typeof leaf),
            ...(otherLeaf === undefined ? {} : { otherKey: answerOf(otherLeaf) }),
          };
        });
        const answered = all.filter(({ usual }) => usual !== null).length;
        if (answered === 0) return;
        const found = content(...addresses);
        expect(addressesThatAnswered(found)).toBe(answered);
        expect(new Set(leavesOf(found)).size).toBe(found.chains.length);
        // Once a deep look is over, a shallow one that sees the same changes nothing.
        const shallow = addresses.map(({ otherKey: _, ...rest }) => rest);
        const seen = { kind: 'endpoint', observedAt: T0, addresses: shallow, addressesKnown: 1 } as const;
        const again = contentOf(seen, endpointTarget()) as EndpointContent;
        const silent = addresses.filter(({ failure }) => failure !== undefined).map((each) => each.address);
        const merged = merge(found, again, { addresses: new Set(silent), families: new Set() });
        expect(merged).toEqual(found);
      }),
    );
  });
});

describe('where something is served', () => {
  const two = endpointContent(
    servedChain([leaf]),
    servedChain([next]),
    servedChain([rsa], { otherKey: true, addressCount: 4 }),
  );

  it('is counted among the addresses of now', () => {
    expect(servedWhere(leaf.fingerprint, two)).toBe('served by 1 of 2 addresses');
    expect(addressesWhere(two, ({ otherKey }) => otherKey === undefined)).toBe('');
    expect(addressesWhere(two, ({ certificates }) => certificates[0] !== next.fingerprint)).toBe(
      '1 of 2 addresses',
    );
  });

  it('is not said of what only other clients get, whose addresses are those of a deep look', () => {
    expect(servedWhere(rsa.fingerprint, two)).toBe('');
  });
});
