import * as z from 'zod/mini';
import type { AwsSource } from '../sources/aws/listing.ts';

/** What travels through the queues. Whatever else a queue holds is refused. */

const instant = z.iso.datetime();

const probeMessage = z.object({
  v: z.literal(1),
  run: z.string().check(z.maxLength(100)),
  /** Its number within the run: what came of it is stored under that. */
  chunk: z.string().check(z.maxLength(20)),
  ids: z.array(z.string().check(z.maxLength(2_000))).check(z.maxLength(1_000)),
  startedAt: instant,
  /** After this instant it is dropped: the next round is on its way. */
  deadline: instant,
});

const collectMessage = z.object({
  v: z.literal(1),
  run: z.string().check(z.maxLength(200)),
  source: z.enum(['acm', 'apigateway']),
  account: z.string().check(z.regex(/^\d{12}$/)),
  region: z.string().check(z.regex(/^[a-z0-9-]{5,40}$/)),
  /** Absent where an event of AWS asks for it. */
  deadline: z.optional(instant),
});

/** What the ids of runs begin with that look at targets out of their turn. */
export const ATTENTION = 'attention-';

/** Whether a run consists of targets that were asked for, not of a class whose turn it is. */
export function isOutOfTurn(run: string): boolean {
  return run.startsWith(ATTENTION);
}

export type ProbeMessage = z.infer<typeof probeMessage>;

export interface CollectMessage extends z.infer<typeof collectMessage> {
  readonly source: AwsSource;
}

/** @throws Error with one sentence for a text that is no such message. */
export function parseProbeMessage(body: string): ProbeMessage {
  return parse(probeMessage, body);
}

/** @throws Error with one sentence for a text that is no such message. */
export function parseCollectMessage(body: string): CollectMessage {
  return parse(collectMessage, body);
}

function parse<T extends z.ZodMiniType>(schema: T, body: string): z.infer<T> {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    throw new Error(`got ${JSON.stringify(body.slice(0, 60))}; wanted a message in JSON`);
  }
  const { success, data, error } = schema.safeParse(value);
  if (success) return data as z.infer<T>;
  const [issue] = error.issues;
  throw new Error(`a message is not as wanted at ${issue?.path.join('.') || 'its top'}: ${issue?.message}`);
}
