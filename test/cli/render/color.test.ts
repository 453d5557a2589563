import { describe, expect, it } from 'vitest';
import { colorEnabled, painter } from '../../../lib/cli/render/color.ts';

describe('colour', () => {
  it.each([
    ['on a terminal', true, {}, true],
    ['not in a pipe', false, {}, false],
    ['not on a dumb terminal', true, { TERM: 'dumb' }, false],
    ['never with NO_COLOR', true, { NO_COLOR: '1', FORCE_COLOR: '1' }, false],
    ['with an empty NO_COLOR, which counts as unset', true, { NO_COLOR: '' }, true],
    ['in a pipe with FORCE_COLOR', false, { FORCE_COLOR: '1' }, true],
    ['not with FORCE_COLOR=0', true, { FORCE_COLOR: '0' }, false],
  ])('is shown %s: %s %o', (_when, isTerminal, environment, shown) => {
    expect(colorEnabled(isTerminal, environment)).toBe(shown);
  });

  it('leaves text alone where there is none', () => {
    expect(painter(false)('critical', 'text')).toBe('text');
    expect(painter(true)('critical', 'text')).not.toBe('text');
  });
});
