import * as z from 'zod';
import { parseDuration } from '../core/duration.ts';
import { quoted, type Rejected } from '../core/rejected.ts';
import { DEFAULT_DEPLOYMENT, MEMBER_ROLE } from './deployment.ts';
import { textField } from './field.ts';
import { ownerFault } from './labels.ts';

/** A text of a known shape, with a sentence for every other one. */
function shaped(wanted: string, shape: RegExp, normalize: (text: string) => string = (text) => text) {
  return textField(`${wanted}`, (text): string | Rejected => {
    const value = normalize(text.trim());
    return shape.test(value) ? value : { error: `got ${quoted(text)}; wanted ${wanted}` };
  });
}

const email = shaped(
  'a mail address such as api-team@example.com',
  /^[^\s@<>"',;]{1,64}@[^\s@<>"',;]+\.[^\s@<>"',;.]{2,}$/,
);
const sms = shaped('a number in quotes such as "+15551234567"', /^\+[1-9]\d{6,14}$/, (text) =>
  text.replace(/[ ().-]/g, ''),
);

const recipients = {
  email: z.array(email).default([]),
  sms: z.array(sms).default([]),
};

/** What is wrong with the name of an owner that has a route; undefined where nothing is. */
function routeFault(name: string): string | undefined {
  // SNS compares what a filter says letter by letter, but for these two (SNS Developer Guide, filter policy constraints).
  if (!/["\\]/.test(name)) return ownerFault(name);
  return `the owner ${quoted(name)} has a route, and no filter can name " or a backslash; wanted a name without them`;
}

const DAY = 86_400_000;

const remindEvery = textField('a duration such as 3d, or never', (text): number | null | Rejected => {
  if (text.trim() === 'never') return null;
  const ms = parseDuration(text);
  if (typeof ms !== 'number' || (ms >= DAY / 24 && ms <= 365 * DAY)) return ms;
  return { error: `${quoted(text)} is out of range; wanted 1h to 365d, or never` };
});

const share = textField('a percentage such as 50%', (text): number | Rejected => {
  const percent = Number(/^(\d{1,3}) ?%$/.exec(text.trim())?.[1] ?? Number.NaN);
  if (percent >= 1 && percent <= 100) return percent / 100;
  return { error: `got ${quoted(text)}; wanted a percentage from 1% to 100%` };
});

const alertFields = z.strictObject({
  ...recipients,
  owners: z.record(z.string(), z.strictObject(recipients)).default({}),
  remindEvery: remindEvery.default(DEFAULT_DEPLOYMENT.alerts.remindEvery),
  impairedShare: share.default(DEFAULT_DEPLOYMENT.alerts.impairedShare),
  events: z.boolean('wanted true or false').default(DEFAULT_DEPLOYMENT.alerts.events),
  smsPerMonth: z
    .int('wanted a whole number of messages, such as 100')
    .min(0, 'wanted 0 to 100000 messages')
    .max(100_000, 'wanted 0 to 100000 messages')
    .default(DEFAULT_DEPLOYMENT.alerts.smsPerMonth),
});

/** A budget that does not reach for one message and the one that says that there will be no more is a mistake. */
export const alertsSchema = alertFields.superRefine(({ sms, owners, smsPerMonth }, context) => {
  for (const name of Object.keys(owners)) {
    const fault = routeFault(name);
    if (fault !== undefined) context.addIssue({ code: 'custom', message: fault, path: ['owners', name] });
  }
  const numbers = new Set([...sms, ...Object.values(owners).flatMap((own) => own.sms)]).size;
  if (smsPerMonth === 0 || smsPerMonth >= 2 * numbers) return;
  const message = `smsPerMonth is ${smsPerMonth}, which is not enough for ${numbers} numbers: wanted at least ${2 * numbers} (one message to each, and one that says that the budget is used), or 0 for none`;
  context.addIssue({ code: 'custom', message, path: ['smsPerMonth'] });
});

const networkName = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,30}$/, 'a network has a name such as internal: small letters, digits and -');

