import { describe, expect, it } from 'vitest';
import type { Digest } from '../../lib/core/alert.ts';
import { digestsOf } from '../../lib/core/digest.ts';
import { digestText, digestTitle } from '../../lib/notify/digest-text.ts';
import { terminalChannel } from '../../lib/notify/terminal.ts';
import { alert, digest } from './samples.ts';

const HOSTILE = 'evil\u001b]0;owned\u0007\u009b2J\r\nfake line\u2028\u202egnp.exe\u200b\ud800';

async function printed(each: Digest): Promise<string> {
  let text = '';
  await terminalChannel(async (piece) => {
    text += piece;
  }).deliver(each);
  return text;
}

describe('a digest for a person', () => {
  it('says whose it is, what is wrong where, and what to do', async () => {
    expect(await printed(digest())).toBe(
      [
        'WARNING: 1 finding (owner payments)',
        '  warning   api.test:443',
        '            api.test expires in 10 d, on 2026-12-02 14:00 UTC',
        '            → Renew it.',
        '',
        '',
      ].join('\n'),
    );
  });

  it('says what was left unsaid, and when it was last seen', () => {
    const late = alert({ missed: ['notice', 'warning'], lastSeenAt: '2026-11-20T09:30:00Z' });
    const lines = digestText(digest({ alerts: [late], owner: null }));
    expect(lines[0]).toBe('WARNING: 1 finding (no owner named)');
    expect(lines).toContain('            unsaid until now: notice, warning');
    expect(lines).toContain('            last seen 2026-11-20 09:30 UTC');
  });

  it('tells first looks and all-clears from news', () => {
    expect(digestTitle(digest({ class: 'baseline', omitted: 4 }))).toBe('First look: 5 findings');
    expect(digestTitle(digest({ class: 'closed' }))).toBe('Closed: 1 finding');
    expect(digestTitle(digest({ class: 'closed', omitted: 1 }))).toBe('Closed: 2 findings');
    const closed = digest({ class: 'closed', alerts: [alert({ event: 'withdrawn', advice: '' })] });
    expect(digestText(closed)[1]).toBe('  withdrawn api.test:443');
    const expired = digest({ alerts: [alert({ rung: 'expired', severity: 'critical' })] });
    expect(digestText(expired)[1]).toBe('  expired   api.test:443');
  });

  it('lets no hostile text through, wherever it stands', async () => {
    const hostile = alert({ message: HOSTILE, target: `file:/tmp/${HOSTILE}`, advice: HOSTILE });
    const text = await printed(digest({ owner: HOSTILE, alerts: [hostile] }));
    expect(text).not.toMatch(/[^\P{C}\n]|[\u2028\u2029]/u);
    expect(text.split('\n')).toHaveLength(6);
    expect(text).toContain('evil\\u{1b}]0;owned\\u{7}\\u{9b}2J\\u{d}\\u{a}fake line');
    expect(digestTitle(digest({ owner: HOSTILE, alerts: [hostile] }))).toBe('WARNING: 1 finding');
  });

  it('is bounded, however long the texts are', async () => {
    const long = alert({ message: 'x'.repeat(100_000), target: `file:/${'y'.repeat(100_000)}` });
    expect((await printed(digest({ owner: 'z'.repeat(100_000), alerts: [long] }))).length).toBeLessThan(
      2_000,
    );
  });

  it('says the same of one certificate once, with some of the endpoints and how many more', () => {
    const forty = Array.from({ length: 40 }, (_, index) =>
      alert({ id: `${index}`, target: `endpoint:host-${index}.test:443` }),
    );
    const other = alert({ id: 'other', fingerprint: 'bb' });
    const lines = digestText(digest({ alerts: [...forty, other] }));
    expect(lines).toHaveLength(1 + 3 + 3);
    expect(lines[0]).toContain('41 findings');
    expect(lines[1]).toBe(
      '  warning   host-0.test:443, host-1.test:443, host-2.test:443, host-3.test:443, host-4.test:443 and 35 more',
    );
  });

  it('of a first look at three hundred findings names the most urgent ones and counts the rest', () => {
    const many = Array.from({ length: 300 }, (_, index) =>
      alert({
        event: 'baseline',
        id: `id-${index}`,
        target: `endpoint:host-${index}.test:443`,
        fingerprint: `${index}`,
        notAfter: new Date(Date.UTC(2027, 0, 301 - index)).toISOString(),
      }),
    );
    const [only, ...more] = digestsOf(many, 'run-1', new Date('2026-11-22T14:00:00Z'));
    expect(more).toEqual([]);
    const lines = digestText(only as Digest);
    expect(lines[0]).toBe('First look: 300 findings (owner payments)');
    expect(lines[1]).toBe('  warning   host-299.test:443');
    expect(lines.at(-1)).toBe('  and 200 more: notafter list');
    expect(lines).toHaveLength(1 + 100 * 3 + 1);
  });
});
