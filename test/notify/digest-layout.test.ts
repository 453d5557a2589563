import { describe, expect, it } from 'vitest';
import type { Alert, Digest } from '../../lib/core/alert.ts';
import { digestText } from '../../lib/notify/digest-text.ts';

const ALERT: Alert = {
  id: 'endpoint:api.example.com:443|expiring|aa|1|warning',
  event: 'opened',
  target: 'endpoint:api.example.com:443',
  owner: 'platform',
  check: 'expiring',
  fingerprint: 'aa',
  severity: 'warning',
  rung: 'warning',
  message: 'api.example.com expires in 11 d 4 h, on 2026-11-23 05:00 UTC (served by 1 of 2 addresses)',
  advice: 'Renew it and deploy the new one on every address.',
  missed: [],
  episode: 1,
  decidedAt: '2026-11-12T00:00:00Z',
  leaveBy: '2026-11-12T00:00:00Z',
  latestBy: '2026-11-12T00:00:00Z',
};

const digest = (change: Partial<Digest> = {}, alert: Partial<Alert> = {}): Digest => ({
  id: 'run/platform/warning',
  createdAt: '2026-11-12T00:00:00Z',
  owner: 'platform',
  severity: 'warning',
  class: 'news',
  alerts: [{ ...ALERT, ...alert }],
  omitted: 0,
  channels: ['terminal'],
  delivered: {},
  done: false,
  ...change,
});

const plain = (_tone: string, text: string) => text;
const tagged = (tone: string, text: string) => `<${tone}>${text}</>`;

describe('a digest on a terminal', () => {
  it('is broken to fit, and sentences stay under each other', () => {
    const lines = digestText(digest(), { width: 60, paint: plain });
    expect(lines.every((line) => line.length <= 60)).toBe(true);
    expect(lines).toEqual([
      'WARNING: 1 finding (owner platform)',
      '  warning   api.example.com:443',
      '            api.example.com expires in 11 d 4 h, on',
      '            2026-11-23 05:00 UTC (served by 1 of 2',
      '            addresses)',
      '            → Renew it and deploy the new one on every',
      '              address.',
    ]);
  });

  it('has one line per sentence in a pipe', () => {
    expect(digestText(digest())).toHaveLength(4);
  });

  it('is coloured by severity, and what was closed as being well', () => {
    const text = (each: Digest) => digestText(each, { width: 80, paint: tagged }).join('\n');
    expect(text(digest())).toContain(
      '<warning>WARNING: 1 finding (owner platform)</>\n  <warning>warning</>   api.',
    );
    expect(text(digest({ class: 'closed' }, { event: 'resolved' }))).toContain(
      '<ok>Resolved: 1 finding (owner platform)</>\n  <ok>resolved</>  api.',
    );
  });
});
