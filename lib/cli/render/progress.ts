import type { Output } from '../output.ts';

/** A bar on a terminal for work that takes longer than a moment; silent everywhere else. */
export interface Progress {
  /** So much more is done. */
  advance(by?: number): void;
  /** Takes the bar off the screen before something else is printed; it comes back by itself. */
  hide(): void;
  /** Takes it off for good. */
  stop(): void;
}

const FIRST_AFTER_MS = 1_000;
const EVERY_MS = 120;
const BAR = 24;

/**
 * @param total Pieces of work there are.
 * @param noun What they are, in the plural.
 */
export function startProgress(output: Output, total: number, noun: string): Progress {
  if (!output.isTerminal) return { advance() {}, hide() {}, stop() {} };
  let done = 0;
  let visible = false;

  const draw = () => {
    const share = total === 0 ? 1 : done / total;
    const bar = '█'.repeat(Math.round(share * BAR)).padEnd(BAR, '░');
    visible = true;
    void output.write(`\r\u001b[K${bar} ${done}/${total} ${noun}`);
  };
  const hide = () => {
    if (visible) void output.write('\r\u001b[K');
    visible = false;
  };

  let timer = setTimeout(() => {
    draw();
    timer = setInterval(draw, EVERY_MS);
    timer.unref();
  }, FIRST_AFTER_MS);
  timer.unref();
  return {
    advance(by = 1) {
      done += by;
    },
    hide,
    stop() {
      clearTimeout(timer);
      hide();
    },
  };
}
