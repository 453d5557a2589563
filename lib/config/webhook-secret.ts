import { isRejected } from '../core/rejected.ts';
import { parseWebhookUrl } from './webhook-url.ts';

/** What a secret says of a webhook. */
export interface WebhookSecret {
  readonly url: string;
  readonly key?: string;
}

/** A shorter one is guessed. */
export const SHORTEST_KEY = 16;

/**
 * The value of a secret: the address alone, or `{"url": "https://…", "key": "…"}`.
 *
 * @throws Error with a sentence that repeats nothing of it.
 */
export function parseWebhookSecret(value: string | undefined): WebhookSecret {
  const text = (value ?? '').trim();
  const { url, key } = text.startsWith('{') ? parseObject(text) : { url: text, key: undefined };
  const parsed = parseWebhookUrl(url, {});
  if (isRejected(parsed)) throw new Error(`its value holds ${parsed.error}`);
  if (key === undefined) return { url: parsed };
  if (typeof key !== 'string' || key.length < SHORTEST_KEY) {
    throw new Error(`its key is no text of at least ${SHORTEST_KEY} characters`);
  }
  return { url: parsed, key };
}

function parseObject(text: string): { readonly url?: unknown; readonly key?: unknown } {
  try {
    return JSON.parse(text) as { url?: unknown; key?: unknown };
  } catch {
    // The parser's message quotes the text.
    throw new Error('its value begins like JSON and is none');
  }
}
