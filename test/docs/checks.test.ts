import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { CHECKS, OPTIONAL_CHECKS } from '../../lib/core/checks/index.ts';
import { formatDuration } from '../../lib/core/duration.ts';
import { type LadderColumn, thresholdsFor } from '../../lib/core/ladder.ts';

const read = (path: string) => readFile(new URL(`../../${path}`, import.meta.url), 'utf8');
const page = await read('docs/checks.md');
const DAY = 86_400_000;

/** Heading, title and source of every section. */
const sections = [...page.matchAll(/^### (.+)\n\n- \*\*(.+)\*\*\n- Severity: .+\n- Source: (.+)$/gm)].map(
  ([, id, title, citation]) => ({ id, title, citation }),
);
const headings = [...page.matchAll(/^### (.+)$/gm)].map(([, id]) => id);

describe('docs/checks.md', () => {
  it('has a section for every check in the order of the code, and one for the monitor itself', () => {
    expect(headings).toEqual([...CHECKS.map(({ id }) => id), 'source-failing', 'monitor-impaired']);
  });

  it.each(CHECKS.map(({ id, title, citation }) => ({ id, title, citation })))(
    'has title and source of $id',
    (check) => {
      expect(sections).toContainEqual(check);
    },
  );

  it('lists the checks in the order of the sections', () => {
    expect([...page.matchAll(/^\| \[`([\w-]+)`\]\(#\1\) /gm)].map(([, id]) => id)).toEqual(headings);
  });

  it('lists those that are switched on by name, with the severity of the first table', () => {
    const named = rowsOf(page, /^\| `[\w-]+` \| (?:info|warning) \| an? /).map((row) => [
      row[1]?.slice(1, -1),
      row[2],
    ]);
    const optional = rowsOf(page, /^\| \[`.*, optional \|/).map((row) => [
      /`(.+)`/.exec(row[1] ?? '')?.[1],
      row[2]?.replace(', optional', ''),
    ]);
    expect(named.map(([id]) => id)).toEqual(OPTIONAL_CHECKS);
    expect(optional).toEqual(named);
  });

  it.each<[LadderColumn, number]>([
    ['leaf', 3],
    ['ca', 4],
  ])('has the %s column of the ladder', (column, cell) => {
    const rows = rowsOf(page, /^\| `[\w-]+` \|.* R ≤ /).map((row) => [
      row[1]?.replaceAll('`', ''),
      row[cell],
    ]);
    const shares = thresholdsFor(column, DAY);
    const ladder = thresholdsFor(column, Number.POSITIVE_INFINITY).map(({ rung, remainingMs }, index) => {
      const share = DAY / (shares[index]?.remainingMs ?? 0);
      return [rung, `R ≤ min(${remainingMs / DAY} d, L/${share})`];
    });
    expect(rows.filter(([, text]) => text !== '')).toEqual(ladder);
  });
});

describe.each(['docs/checks.md', 'README.md'])('the ladder for some lifetimes in %s', (path) => {
  it('is as it is', async () => {
    const [head = [], ...rows] = rowsOf(await read(path), /^\| (?:Lifetime|\d+ d) \|/);
    expect(rows.length).toBeGreaterThanOrEqual(5);
    for (const row of rows) {
      const column = row[2] === 'CA' ? 'ca' : 'leaf';
      const starts = thresholdsFor(column, Number.parseInt(row[1] ?? '', 10) * DAY);
      const written = head.flatMap((name, index) =>
        name.startsWith('`') && row[index] !== '' ? [[name.slice(1, -1), row[index]]] : [],
      );
      expect(written, row.join('|')).toEqual(
        starts.map(({ rung, remainingMs }) => [rung, formatDuration(remainingMs)]),
      );
    }
  });
});

/** The rows of tables that match, as cells; the first and the last cell are outside of the table. */
function rowsOf(text: string, pattern: RegExp): string[][] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => pattern.test(line))
    .map((line) => line.split('|').map((cell) => cell.trim()));
}
