import { describe, expect, it } from 'vitest';
import { durationText } from '../../../lib/cli/render/duration-text.ts';
import { parseDuration } from '../../../lib/core/duration.ts';

describe('a duration as it is typed', () => {
  it.each(['0s', '10s', '1m', '10m', '1h30m', '2h', '1d', '1d12h', '7d', '400d1s'])('%s', (text) => {
    expect(durationText(Number(parseDuration(text)))).toBe(text);
  });
});
