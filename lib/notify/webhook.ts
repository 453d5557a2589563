import { createHmac } from 'node:crypto';
import type { WebhookFormat } from '../config/config.ts';
import type { Digest } from '../core/alert.ts';
import type { Channel } from './channel.ts';
import { digestJson } from './digest-json.ts';
import { digestTitle } from './digest-text.ts';
import { safeJson } from './safe-json.ts';
import { slackBody } from './slack-body.ts';

export interface WebhookOptions {
  /** May carry a token: it is never printed. */
  readonly url: string;
  readonly format?: WebhookFormat;
  /** Signs each request, so that the receiver knows who sent it. Never printed. */
  readonly key?: string;
  /** Milliseconds for one attempt. */
  readonly timeoutMs?: number;
  /** Pauses between attempts, in milliseconds; one attempt more than there are pauses. */
  readonly pausesMs?: readonly number[];
  readonly now?: () => Date;
}

const DEFAULT_TIMEOUT_MS = 10_000;
const DEFAULT_PAUSES_MS = [500, 2_000];

/** A receiver that asks to wait longer than this gets the message in the next run. */
const LONGEST_PAUSE_MS = 30_000;

/**
 * Posts each digest. Any 2xx answer is acceptance; a 4xx other than 408 and 429 will not change by asking again at once.
 * The header `Idempotency-Key` is the digest's id: a receiver that saw it may ignore the repetition.
 */
export function webhookChannel(options: WebhookOptions): Channel {
  const pauses = options.pausesMs ?? DEFAULT_PAUSES_MS;
  return {
    name: 'webhook',
    async deliver(digest) {
      for (let attempt = 0; ; attempt += 1) {
        const failure = await post(digest, options);
        if (failure === null) return;
        const pause = Math.max(pauses[attempt] ?? 0, failure.waitMs);
        if (!failure.worthRetrying || pauses[attempt] === undefined || pause > LONGEST_PAUSE_MS) {
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
  /** What the receiver asked for (RFC 9110 §10.2.3); 0 where it asked for nothing. */
  readonly waitMs: number;
}

async function post(digest: Digest, options: WebhookOptions): Promise<PostFailure | null> {
  const content = options.format === 'slack' ? slackBody(digest) : ownBody(digest);
  const body = safeJson(content);
  try {
    const response = await fetch(options.url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'user-agent': 'notafter',
        'idempotency-key': encodeURIComponent(digest.id),
        ...(options.key === undefined
          ? {}
          : { 'notafter-signature': signatureOf(body, options.key, options.now?.() ?? new Date()) }),
      },
      body,
      // A redirect would send the news, and the token in the URL's place, to somebody nobody configured.
      redirect: 'manual',
      signal: AbortSignal.timeout(options.timeoutMs ?? DEFAULT_TIMEOUT_MS),
    });
    await response.body?.cancel();
    if (response.ok) return null;
    const { status, headers } = response;
    const worthRetrying = status >= 500 || status === 408 || status === 429;
    const waitMs = retryAfterMs(headers.get('retry-after'), () => options.now?.() ?? new Date());
    return { text: `it answered ${status}`, worthRetrying, waitMs };
  } catch (error) {
    return { text: reasonOf(error), worthRetrying: true, waitMs: 0 };
  }
}

function ownBody(digest: Digest): object {
  return { title: digestTitle(digest), ...digestJson(digest) };
}

/** `t=<seconds>,v1=<HMAC>`: the time is signed as well, so that a receiver can refuse what somebody plays back. */
function signatureOf(body: string, key: string, now: Date): string {
  const time = Math.floor(now.getTime() / 1000);
  return `t=${time},v1=${createHmac('sha256', key).update(`${time}.${body}`).digest('hex')}`;
}

/** Seconds or a date (RFC 9110 §10.2.3); what is neither asks for nothing. */
function retryAfterMs(header: string | null, now: () => Date): number {
  const text = header?.trim() ?? '';
  if (/^\d+$/.test(text)) return Number(text) * 1_000;
  // Only the form that RFC 9110 §5.6.7 has senders write: a parser of dates makes one of nearly anything.
  const date = /^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/.test(text);
  return date ? Math.max(0, Date.parse(text) - now().getTime()) || 0 : 0;
}

/** The cause without the URL: undici's messages name it. */
function reasonOf(error: unknown): string {
  const { name, cause } = error as { name?: string; cause?: { code?: string; message?: string } };
  if (name === 'TimeoutError') return 'it did not answer in time';
  return cause?.code ?? cause?.message ?? name ?? 'the request failed';
}
