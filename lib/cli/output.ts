import { once } from 'node:events';
import { colorEnabled } from './render/color.ts';

/** One of the two standard streams, with what rendering needs to know about it. */
export interface Output {
  /** Resolves once there is room for more, so that a slow reader holds the work back instead of filling memory. */
  write(text: string): Promise<void> | undefined;
  readonly isTerminal: boolean;
  /** Columns of the terminal; Infinity where there is none, because a pipe has no edge. */
  readonly width: number;
  readonly color: boolean;
}

/** Wraps `process.stdout` or `process.stderr`. */
export function streamOutput(
  stream: NodeJS.WriteStream,
  environment: Readonly<Record<string, string | undefined>>,
): Output {
  return {
    write(text) {
      if (stream.destroyed || stream.write(text)) return undefined;
      return once(stream, 'drain').then(
        () => undefined,
        // The stream's own error listener decides what a broken pipe means.
        () => undefined,
      );
    },
    isTerminal: stream.isTTY === true,
    get width() {
      return stream.isTTY ? Math.max(40, stream.columns || 80) : Number.POSITIVE_INFINITY;
    },
    color: colorEnabled(stream.isTTY === true, environment),
  };
}
