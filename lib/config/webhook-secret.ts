import { isRejected } from '../core/rejected.ts';
import { parseAddress } from './webhook-url.ts';

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
  if (text === '') throw new Error('it holds no text; wanted an address');
  const { url, key } = text.startsWith('{') ? parseObject(text) : { url: text, key: undefined };
  // Nothing is replaced here, and to name what should be would repeat a part of the secret.
  if (typeof url === 'string' && url.includes('${')) {
    throw new Error('its address holds a variable, which only a configuration file may; wanted it in full');
  }
  const parsed = typeof url === 'string' ? parseAddress(url) : { error: 'no address' };
  if (isRejected(parsed)) {
    throw new Error(`it holds ${parsed.error}; wanted one such as https://hooks.example.com/T0/B0`);
  }
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
