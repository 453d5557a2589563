import { describe, expect, it } from 'vitest';
import type { Certificate } from '../../lib/core/certificate.ts';
import type {
  AddressObservation,
  Answer,
  BundleObservation,
  EndpointObservation,
} from '../../lib/core/observation.ts';
import { dueAt } from '../../lib/core/plan.ts';
import { DEFAULT_POLICY } from '../../lib/core/policy.ts';
import type { Failure } from '../../lib/core/reason.ts';
import { goneSightings, sightingsIn } from '../../lib/core/sightings.ts';
import { type Memory, transition } from '../../lib/core/transition.ts';
import {
  authority,
  bundleTarget,
  certificate,
  DAY,
  endpointTarget,
  HOUR,
  iso,
  later,
  T0,
} from '../support/facts.ts';

const target = endpointTarget();
const oldLeaf = certificate('api.test');
const newLeaf = certificate('new.test', { notAfter: iso(later(180 * DAY)) });
const issuer = authority('Public CA', { role: 'intermediate' });
const all = [oldLeaf, newLeaf, issuer];
const lookUp = (fingerprint: string) => all.find((each) => each.fingerprint === fingerprint);
const nothing: Memory = { state: undefined, content: null };

function answered(address: string, ...certificates: Certificate[]): AddressObservation {
  return {
    address,
    elapsedMs: 1,
    answer: {
      chain: {
        certificates,
        path: certificates.map((_, index) => index),
        anchor: { fingerprint: 'aa', subject: 'CN=Root', notAfter: null },
        verdict: null,
      },
      protocol: 'TLSv1.3',
      cipher: 'TLS_AES_128_GCM_SHA256',
      keyExchangeGroup: 'X25519',
      clientCertificateRequired: false,
    },
  };
}

function failed(address: string, reason: Failure['reason'] = 'connect_refused'): AddressObservation {
  return { address, elapsedMs: 1, failure: { reason } };
}

function seen(hours: number, ...addresses: AddressObservation[]): EndpointObservation {
  return { kind: 'endpoint', observedAt: later(hours * HOUR), addresses, addressesKnown: addresses.length };
}

function unseen(hours: number): EndpointObservation {
  return {
    kind: 'endpoint',
    observedAt: later(hours * HOUR),
    addresses: [],
    addressesKnown: 0,
    failure: { reason: 'dns_timeout' },
  };
}

/** Applies observations one after the other, each on what the one before left. */
function remember(...observations: EndpointObservation[]) {
  let memory = nothing;
  return observations.map((observation) => {
    const step = transition(target, memory, observation, lookUp, DEFAULT_POLICY);
    memory = { state: step.state, content: step.content };
    return step;
  });
}

const leaves = (step: ReturnType<typeof remember>[number] | undefined) =>
  step?.content?.kind === 'endpoint'
    ? step.content.chains.map((chain) => [chain.certificates[0], chain.addressCount])
    : [];

