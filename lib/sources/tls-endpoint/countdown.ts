/** Time that runs out, unless it is stopped for a while. */
export interface Countdown {
  /** Stands still from now on, but for a minute in all at most. */
  stop(): void;
  /** Goes on with what was left. */
  go(): void;
  /** Never runs out. */
  cancel(): void;
}

/** Turns at an address that thousands of names share are not waited for without end. */
const MAX_STOPPED_MS = 60_000;

/** Calls `onOver` once, when so many milliseconds have passed in which it was not stopped. */
export function startCountdown(ms: number, onOver: () => void): Countdown {
  let leftMs = ms;
  let grantedMs = MAX_STOPPED_MS;
  let since = performance.now();
  let isStopped = false;
  let isOver = false;
  let timer: NodeJS.Timeout | undefined;
  let lastTurn: NodeJS.Immediate | undefined;

  const elapsed = () => {
    const now = performance.now();
    const ms = now - since;
    since = now;
    return ms;
  };

  const run = () => {
    // On a busy host bytes may have arrived that nobody has read yet: one more turn of the loop before it is silence.
    timer = setTimeout(() => {
      lastTurn = setImmediate(() => {
        isOver = true;
        onOver();
      });
    }, leftMs);
  };

  const go = () => {
    if (!isStopped || isOver) return;
    clearTimeout(timer);
    grantedMs = Math.max(0, grantedMs - elapsed());
    isStopped = false;
    run();
  };

  run();
  return {
    go,
    stop() {
      if (isStopped || isOver || grantedMs === 0) return;
      clearTimeout(timer);
      clearImmediate(lastTurn);
      leftMs = Math.max(0, leftMs - elapsed());
      isStopped = true;
      timer = setTimeout(go, grantedMs);
    },
    cancel() {
      isOver = true;
      clearTimeout(timer);
      clearImmediate(lastTurn);
    },
  };
}
