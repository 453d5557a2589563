import { openEmbedded } from '../../lib/store/embedded.ts';
import { putRun } from '../../lib/store/runs.ts';

// A process of its own that opens the inventory named on its command line, writes without end, and prints how often
// it was told "stored": what it printed must be there after it was killed.
const store = await openEmbedded(process.argv[2] ?? '');
for (let index = 0; ; index++) {
  await putRun(store.table, {
    id: `run-${index}`,
    startedAt: '2026-11-20T10:00:00Z',
    finishedAt: null,
    targets: 0,
    planned: 0,
    observed: 0,
    failed: 0,
    alerts: 0,
    digests: 0,
  });
  process.stdout.write(`${index}\n`);
}
