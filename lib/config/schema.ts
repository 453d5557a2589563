import * as z from 'zod';
import { parseDuration, parseThreshold } from '../core/duration.ts';
import type { MovableRung } from '../core/ladder.ts';
import { quoted, type Rejected } from '../core/rejected.ts';
import { parseEndpoint } from './endpoint-text.ts';
import { listField, parsedField, textField } from './field.ts';
import { parseHost } from './host-text.ts';
import { ownerFault, tagFault } from './labels.ts';
import { probingFields } from './probing-schema.ts';
import { describeValue } from './problem.ts';
import { path, reachFields } from './reach-schema.ts';
import { parseStartTls } from './starttls-text.ts';
import { SHORTEST_KEY } from './webhook-secret.ts';
import { parseWebhookUrl } from './webhook-url.ts';

const MINUTE = 60_000;
const DAY = 1_440 * MINUTE;

const owner = textField('a name such as platform', (text): string | Rejected => {
  const error = ownerFault(text);
  return error === undefined ? text : { error };
});

const tags = z.record(z.string(), textField('text such as pay', String)).superRefine((value, context) => {
  const message = tagFault(value);
  if (message !== undefined) context.addIssue({ code: 'custom', message });
});

const threshold = textField(
  'days, hours or a percentage of the lifetime, such as 30d, 36h or 20%',
  parseThreshold,
);

const leafRungs = {
  notice: threshold.exactOptional(),
  warning: threshold.exactOptional(),
  critical: threshold.exactOptional(),
  last: threshold.exactOptional(),
} satisfies Partial<Record<MovableRung, unknown>>;

const thresholds = z.strictObject({
  leaf: z.strictObject(leafRungs).exactOptional(),
  ca: z.strictObject({ ...leafRungs, 'notice-again': threshold.exactOptional() }).exactOptional(),
});

const every = textField('a duration such as 6h', (text) => {
  const ms = parseDuration(text);
  if (typeof ms !== 'number' || (ms >= MINUTE && ms <= 7 * DAY)) return ms;
  // A certificate may be replaced by a shorter one at any time: a month between two looks could miss its whole life.
  return { error: `${quoted(text)} is out of range; wanted 1m to 7d` };
});

/** What can be said of all targets, of a group, and of one target: the nearest one counts. */
const shared = {
  owner: owner.exactOptional(),
  tags: tags.exactOptional(),
  thresholds: thresholds.exactOptional(),
  every: every.exactOptional(),
};

const endpoint = textField('an endpoint such as api.example.com or db.example.com:5432', (text) => {
  const result = parseEndpoint(text);
  // What it means depends on what stands beside it.
  if (!('error' in result)) return text;
  const fileLike = /^[./~]|\.(?:pem|crt|cer|der)$/i.test(text);
  if (!fileLike) return result;
  return { error: `${quoted(text)} looks like a file; write "truststore: <path>" or "file: <path>" for one` };
});

const serverName = textField('a name such as api.example.com', parseHost);

const starttls = textField('a protocol such as smtp, or tls', parseStartTls);

const network = textField('the name of a network below "networks"', String);

/** The whole file. Lists stay unjudged here, so that one bad entry does not hide what is wrong with the others. */
export const rootSchema = z.strictObject({
  ...shared,
  ...reachFields,
  ...probingFields,
  unreachableAfter: z
    .int({
      error: ({ input }) =>
        `got ${describeValue(input)}; wanted a whole number of failures in a row, such as 3`,
    })
    .min(1, 'got less than 1; wanted 1 to 100 failures in a row')
    .max(100, 'got more than 100; wanted 1 to 100 failures in a row')
    .exactOptional(),
  groups: listField.exactOptional(),
  targets: listField.exactOptional(),
  kinds: z.unknown().exactOptional(),
  ownership: listField.exactOptional(),
  webhook: z.unknown().exactOptional(),
  alerts: z.unknown().exactOptional(),
  networks: z.unknown().exactOptional(),
  aws: z.unknown().exactOptional(),
  stack: z.unknown().exactOptional(),
});

const TARGET_KINDS = ['endpoint', 'truststore', 'file', 'acm', 'domain', 'client-certificate'] as const;

const kindSettings = z.strictObject(shared).exactOptional();

/** What can be said of all targets of a kind. */
export const kindsSchema = z.strictObject({
  endpoint: kindSettings,
  truststore: kindSettings,
  file: kindSettings,
  acm: kindSettings,
  domain: kindSettings,
  'client-certificate': kindSettings,
} satisfies Record<(typeof TARGET_KINDS)[number], unknown>);

