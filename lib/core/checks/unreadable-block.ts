import { isBundle } from '../content.ts';
import type { Check } from './check.ts';

const LINES_SHOWN = 3;

/** Part of a file cannot be read. Programs that consume it silently read less than its author thinks. */
export const unreadableBlock: Check = {
  id: 'unreadable-block',
  title: 'Unreadable block',
  citation: 'RFC 7468 §2 and §5',
  *run({ content }) {
    if (!isBundle(content) || content.unreadable.length === 0) return;
    const { unreadable, blocks } = content;
    const shown = unreadable
      .slice(0, LINES_SHOWN)
      .map((block) => `lines ${block.firstLine}–${block.lastLine}: ${block.reason}`);
    const more = unreadable.length > LINES_SHOWN ? `; and ${unreadable.length - LINES_SHOWN} more` : '';
    yield {
      fingerprint: null,
      severity: 'warning',
      message: `${unreadable.length} of ${blocks} blocks unreadable (${shown.join('; ')}${more})`,
      advice: 'Mend these lines: OpenSSL and what builds on it stop reading there without a word.',
    };
  },
};