const networkRecord = z.record(
  networkName,
  z.strictObject({
    vpc: shaped('the id of a VPC such as vpc-0a1b2c3d', /^vpc-[0-9a-f]{6,17}$/),
    subnets: z
      .array(shaped('the id of a subnet such as subnet-0a1b2c3d', /^subnet-[0-9a-f]{6,17}$/))
      .min(1, 'wanted at least one subnet'),
    securityGroups: z
      .array(shaped('the id of a security group such as sg-0a1b2c3d', /^sg-[0-9a-f]{6,17}$/))
      .min(1, 'wanted at least one security group'),
  }),
);

/** Resources are named after networks, without what only separates words. */
export const networksSchema = networkRecord.superRefine((networks, context) => {
  const seen = new Map<string, string>();
  for (const name of Object.keys(networks)) {
    const plain = name.replaceAll('-', '');
    const twin = seen.get(plain);
    if (twin !== undefined) {
      const message = `${name} and ${twin} differ only by a hyphen; wanted names that differ by more`;
      context.addIssue({ code: 'custom', message, path: [name] });
    }
    seen.set(plain, name);
  }
});

/** Regions that do not exist yet are regions, too. */
export const REGION = /^[a-z]{2,4}(?:-[a-z]+){1,2}-\d$/;

const region = shaped('a region such as eu-west-1', REGION);

/** YAML takes an account for a number and forgets its leading zeros. */
const account = textField('an account such as "012345678901", in quotes', (text): string | Rejected =>
  /^\d{12}$/.test(text)
    ? text
    : { error: `got ${quoted(text)}; wanted the twelve digits of an account, in quotes` },
);

/** `bucket`, `bucket/prefix`, `s3://bucket/key` and an ARN all name a place in S3. */
const truststore = shaped(
  'a bucket or a prefix in it, such as my-truststores/prod',
  /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](?:\/[^*?]*)?$/,
  (text) =>
    text
      .replace(/^s3:\/\//, '')
      .replace(/^arn:[\w-]+:s3:::/, '')
      .replace(/\*$/, '')
      // Behind a folder it is part of the prefix: without it the folder's namesakes would be let in.
      .replace(/^([^/]*)\/$/, '$1'),
);

const accountEntry = z.strictObject({
  id: account,
  role: shaped('the name of a role', /^[\w+=,.@-]{1,64}$/).default(MEMBER_ROLE),
  externalId: shaped(
    'an external id of 2 to 200 letters and digits',
    /^[\w+=,.@:/-]{2,200}$/,
  ).exactOptional(),
});

export const awsSchema = z.strictObject({
  regions: z.array(region).default([]),
  accounts: z.array(accountEntry).default([]),
  truststores: z.array(truststore).default([]),
  sources: z
    .strictObject({ acm: z.boolean().default(true), apigateway: z.boolean().default(true) })
    .default({ acm: true, apigateway: true }),
  probeDomains: z.boolean().default(true),
  privateDomains: networkName.exactOptional(),
});

/** What CloudWatch Logs offers, in days. */
const LOG_DAYS = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
];

export const stackSchema = z.strictObject({
  name: shaped('the name of a stack such as NotAfter', /^[A-Za-z][A-Za-z0-9-]{0,127}$/).default(
    DEFAULT_DEPLOYMENT.stack.name,
  ),
  throwAway: z.boolean().default(DEFAULT_DEPLOYMENT.stack.throwAway),
  dashboard: z.boolean().default(DEFAULT_DEPLOYMENT.stack.dashboard),
  key: shaped('the ARN of a KMS key', /^arn:[\w-]+:kms:[a-z0-9-]+:\d{12}:key\/[\w-]+$/).exactOptional(),
  logDays: z
    .int()
    .refine((days) => LOG_DAYS.includes(days), `wanted one of ${LOG_DAYS.join(', ')} days`)
    .default(DEFAULT_DEPLOYMENT.stack.logDays),
});
