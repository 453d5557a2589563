import { describe, expect, it } from 'vitest';
import type { Certificate } from '../../lib/core/certificate.ts';
import type { Content, ServedChain } from '../../lib/core/content.ts';
import { withKeyOrigins } from '../../lib/core/key-origins.ts';
import {
  bundleContent,
  certificate,
  DAY,
  endpointContent,
  fp,
  iso,
  later,
  servedChain,
} from '../support/facts.ts';

const KEY = fp('the same key');
const first = certificate('first', { spkiSha256: KEY, notBefore: iso(later(-60 * DAY)) });
const second = certificate('second', { spkiSha256: KEY, notBefore: iso(later(-30 * DAY)) });
const third = certificate('third', { spkiSha256: KEY });
const rekeyed = certificate('rekeyed');
const keyless = certificate('keyless', { spkiSha256: null });
const all = [first, second, third, rekeyed, keyless];

/** Which leaf each leaf has its key from, after these looks one after the other. */
function origins(...looks: readonly (readonly (Certificate | ServedChain)[])[]) {
  const content = looks.reduce<Content | null>((before, leaves) => {
    const chains = leaves.map((each) => ('fingerprint' in each ? servedChain([each]) : each));
    return withKeyOrigins(endpointContent(...chains), before, (wanted) =>
      all.find(({ fingerprint }) => fingerprint === wanted),
    );
  }, null);
  return content?.kind === 'endpoint' ? content.chains.map(({ keyFrom }) => keyFrom) : null;
}

describe('where a key comes from', () => {
  it('is the leaf before that had it', () => {
    expect(origins([first], [second])).toEqual([first.fingerprint]);
  });

  it('is nowhere at the first look, with a new key, or with one that cannot be read', () => {
    expect(origins([first])).toEqual([undefined]);
    expect(origins([first], [rekeyed])).toEqual([undefined]);
    expect(origins([keyless], [keyless])).toEqual([undefined]);
    expect(origins([certificate('odd', { spkiSha256: null })], [keyless])).toEqual([undefined]);
  });

  it('stays known while the leaf is served, and follows each renewal', () => {
    expect(origins([first], [second], [second], [second, rekeyed])).toEqual([first.fingerprint, undefined]);
    expect(origins([first], [second], [third])).toEqual([second.fingerprint]);
  });

  it('is the same on every chain that the leaf heads', () => {
    const chains = [servedChain([second]), servedChain([second, rekeyed])];
    expect(origins([first], chains, chains)).toEqual([first.fingerprint, first.fingerprint]);
  });

  it('is not what came after: an older leaf that was put back is no renewal', () => {
    expect(origins([first], [second], [first])).toEqual([undefined]);
  });

  it('is not a matter of bundles, or of what could not be seen', () => {
    const lookUp = () => first;
    expect(withKeyOrigins(null, endpointContent(servedChain([first])), lookUp)).toBeNull();
    const bundle = bundleContent([first]);
    expect(withKeyOrigins(bundle, bundle, lookUp)).toBe(bundle);
    const content = endpointContent(servedChain([second]));
    expect(withKeyOrigins(content, bundle, lookUp)).toBe(content);
  });
});
