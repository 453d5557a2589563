import type { Alert, Digest } from '../../lib/core/alert.ts';

/** An alert about one endpoint, unless told otherwise. */
export function alert(facts: Partial<Alert> = {}): Alert {
  return {
    id: 'endpoint:api.test:443|expiring|aa|1|warning',
    event: 'opened',
    target: 'endpoint:api.test:443',
    owner: 'payments',
    check: 'expiring',
    fingerprint: 'aa',
    severity: 'warning',
    rung: 'warning',
    message: 'api.test expires in 10 d, on 2026-12-02 14:00 UTC',
    advice: 'Renew it.',
    notAfter: '2026-12-02T14:00:00Z',
    missed: [],
    episode: 1,
    decidedAt: '2026-11-22T14:00:00Z',
    leaveBy: '2026-11-22T14:00:00Z',
    latestBy: '2026-11-22T14:00:00Z',
    ...facts,
  };
}

/** News of one alert, unless told otherwise. */
export function digest(facts: Partial<Digest> = {}): Digest {
  return {
    id: 'run-1/payments/warning',
    createdAt: '2026-11-22T14:00:00Z',
    owner: 'payments',
    severity: 'warning',
    class: 'news',
    alerts: [alert()],
    omitted: 0,
    channels: ['terminal'],
    delivered: {},
    done: false,
    ...facts,
  };
}