describe('what an endpoint serves', () => {
  it('is a set: a rollout under way is one state with counts', () => {
    const [step] = remember(
      seen(0, answered('10.0.0.1', newLeaf), answered('10.0.0.2', oldLeaf), answered('10.0.0.3', newLeaf)),
    );
    expect(leaves(step)).toEqual([
      [newLeaf.fingerprint, 2],
      [oldLeaf.fingerprint, 1],
    ]);
  });

  it('is written once and not again while it is the same, on whatever addresses', () => {
    const steps = remember(seen(0, answered('10.0.0.1', newLeaf)), seen(1, answered('10.0.0.9', newLeaf)));
    expect(steps.map((step) => step.contentChanged)).toEqual([true, false]);
    expect(steps.map((step) => step.history?.event ?? null)).toEqual(['first_seen', null]);
  });

  it('is not written again while it is the same, and a certificate for other clients beside it', () => {
    const withOther = (address: string) => {
      const each = answered(address, newLeaf);
      return { ...each, otherKey: answered(address, oldLeaf).answer as Answer };
    };
    const deep = { versions: { 'TLSv1.3': true, 'TLSv1.2': true, 'TLSv1.1': false, TLSv1: false } };
    const steps = remember(
      { ...seen(0, withOther('10.0.0.1')), deep },
      seen(1, answered('10.0.0.9', newLeaf)),
      { ...seen(2, withOther('10.0.0.8')), deep },
      { ...seen(3, answered('10.0.0.8', newLeaf)), deep },
    );
    expect(steps.map((step) => step.contentChanged)).toEqual([true, false, false, true]);
  });

  it('is not written again for how a handshake breaks off, but for whether it does', () => {
    const broken = (reason: Failure['reason']) => {
      const { answer, ...rest } = answered('10.0.0.1', newLeaf);
      return { ...rest, answer: { ...(answer as Answer), brokenOff: { reason } } };
    };
    const steps = remember(
      seen(0, broken('connection_reset')),
      seen(1, broken('connection_closed')),
      seen(2, answered('10.0.0.1', newLeaf)),
    );
    expect(steps.map((step) => step.contentChanged)).toEqual([true, false, true]);
  });

  it('is written again where several chains move between addresses, and that is no history', () => {
    const steps = remember(
      seen(0, answered('10.0.0.1', newLeaf), answered('10.0.0.2', oldLeaf)),
      seen(1, answered('10.0.0.2', oldLeaf), answered('10.0.0.1', newLeaf)),
      seen(2, answered('10.0.0.9', oldLeaf), answered('10.0.0.8', newLeaf)),
    );
    expect(steps.map((step) => step.contentChanged)).toEqual([true, false, true]);
    expect(steps.map((step) => step.history?.event ?? null)).toEqual(['first_seen', null, null]);
  });

  it('keeps the chain of an address whose family this host cannot reach any more', () => {
    const [, step] = remember(
      seen(0, answered('10.0.0.1', newLeaf), answered('2001:db8::1', oldLeaf)),
      seen(1, answered('10.0.0.1', newLeaf), failed('2001:db8::1', 'family_unavailable')),
    );
    expect(leaves(step).length).toBe(2);
    expect(step?.state.failures).toBe(0);
  });

  it('keeps the chain of a family that could not be resolved, and counts that as incomplete', () => {
    const half: EndpointObservation = {
      ...seen(1, answered('10.0.0.1', newLeaf)),
      unresolved: [{ family: 6, failure: { reason: 'dns_timeout' } }],
    };
    const [, step] = remember(seen(0, answered('10.0.0.1', newLeaf), answered('2001:db8::1', oldLeaf)), half);
    expect(leaves(step).length).toBe(2);
    expect(step?.state.failures).toBe(1);
  });

  it('stays known when nothing could be seen', () => {
    const [, step] = remember(seen(0, answered('10.0.0.1', oldLeaf)), unseen(1));
    expect(leaves(step)).toEqual([[oldLeaf.fingerprint, 1]]);
    expect(step).toMatchObject({ contentChanged: false, complete: false, history: { event: 'failing' } });
    expect(step?.state).toMatchObject({ failures: 1, seenAt: iso(T0), observedAt: iso(later(HOUR)) });
  });

  it('keeps the chain of an address that does not answer, and drops it once that address serves another', () => {
    const steps = remember(
      seen(0, answered('10.0.0.1', newLeaf), answered('10.0.0.2', oldLeaf)),
      seen(1, answered('10.0.0.1', newLeaf), failed('10.0.0.2')),
      seen(2, answered('10.0.0.1', newLeaf), answered('10.0.0.2', newLeaf)),
    );
    expect(steps.map((step) => leaves(step).length)).toEqual([2, 2, 1]);
    expect(steps[2]?.history).toMatchObject({ event: 'changed' });
  });

  it('keeps the chain of a silent address however many others are silent with it', () => {
    const dead = Array.from({ length: 9 }, (_, index) => failed(`10.0.1.${index}`));
    const steps = remember(
      seen(0, answered('10.0.0.1', newLeaf), answered('10.0.1.8', oldLeaf)),
      seen(1, answered('10.0.0.1', newLeaf), ...dead),
    );
    expect(leaves(steps[1]).length).toBe(2);
  });

  it('does not keep a replaced chain alive because some other address is dead', () => {
    const [, step] = remember(
      seen(0, answered('10.0.0.1', oldLeaf), failed('10.0.0.2')),
      seen(1, answered('10.0.0.1', newLeaf), failed('10.0.0.2')),
    );
    expect(leaves(step)).toEqual([[newLeaf.fingerprint, 1]]);
    expect(step?.complete).toBe(true);
  });

  it('has its failures in a row counted, also where only some addresses fail', () => {
    const steps = remember(
      seen(0, answered('10.0.0.1', oldLeaf), failed('10.0.0.2')),
      unseen(1),
      seen(2, answered('10.0.0.1', oldLeaf), failed('2001:db8::1', 'family_unavailable')),
    );
    expect(steps.map((step) => step.state.failures)).toEqual([1, 2, 0]);
    expect(steps.map((step) => step.state.failure?.reason)).toEqual([undefined, 'dns_timeout', undefined]);
    expect(steps[2]?.history?.event).toBe('recovered');
  });
});

