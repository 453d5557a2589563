import type { Channel } from './channel.ts';
import { type DigestLayout, digestText } from './digest-text.ts';

/** Prints each digest. `write` resolves once the text is on its way, and rejects where nobody reads any more. */
export function terminalChannel(
  write: (text: string) => Promise<void> | undefined,
  layout?: DigestLayout,
): Channel {
  return {
    name: 'terminal',
    async deliver(digest) {
      await write(`${digestText(digest, layout).join('\n')}\n\n`);
    },
  };
}
