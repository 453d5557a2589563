import { styleText } from 'node:util';
import type { Severity } from '../../core/severity.ts';

/**
 * Whether to colour: only a terminal, never with NO_COLOR (https://no-color.org: set and not empty), and always with
 * FORCE_COLOR unless that is `0` or `false`. NO_COLOR wins where both are set.
 */
export function colorEnabled(
  isTerminal: boolean,
  environment: Readonly<Record<string, string | undefined>>,
): boolean {
  const { NO_COLOR, FORCE_COLOR, TERM } = environment;
  if (NO_COLOR !== undefined && NO_COLOR !== '') return false;
  if (FORCE_COLOR !== undefined) return FORCE_COLOR !== '0' && FORCE_COLOR !== 'false';
  return isTerminal && TERM !== 'dumb';
}

/** What a piece of text is, from which its colour follows. `ok` is a healthy target, `unknown` one that was not seen. */
export type Tone = Severity | 'ok' | 'unknown' | 'strong' | 'faint';

const STYLE = {
  info: 'cyan',
  warning: 'yellow',
  critical: 'red',
  ok: 'green',
  unknown: 'magenta',
  strong: 'bold',
  faint: 'dim',
} as const satisfies Record<Tone, Parameters<typeof styleText>[0]>;

/** Colours text that is already safe for a terminal. */
export type Paint = (tone: Tone, text: string) => string;

/** The paint for a stream that shows colour, or one that leaves text alone. */
export function painter(enabled: boolean): Paint {
  if (!enabled) return (_tone, text) => text;
  return (tone, text) => styleText(STYLE[tone], text, { validateStream: false });
}