describe('a bundle', () => {
  const store = bundleTarget();
  const a = authority('A');
  const b = authority('B');
  const facts = (fingerprint: string) => [a, b].find((each) => each.fingerprint === fingerprint);
  const read = (certificates: Certificate[], unreadable: number): BundleObservation => ({
    kind: 'truststore',
    observedAt: T0,
    certificates,
    blocks: certificates.length + unreadable,
    unreadable: Array.from({ length: unreadable }, () => ({
      firstLine: 1,
      lastLine: 2,
      reason: 'bad base64',
    })),
    duplicates: 0,
    privateKeyLines: [],
  });

  it('that became partly unreadable loses nothing', () => {
    const first = transition(store, nothing, read([a, b], 0), facts, DEFAULT_POLICY);
    const second = transition(
      store,
      { state: first.state, content: first.content },
      read([a], 1),
      facts,
      DEFAULT_POLICY,
    );
    expect(second.complete).toBe(false);
    expect(second.content).toMatchObject({ certificates: [a.fingerprint, b.fingerprint] });
  });

  it('that was always partly unreadable can still lose a certificate', () => {
    const first = transition(store, nothing, read([a, b], 1), facts, DEFAULT_POLICY);
    const second = transition(
      store,
      { state: first.state, content: first.content },
      read([a], 1),
      facts,
      DEFAULT_POLICY,
    );
    expect(second).toMatchObject({ complete: true, content: { certificates: [a.fingerprint] } });
  });
});

describe('sightings', () => {
  it('are kept for leaves and not for a healthy public intermediate', () => {
    const [step] = remember(seen(0, answered('10.0.0.1', oldLeaf, issuer)));
    expect(step && sightingsIn(step.subject).map((sighting) => sighting.fingerprint)).toEqual([
      oldLeaf.fingerprint,
    ]);
  });

  it('end when the certificate is replaced', () => {
    const [first, second] = remember(
      seen(0, answered('10.0.0.1', oldLeaf)),
      seen(1, answered('10.0.0.1', newLeaf)),
    );
    const current = second ? sightingsIn(second.subject) : [];
    expect(goneSightings(first?.content ?? null, current)).toEqual([oldLeaf.fingerprint]);
  });
});

describe('the next look', () => {
  const due = (step: ReturnType<typeof remember>[number] | undefined) =>
    step ? (dueAt(target, step.state).getTime() - step.subject.now.getTime()) / HOUR : Number.NaN;

  it('comes at once for a target that was never looked at', () => {
    expect(dueAt(target, undefined).getTime()).toBe(0);
  });

  it('follows what remains: a day at ninety days, an hour at one, a quarter of an hour in the last hours', () => {
    const lookAt = (remaining: number) => {
      const leaf = certificate('x', {
        notBefore: iso(later(-90 * DAY)),
        notAfter: iso(later(remaining * HOUR)),
      });
      const step = transition(
        target,
        nothing,
        seen(0, answered('10.0.0.1', leaf)),
        () => leaf,
        DEFAULT_POLICY,
      );
      return step.state.cadence;
    };
    expect([90 * 24, 6 * 24, 24, 3].map(lookAt)).toEqual(['1d', '6h', '1h', '15m']);
  });

  it('comes when a rung begins, if that is sooner', () => {
    const [step] = remember(seen(67.4 * 24, answered('10.0.0.1', oldLeaf)));
    expect(step?.state.cadence).toBe('1d');
    expect(due(step)).toBeCloseTo(0.1 * 24, 1);
  });

  it('comes soon after a failure and ever later after more', () => {
    const steps = remember(seen(0, answered('10.0.0.1', oldLeaf)), unseen(1), unseen(2), unseen(3));
    expect(steps.map(due).map((hours) => Math.round(hours * 60))).toEqual([1296, 14, 27, 54]);
  });

  it('is where the target asks for it', () => {
    const eager = endpointTarget('api.test', { everyMs: HOUR });
    const { state } = transition(
      eager,
      nothing,
      seen(0, answered('10.0.0.1', oldLeaf)),
      lookUp,
      DEFAULT_POLICY,
    );
    expect(dueAt(eager, state).getTime()).toBe(later(0.9 * HOUR).getTime());
  });

  it('comes at once when the settings of the target have changed', () => {
    const [step] = remember(seen(0, answered('10.0.0.1', oldLeaf)));
    expect(step && dueAt(endpointTarget('api.test', { owner: 'payments' }), step.state).getTime()).toBe(0);
  });

  it('comes when a finding waits for its confirmation, once', () => {
    const [step] = remember(seen(0, answered('10.0.0.1', oldLeaf)));
    if (step === undefined) throw new Error('no step');
    const waiting = { ...step.state, confirmAt: iso(later(HOUR)) };
    expect(dueAt(target, waiting).getTime()).toBe(later(HOUR).getTime());
    const looked = { ...waiting, observedAt: iso(later(HOUR)) };
    expect(dueAt(target, looked).getTime()).toBeGreaterThan(later(2 * HOUR).getTime());
  });
});