const pattern = textField('a pattern such as *.pay.example.com', (text): string | Rejected => {
  if (text !== '' && text.length <= 600 && !/[\p{Cc}\s]/u.test(text)) return text;
  return { error: `${quoted(text)} is no pattern; wanted one such as *.pay.example.com` };
});

const place = textField(
  'an account, a region or both, such as "111122223333/eu-west-1"',
  (text): string | Rejected =>
    /^(?:\d{12}|[a-z]{2,4}(?:-[a-z]+){1,2}-\d|\d{12}\/[a-z]{2,4}(?:-[a-z]+){1,2}-\d)$/.test(text)
      ? text
      : {
          error: `got ${quoted(text)}; wanted an account, a region or both, such as "111122223333/eu-west-1"`,
        },
);

const NOT_EMPTY = 'got an empty list, which nothing fits; wanted at least one entry, or no list';

/** Who owns what nobody was named for. */
export const ownershipSchema = z
  .strictObject({
    owner,
    names: z.array(pattern).min(1, NOT_EMPTY).exactOptional(),
    tags: tags.exactOptional(),
    kinds: z.array(z.enum(TARGET_KINDS)).min(1, NOT_EMPTY).exactOptional(),
    places: z.array(place).min(1, NOT_EMPTY).exactOptional(),
  })
  .superRefine(({ owner: _, ...conditions }, context) => {
    if (Object.keys(conditions).length > 0) return;
    const message =
      'the rule fits everything; wanted one of names, tags, kinds or places beside owner (for all targets write owner at the top)';
    context.addIssue({ code: 'custom', message });
  });

export const groupSchema = z.strictObject({
  ...shared,
  ...reachFields,
  network: network.exactOptional(),
  name: owner.exactOptional(),
  targets: listField,
});

export const endpointSchema = z.strictObject({
  ...shared,
  ...reachFields,
  network: network.exactOptional(),
  endpoint,
  serverName: serverName.exactOptional(),
  starttls: starttls.exactOptional(),
});

export const truststoreSchema = z.strictObject({ ...shared, truststore: path });

export const fileSchema = z.strictObject({ ...shared, file: path });

/** A name has these characters only (Secrets Manager API Reference, CreateSecret); the ARN of anything else is no secret. */
const secretName = textField(
  'the name or ARN of a secret such as notafter/webhook',
  (text): string | Rejected =>
    /^(?:arn:[\w-]+:secretsmanager:[a-z0-9-]+:\d{12}:secret:)?[\w/+=.@-]{1,512}$/.test(text)
      ? text
      : { error: `got ${quoted(text)}; wanted the name or ARN of a secret such as notafter/webhook` },
);

/**
 * Where alerts are posted to. The address and the key may name environment variables, and no message repeats either.
 */
export function webhookSchema(env: Readonly<Record<string, string | undefined>>) {
  return z
    .strictObject({
      url: parsedField((value) => parseWebhookUrl(value, env)).exactOptional(),
      secret: secretName.exactOptional(),
      format: z.enum(['json', 'slack'], 'wanted json or slack').default('json'),
      key: parsedField((value) => parseKey(value, env)).exactOptional(),
    })
    .superRefine(({ url, secret, key }, context) => {
      const refuse = (message: string) => context.addIssue({ code: 'custom', message });
      if ((url === undefined) === (secret === undefined))
        refuse('wanted one of url (for "notafter run") and secret (for a deployed monitor)');
      else if (secret !== undefined && key !== undefined)
        refuse('the key of a deployed webhook belongs into the secret: {"url": "https://…", "key": "…"}');
    });
}

/** Only from the environment: a key in a file is everybody's who may read the repository. */
function parseKey(value: unknown, env: Readonly<Record<string, string | undefined>>): string | Rejected {
  const name = typeof value === 'string' ? /^\$\{([A-Za-z_]\w*)\}$/.exec(value.trim())?.[1] : undefined;
  if (name === undefined) return { error: `wanted the name of an environment variable such as \${HOOK_KEY}` };
  const key = env[name];
  if (key === undefined || key === '') return { error: `the environment variable ${name} is not set` };
  if (key.length < SHORTEST_KEY)
    return { error: `the environment variable ${name} holds less than ${SHORTEST_KEY} characters` };
  return key;
}
