import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Content, EndpointContent, ServedChain } from '../../lib/core/content.ts';
import { depthFor } from '../../lib/core/depth.ts';
import type { Inquiry } from '../../lib/core/observation.ts';
import type { TargetState } from '../../lib/core/state.ts';
import type { Memory } from '../../lib/core/transition.ts';
import {
  bundleContent,
  certificate,
  DAY,
  endpointContent,
  HOUR,
  iso,
  later,
  servedChain,
  T0,
} from '../support/facts.ts';

const leaf = certificate('api.test');
const other = certificate('other.test');
const versions = { 'TLSv1.3': true, 'TLSv1.2': true, 'TLSv1.1': false, TLSv1: false };
const served = (...leaves: readonly (typeof leaf)[]) =>
  endpointContent(...leaves.map((each) => servedChain([each])));

/** What is known of an endpoint that was looked into so many milliseconds ago. */
function known(deepMs: number, inquiryMs: number, inquiry: Inquiry = {}, ...chains: ServedChain[]): Memory {
  const content = {
    ...endpointContent(...(chains.length === 0 ? [servedChain([leaf])] : chains)),
    deep: { versions },
    inquiry,
  };
  return remembered(content, { deepAt: iso(later(-deepMs)), inquiredAt: iso(later(-inquiryMs)) });
}

function remembered(content: Content | null, at: Pick<TargetState, 'deepAt' | 'inquiredAt'> = {}): Memory {
  const state: TargetState = {
    target: 'endpoint:api.test:443',
    observedAt: iso(T0),
    seenAt: iso(T0),
    failures: 0,
    cadence: '1d',
    nextRungAt: null,
    ...at,
  };
  return { state, content };
}

const BOTH = { deep: true, inquire: true };
const NEITHER = { deep: false, inquire: false };

describe('how deep to look', () => {
  it('is as deep as can be where nothing is known', () => {
    expect(depthFor(remembered(null), served(leaf), T0)).toEqual(BOTH);
    expect(depthFor(remembered(bundleContent([leaf])), served(leaf), T0)).toEqual(BOTH);
    expect(depthFor(remembered(served(leaf)), served(leaf), T0)).toEqual(BOTH);
  });

  it('is no deeper while both were done lately, and each in its own time', () => {
    expect(depthFor(known(HOUR, HOUR), served(leaf), T0)).toEqual(NEITHER);
    expect(depthFor(known(6 * DAY, DAY), served(leaf), T0)).toEqual({ deep: false, inquire: true });
    expect(depthFor(known(7 * DAY, 20 * HOUR), served(leaf), T0)).toEqual({ deep: true, inquire: false });
  });

  it('comes back sooner where not every question of a deep look was answered', () => {
    const partly = (hours: number) => {
      const { content, state } = known(hours * HOUR, HOUR);
      const deep = { versions, partial: true } as const;
      return { state, content: { ...(content as EndpointContent), deep } };
    };
    expect(depthFor(partly(5), served(leaf), T0).deep).toBe(false);
    expect(depthFor(partly(6), served(leaf), T0).deep).toBe(true);
    expect(depthFor(partly(0.5), served(other), T0).deep).toBe(false);
  });

  it('skips no round for a schedule that comes around a little early', () => {
    expect(depthFor(known(7 * DAY - 8 * HOUR, DAY - HOUR), served(leaf), T0)).toEqual(BOTH);
  });

  it('comes back sooner to who did not answer, and not to who had nothing to say', () => {
    const said = (because: 'unreachable' | 'no_source'): Inquiry => ({
      revocation: { [leaf.fingerprint]: { state: 'unknown', by: 'crl', because } },
    });
    expect(depthFor(known(HOUR, 6 * HOUR, said('unreachable')), served(leaf), T0).inquire).toBe(true);
    expect(depthFor(known(HOUR, 5 * HOUR, said('unreachable')), served(leaf), T0).inquire).toBe(false);
    expect(depthFor(known(HOUR, 6 * HOUR, said('no_source')), served(leaf), T0).inquire).toBe(false);
    const caa = { state: 'unknown', why: 'SERVFAIL' } as const;
    expect(depthFor(known(HOUR, 6 * HOUR, { caa }), served(leaf), T0).inquire).toBe(true);
  });

  it('is both where a leaf is new, beside the others or in their place, but not with every connection', () => {
    expect(depthFor(known(HOUR / 2, HOUR / 2), served(other), T0)).toEqual(NEITHER);
    expect(depthFor(known(HOUR, HOUR), served(other), T0)).toEqual(BOTH);
    expect(depthFor(known(HOUR, HOUR), served(leaf, other), T0)).toEqual(BOTH);
  });

  it('is no deeper at every look while an address is silent whose leaf is remembered', () => {
    const silent = servedChain([other], { lastSeenAt: iso(later(-HOUR)) });
    expect(depthFor(known(HOUR, HOUR, {}, servedChain([leaf]), silent), served(leaf), T0)).toEqual(NEITHER);
  });

  it('is both where what only other clients were shown is now what everybody gets', () => {
    const hidden = servedChain([other], { otherKey: true });
    expect(depthFor(known(HOUR, HOUR, {}, servedChain([leaf]), hidden), served(leaf), T0)).toEqual(NEITHER);
    expect(depthFor(known(HOUR, HOUR, {}, servedChain([leaf]), hidden), served(other), T0)).toEqual(BOTH);
  });

  it('is as if it had never been done where it was done by a clock that ran ahead', () => {
    expect(depthFor(known(-DAY, -DAY), served(leaf), T0)).toEqual(BOTH);
    const { content } = known(0, 0);
    const garbled = remembered(content, { deepAt: 'yesterday', inquiredAt: iso(T0) });
    expect(depthFor(garbled, served(leaf), T0)).toEqual({ deep: true, inquire: false });
  });

  it('never grows shallower as time passes', () => {
    const ages = fc.integer({ min: 0, max: 20 * DAY });
    void fc.assert(
      fc.property(ages, ages, ages, (deepMs, inquiryMs, more) => {
        const [sooner, after] = [0, more].map((ms) =>
          depthFor(known(deepMs, inquiryMs), served(leaf), later(ms)),
        );
        return (!sooner?.deep || after?.deep === true) && (!sooner?.inquire || after?.inquire === true);
      }),
    );
  });
});
