import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { GetItemCommand, QueryCommand } from '@aws-sdk/client-dynamodb';
import { beforeAll, describe, expect, it } from 'vitest';
import { recordCertificates } from '../../lib/store/certificates.ts';
import { recordContent } from '../../lib/store/content.ts';
import { tableDefinition } from '../../lib/store/create-table.ts';
import { putDigest } from '../../lib/store/digests.ts';
import { putHistory } from '../../lib/store/history.ts';
import { saveLedger } from '../../lib/store/ledger.ts';
import { putRun } from '../../lib/store/runs.ts';
import { TTL_ATTRIBUTE } from '../../lib/store/schema.ts';
import { recordSightings } from '../../lib/store/sightings.ts';
import { putSource } from '../../lib/store/sources.ts';
import { recordState } from '../../lib/store/state.ts';
import { putTarget } from '../../lib/store/targets.ts';
import {
  alert,
  certificate,
  digest,
  endpointContent,
  ledgerEntry,
  sighting,
  targetRecord,
  targetState,
} from './samples.ts';
import { storeUnderTest } from './store-under-test.ts';

const table = storeUnderTest();

// What the page asks for: it names this target, owner and certificate.
const target = 'endpoint:api.example.com:443';
const fingerprint = '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08';

beforeAll(async () => {
  const at = '2026-11-20T10:00:00Z';
  await putTarget(table(), targetRecord('api.example.com', { owner: 'payments' }));
  await recordState(table(), targetState(target, { cadence: '15m' }), undefined);
  await recordContent(table(), target, endpointContent([fingerprint]), at);
  await saveLedger(table(), [
    ledgerEntry(target, { severity: 'critical', fingerprint, pending: [alert(target)] }),
  ]);
  await recordCertificates(table(), [
    { certificate: certificate('api.example.com', { fingerprint }), der: new Uint8Array([48, 130]) },
  ]);
  await recordSightings(table(), target, [sighting('api', target, { fingerprint, owner: 'payments' })], []);
  await putHistory(table(), {
    target,
    at,
    event: 'first_seen',
    certificates: [fingerprint],
    summary: 'first',
  });
  await putDigest(table(), digest('run/payments/critical'));
  const counts = { targets: 1, planned: 1, observed: 1, failed: 0, alerts: 1, digests: 1 };
  await putRun(table(), { id: 'run', startedAt: at, finishedAt: at, ...counts });
  const health = { listed: 1, parsed: 1, skipped: 0, denied: 0 };
  await putSource(table(), { source: 'endpoint', lastRunAt: at, firstCompleteAt: at, ...health });
});

const page = readFileSync(join(import.meta.dirname, '../../docs/data-model.md'), 'utf8');
const blocks: { readonly section: string; readonly script: string }[] = [];
let heading = '';
for (const [, section, script] of page.matchAll(/^##+ (.+)\n|^```sh\n([\s\S]*?)^```$/gm)) {
  if (section !== undefined) heading = section;
  if (script !== undefined) blocks.push({ section: heading, script });
}

/** The arguments of every `aws` that a script runs, told by the shell itself. */
function awsCalls(script: string): string[][] {
  const aws = `aws() { printf '%s\\0' "$@" >&3; printf '\\n\\0' >&3; }`;
  const output = execFileSync('sh', ['-c', `${aws}\n{\n${script}\n} 3>&1 >/dev/null`], { encoding: 'utf8' });
  return output
    .split('\n\0')
    .slice(0, -1)
    .map((call) => call.split('\0').slice(0, -1));
}

/** The options of a call as the API takes them. What only shapes the AWS CLI's output is left out. */
function optionsOf(args: readonly string[]): Record<string, unknown> {
  const input: Record<string, unknown> = {};
  for (let index = 0; index < args.length; index++) {
    const flag = args[index] ?? '';
    if (flag === '--no-scan-index-forward') {
      input['ScanIndexForward'] = false;
      continue;
    }
    const value = args[++index] ?? '';
    if (['--query', '--output', '--max-items'].includes(flag)) continue;
    expect(flag).toMatch(/^--[a-z]/);
    const name = flag.replace(/(?:^-|-)-?([a-z])/g, (_, letter: string) => letter.toUpperCase());
    input[name] = /^[[{]/.test(value) ? JSON.parse(value) : value;
  }
  return input;
}

describe('docs/data-model.md', () => {
  it('creates the table that the program expects', () => {
    const [create, ttl] = awsCalls(blocks[0]?.script ?? '');

    expect(create?.slice(0, 2)).toEqual(['dynamodb', 'create-table']);
    expect(optionsOf(create?.slice(2) ?? [])).toEqual(tableDefinition('notafter'));
    expect(optionsOf(ttl?.slice(2) ?? [])).toMatchObject({
      TimeToLiveSpecification: { Enabled: true, AttributeName: TTL_ATTRIBUTE },
    });
  });

  it('shows a command for every access pattern', () => {
    expect(new Set(blocks.slice(1).map(({ section }) => section)).size).toBe(8);
  });

  it.each(blocks.slice(1))('finds what it promises: $section', async ({ script }) => {
    const calls = awsCalls(script);
    expect(calls.length).toBeGreaterThan(0);
    // Eight calls of a loop over shards find together what the others find alone.
    const wanted = script.startsWith('for shard') ? 1 : calls.length;
    let found = 0;
    for (const [service, operation, ...args] of calls) {
      expect(service).toBe('dynamodb');
      const input = { ...optionsOf(args), TableName: table().name };
      if (operation === 'get-item') {
        const { Item } = await table().client.send(new GetItemCommand(input as never));
        found += Item === undefined ? 0 : 1;
      } else {
        expect(operation).toBe('query');
        const { Items = [] } = await table().client.send(new QueryCommand(input as never));
        found += Items.length === 0 ? 0 : 1;
      }
    }
    expect(found).toBe(wanted);
  });
});
