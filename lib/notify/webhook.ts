import type { Digest } from '../core/alert.ts';
import type { Channel } from './channel.ts';
import { digestJson } from './digest-json.ts';
import { digestTitle } from './digest-text.ts';

export interface WebhookOptions {
  /** May carry a token: it is never printed. */
  readonly url: string;
  /** Milliseconds for one attempt. */
  readonly timeoutMs?: number;
  /** Pauses between attempts, in milliseconds; one attempt more than there are pauses. */
  readonly pausesMs?: readonly number[];
}

const DEFAULT_TIMEOUT_MS = 10_000;
const DEFAULT_PAUSES_MS = [500, 2_000];

/**
 * Posts each digest as JSON. Any 2xx answer is acceptance; a 4xx other than 408 and 429 will not change by asking
 * again at once. The header `Idempotency-Key` is the digest's id: a receiver that saw it may ignore the repetition.
 */
export function webhookChannel(options: WebhookOptions): Channel {
  const pauses = options.pausesMs ?? DEFAULT_PAUSES_MS;
  return {
    name: 'webhook',
    async deliver(digest) {
      for (let attempt = 0; ; attempt += 1) {
        const failure = await post(digest, options);
        if (failure === null) return;
        const pause = pauses[attempt];
        if (!failure.worthRetrying || pause === undefined) {
          throw Object.assign(new Error(failure.text), { permanent: !failure.worthRetrying });
        }
        await new Promise((resolve) => setTimeout(resolve, pause));
      }
    },
  };
}

interface PostFailure {
  readonly text: string;
  readonly worthRetrying: boolean;
}

async function post(digest: Digest, options: WebhookOptions): Promise<PostFailure | null> {
  try {
    const response = await fetch(options.url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'user-agent': 'notafter',
        'idempotency-key': encodeURIComponent(digest.id),
      },
      body: JSON.stringify({ title: digestTitle(digest), ...digestJson(digest) }),
      // A redirect would send the news, and the token in the URL's place, to somebody nobody configured.
      redirect: 'manual',
      signal: AbortSignal.timeout(options.timeoutMs ?? DEFAULT_TIMEOUT_MS),
    });
    await response.body?.cancel();
    if (response.ok) return null;
    const worthRetrying = response.status >= 500 || response.status === 408 || response.status === 429;
    return { text: `it answered ${response.status}`, worthRetrying };
  } catch (error) {
    return { text: reasonOf(error), worthRetrying: true };
  }
}

/** The cause without the URL: undici's messages name it. */
function reasonOf(error: unknown): string {
  const { name, cause } = error as { name?: string; cause?: { code?: string; message?: string } };
  if (name === 'TimeoutError') return 'it did not answer in time';
  return cause?.code ?? cause?.message ?? name ?? 'the request failed';
}
