import type { Disagreement } from './fields.ts';

const LINE_EVERY = 2_000;

interface Group {
  count: number;
  readonly examples: string[];
}

/** Counts what was found, and keeps a few examples of each kind. */
export class Tally {
  readonly #limit: number;
  #nextLine = LINE_EVERY;
  readonly #groups = new Map<string, Group>();
  #candidates = 0;
  #compared = 0;
  #neither = 0;
  #flagged = 0;
  #different = 0;
  #missed = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  count(candidates: number): void {
    this.#candidates += candidates;
  }

  /** Neither reads it: no certificate. */
  neither(): void {
    this.#neither += 1;
  }

  /** One certificate with everything about which there was disagreement. */
  add(place: string, disagreements: readonly Disagreement[]): void {
    this.#compared += 1;
    if (disagreements.some(({ kind }) => kind === 'different')) this.#different += 1;
    else if (disagreements.length > 0) this.#flagged += 1;
    for (const disagreement of disagreements) this.#keep(place, disagreement);
  }

  /** Our reader finds it alone, and not in the file that it stands in. */
  missed(place: string, subject: string): void {
    this.#missed += 1;
    this.#keep(place, { kind: 'different', field: 'missed in its file', ours: null, theirs: subject });
  }

  #keep(place: string, { kind, field, ours, theirs }: Disagreement): void {
    const name = `${kind}: ${field}${kind === 'flagged' ? side(ours, theirs) : ''}`;
    const group = this.#groups.get(name) ?? { count: 0, examples: [] };
    group.count += 1;
    if (group.examples.length < this.#limit)
      group.examples.push(`    ${place}\n      here    ${shown(ours)}\n      openssl ${shown(theirs)}`);
    this.#groups.set(name, group);
  }

  get differences(): number {
    return this.#different + this.#missed;
  }

  /** On a terminal a line that is written over; else one now and then. */
  progress(): void {
    const text = `${this.#compared} compared, ${this.#flagged} flagged, ${this.differences} different`;
    if (process.stderr.isTTY) process.stderr.write(`\r\u001b[K${text}`);
    else if (this.#compared >= this.#nextLine) {
      process.stderr.write(`${text}\n`);
      this.#nextLine = this.#compared + LINE_EVERY;
    }
  }

  report(): string {
    if (process.stderr.isTTY) process.stderr.write('\r\u001b[K');
    const equal = this.#compared - this.#flagged - this.#different;
    const figures = [
      [`certificates and PEM blocks in files`, this.#candidates],
      [`no certificate for either`, this.#neither],
      [`distinct ones compared`, this.#compared],
      [`  equal`, equal],
      [`  flagged`, this.#flagged],
      [`  different`, this.#different],
      [`missed in the file that it stands in`, this.#missed],
    ] as const;
    const groups = [...this.#groups.entries()]
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, { count, examples }]) => `${name}: ${count}\n${examples.join('\n')}\n`);
    return [
      ...figures.map(([what, count]) => `${what.padEnd(40)} ${`${count}`.padStart(8)}`),
      '',
      ...groups,
    ].join('\n');
  }
}

function side(ours: string | null, theirs: string | null): string {
  if (ours === null && theirs === null) return '';
  return ours === null ? ' (not told here)' : ' (not told by openssl)';
}

/** Printable and short: what certificates say is not to be trusted with a terminal. */
function shown(value: string | null): string {
  if (value === null) return '–';
  const text = JSON.stringify(value).replace(
    /[^\x20-\x7e]/g,
    (c) => `\\u{${c.codePointAt(0)?.toString(16)}}`,
  );
  return text.length > 300 ? `${text.slice(0, 300)}…` : text;
}
