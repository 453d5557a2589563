import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { parseConfig } from '../../lib/config/load.ts';
import { parseTargetLines } from '../../lib/config/target-lines.ts';
import { formatDuration } from '../../lib/core/duration.ts';
import { STARTTLS_PORTS } from '../../lib/core/endpoint.ts';
import { type LadderColumn, thresholdsFor } from '../../lib/core/ladder.ts';

const page = await readFile(new URL('../../docs/configuration.md', import.meta.url), 'utf8');
/** Each YAML block, and the text block that follows it at once: the errors it gives. */
const examples = [...page.matchAll(/^```yaml\n(.*?)^```\n(?:\n```text\n(.*?)^```\n)?/gms)].map(
  ([, yaml = '', errors]) => ({ yaml, errors }),
);

describe('docs/configuration.md', () => {
  const load = (yaml: string) => parseConfig(yaml, 'notafter.config.yaml', { HOOK_TOKEN: 'x' });

  it.each(examples.filter(({ errors }) => errors === undefined))(
    'has an example that loads: $yaml',
    ({ yaml }) => {
      expect(load(yaml)).toBeDefined();
    },
  );

  it.each(examples.filter(({ errors }) => errors !== undefined))(
    'has errors as they are: $yaml',
    (example) => {
      let message = '';
      try {
        load(example.yaml);
      } catch (error) {
        message = (error as Error).message;
      }
      expect(`${message}\n`).toBe(example.errors);
    },
  );

  it('has a list of targets that can be read', () => {
    const list = /^```\n(# endpoint.*?)^```$/ms.exec(page)?.[1] ?? '';
    expect(parseTargetLines(list)).toMatchObject({
      targets: [{ line: 2 }, { line: 3 }, { line: 4 }],
      problemCount: 0,
    });
  });

  it('has every protocol that is asked for TLS, with its port', () => {
    const rows = [...page.matchAll(/^\| `(\w+)` \| (\d+) \|$/gm)].map(([, name, port]) => [
      name,
      Number(port),
    ]);
    expect(rows).toEqual(Object.entries(STARTTLS_PORTS));
  });

  it.each<[LadderColumn, number]>([
    ['leaf', 2],
    ['ca', 3],
  ])('has the %s ladder as it is', (column, cell) => {
    const rows = [...page.matchAll(/^\| `([\w-]+)` \|.*R ≤ .*$/gm)].map(([row, rung]) => [
      rung,
      row.split('|')[cell]?.trim(),
    ]);
    const day = 86_400_000;
    const ceilings = thresholdsFor(column, Number.POSITIVE_INFINITY);
    const shares = thresholdsFor(column, day);
    const ladder = ceilings.map(({ rung, remainingMs }, index) => {
      const share = day / (shares[index]?.remainingMs ?? 0);
      return [rung, `R ≤ min(${formatDuration(remainingMs).replace('24 h', '1 d')}, L/${share})`];
    });
    expect(rows.filter(([, text]) => text !== '')).toEqual(ladder);
  });
});
