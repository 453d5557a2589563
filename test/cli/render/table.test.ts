import { describe, expect, it } from 'vitest';
import { painter } from '../../../lib/cli/render/color.ts';
import { renderTable } from '../../../lib/cli/render/table.ts';
import { textWidth } from '../../../lib/cli/render/text-width.ts';

const rows = [
  [{ text: 'api.example.com' }, { text: 'in 12 d' }],
  [{ text: '東京.example' }, { text: 'a message that is rather long, and then some' }],
];

describe('a table', () => {
  it('aligns columns by what a terminal shows, wide characters included', () => {
    const text = renderTable(['target', 'end'], rows, {
      width: Number.POSITIVE_INFINITY,
      paint: painter(false),
    });
    expect(text).toBe(
      'target           end\n' +
        'api.example.com  in 12 d\n' +
        '東京.example     a message that is rather long, and then some\n',
    );
  });

  it('fits the terminal, the last column giving way first', () => {
    const text = renderTable(['target', 'end'], rows, { width: 40, paint: painter(false) });
    for (const line of text.split('\n')) expect(textWidth(line)).toBeLessThanOrEqual(40);
    expect(text).toContain('api.example.com');
    expect(text).toContain('a message that is rath…');
  });

  it('aligns by the text and not by its colour', () => {
    const colored = [[{ text: 'critical', tone: 'critical' as const }, { text: 'x' }]];
    const text = renderTable(['status', 'y'], colored, { width: 80, paint: painter(true) });
    expect(text).toContain('\u001b[31mcritical\u001b[39m  x');
  });
});

describe('the width of text', () => {
  it.each([
    ['abc', 3],
    ['東京', 4],
    ['e\u0301', 1],
    ['😀', 2],
    ['한글', 4],
  ])('%s takes %i columns', (text, width) => {
    expect(textWidth(text)).toBe(width);
  });
});
