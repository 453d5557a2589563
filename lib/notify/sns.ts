import { PublishCommand, type PublishCommandInput, type SNSClient } from '@aws-sdk/client-sns';
import { TEXTED } from '../config/texted-rungs.ts';
import type { Alert, Digest } from '../core/alert.ts';
import { formatDuration } from '../core/duration.ts';
import { rungRank } from '../core/ladder.ts';
import { targetLabel } from '../core/target.ts';
import type { Channel } from './channel.ts';
import { digestText, digestTitle } from './digest-text.ts';

/** What one publication carries, in our own words. */
export interface Publication {
  /** Becomes the subject of a mail: plain text of ours. */
  readonly title: string;
  /** The mail, a line an element. */
  readonly lines: readonly string[];
  /** The text message; cut to one part. */
  readonly sms: string;
  /** What subscriptions filter on. */
  readonly attributes: Readonly<Record<PublicationAttribute, string>>;
  /** Instead of the one owner of the attributes: it goes to the routes of all of these. */
  readonly owners?: readonly string[];
}

/** `sms` is `yes` where text messages may go out: subscriptions of phones ask for it. */
type PublicationAttribute = 'severity' | 'owner' | 'kind' | 'rung' | 'event' | 'sms';

/** "UTF-8 text with no line breaks or control characters, and less than 100 characters long" (SNS Publish). */
const LONGEST_SUBJECT = 99;

/** A longer mail is read by nobody. */
const MOST_LINES = 200;

/** 256 KiB hold the message with its attributes; escapes in JSON can double a text, and it is there twice. */
const LONGEST_MAIL = 50_000;

/** One part of a text message in the GSM 7-bit alphabet (3GPP TS 23.038). */
const LONGEST_SMS = 160;

/** More than ten mails a second suspend a subscription; this is far from it, whoever else publishes. */
const GAP_MS = 500;

export interface SnsOptions {
  /** Name of the inventory's table, for the commands that a mail names. */
  readonly table: string;
  /** ARN of the topic that the daily canary is published to; it is not taken where absent. */
  readonly canaryTopic?: string;
  /** Owners with phones of their own. */
  readonly textedOwners?: readonly string[];
  /** Decides about the text messages of a digest that would cause some. All are sent without one. */
  readonly allowTexts?: (digest: Digest) => Promise<TextVerdict>;
  readonly pause?: (ms: number) => Promise<void>;
}

/** Whether text messages of a digest go out, or one that says that there will be no more, or none. */
export type TextVerdict = 'texts' | 'last-text' | 'no-texts';

/** Hands digests to an SNS topic, from where mail, text messages and queues get them: one publication per digest. */
export function snsChannel(client: SNSClient, topic: string, options: SnsOptions): Channel {
  const pause = options.pause ?? ((ms) => new Promise((resolve) => setTimeout(resolve, ms)));
  let first = true;
  const send = async (publication: Publication, to = topic) => {
    if (!first) await pause(GAP_MS);
    first = false;
    await publish(client, to, publication);
  };
  return {
    name: 'sns',
    ...(options.canaryTopic === undefined ? {} : { takesCanaries: true }),
    async deliver(digest) {
      const publication = publicationOf(digest, options.table);
      if (digest.class === 'canary') {
        await send(publication, options.canaryTopic);
        return;
      }
      const texts = TEXTED.has(publication.attributes.rung);
      const verdict = texts ? ((await options.allowTexts?.(digest)) ?? 'texts') : 'no-texts';
      const sms = verdict === 'texts' ? 'yes' : 'no';
      await send({ ...publication, attributes: { ...publication.attributes, sms } });
      // Behind it: where the topic takes nothing, this is not repeated with every attempt.
      if (verdict === 'last-text') await send(lastText(digest, options.textedOwners));
    },
  };
}

/** Instead of silence. It goes to every phone: none of them gets another one this month. */
function lastText({ createdAt, owner }: Digest, textedOwners: readonly string[] = []): Publication {
  const month = createdAt.slice(0, 7);
  const text = `the budget of text messages of ${month} is used; mails go on`;
  return {
    title: text,
    lines: [
      `NotAfter sends no more text messages in ${month}: ${text}.`,
      'Raise alerts.smsPerMonth in the configuration and deploy, or read the mails.',
    ],
    sms: `NotAfter: ${text}.`,
    attributes: {
      severity: 'warning',
      owner: owner ?? '-',
      kind: 'sms-budget',
      rung: 'last',
      event: 'sms-budget',
      sms: 'yes',
    },
    owners: [...new Set([owner ?? '-', ...textedOwners])],
  };
}

/** @throws Error with a sentence that names the topic. */
export async function publish(client: SNSClient, topic: string, publication: Publication): Promise<void> {
  try {
    await client.send(new PublishCommand(publishInput(topic, publication)));
  } catch (error) {
    throw topicError(error as Error, topic);
  }
}

/** The request for a publication: valid whatever the certificates behind it say. */
function publishInput(topic: string, publication: Publication): PublishCommandInput {
  const mail = mailOf(publication.lines);
  const attributes = Object.entries(publication.attributes).map(
    ([name, value]) => [name, { DataType: 'String', StringValue: attributeOf(value) }] as const,
  );
  const { owners } = publication;
  const owner =
    owners === undefined
      ? {}
      : { owner: { DataType: 'String.Array', StringValue: JSON.stringify(owners.map(attributeOf)) } };
  return {
    TopicArn: topic,
    Subject: plain(`NotAfter: ${publication.title}`, LONGEST_SUBJECT),
    MessageStructure: 'json',
    Message: JSON.stringify({ default: mail, email: mail, sms: smsOf(publication.sms) }),
    MessageAttributes: { ...Object.fromEntries(attributes), ...owner },
  };
}

function publicationOf(digest: Digest, table: string): Publication {
  const worst = digest.alerts.toSorted((a, b) => rungRank(b.rung) - rungRank(a.rung))[0];
  return {
    title: digestTitle(digest),
    lines: [
      ...digestText(digest, {
        width: 78,
        paint: (_tone, text) => text,
        commands: { options: ` --table ${table}` },
      }),
      '',
      ...(digest.owner === null ? [NOBODYS] : []),
      `notafter show TARGET --table ${table} tells everything that is known of one of these.`,
      `id: ${digest.id}`,
    ],
    sms: worst === undefined ? digestTitle(digest) : smsText(worst, digest),
    attributes: {
      severity: digest.severity,
      owner: digest.owner ?? '-',
      kind: digest.class,
      rung: worst?.rung ?? 'notice',
      event: worst?.event ?? digest.class,
      sms: 'no',
    },
  };
}

const NOBODYS =
  'Nobody is named as the owner of these: an owner, or a rule under "ownership" in the configuration, sends them to whom they belong.';

function mailOf(lines: readonly string[]): string {
  const shown = lines.slice(0, MOST_LINES);
  const omitted = lines.length - shown.length;
  const text = [...shown, ...(omitted > 0 ? [`… and ${omitted} more lines: notafter alerts`] : [])].join(
    '\n',
  );
  return (
    text.length <= LONGEST_MAIL ? text : `${text.slice(0, LONGEST_MAIL)}…\nnotafter alerts shows all of it`
  ).toWellFormed();
}

/** `CRIT 3 d api.example.com (+4)`: what, how long, where. */
function smsText(alert: Alert, digest: Digest): string {
  const name = middle(targetLabel(alert.target), 70);
  const others = digest.alerts.length + digest.omitted - 1;
  const when =
    alert.notAfter === undefined
      ? alert.check
      : timeLeft(Date.parse(alert.notAfter) - Date.parse(alert.decidedAt));
  const more = others > 0 ? ` (+${others} more)` : '';
  const word = digest.class === 'closed' ? alert.event : alert.rung;
  return `NotAfter ${word.toUpperCase()}: ${name} ${when}${more}`;
}

function timeLeft(ms: number): string {
  return ms < 0 ? `expired ${formatDuration(-ms)} ago` : `ends in ${formatDuration(ms)}`;
}

/** Beginning and end of a long name: that is where names differ. */
function middle(text: string, length: number): string {
  if (text.length <= length) return text;
  const end = Math.floor((length - 2) / 2);
  return `${text.slice(0, length - 2 - end)}..${text.slice(-end)}`;
}

/** A single other character would make it a message of 70 characters a part; `^{}[]~|\` and the like count twice. */
function smsOf(text: string): string {
  return text
    .replace(/[^ -~]/g, '?')
    .replace(/[\^{}[\]~|\\`]/g, '.')
    .slice(0, LONGEST_SMS);
}

/** Filters compare it letter by letter, so it stays what it is but for what cannot be sent. */
function attributeOf(value: string): string {
  return (
    value
      .toWellFormed()
      .replace(/\p{Cc}/gu, '')
      .slice(0, 256)
      .toWellFormed() || '-'
  );
}

function plain(text: string, length: number): string {
  return text.replace(/[^ -~]/g, '?').slice(0, length);
}

/** What went wrong with a topic, as a sentence with what to do. */
export function topicError(error: Error, topic: string): Error {
  const { name, message } = error;
  const words = sentences[name];
  const permanent = name === 'InvalidParameterException' || name === 'ValidationException';
  const text =
    words === undefined
      ? `the topic ${topic} did not take it: ${message}`
      : `${words} (${topic}: ${message})`;
  return Object.assign(new Error(text, { cause: error }), permanent ? { permanent: true } : {});
}

const sentences: Readonly<Record<string, string>> = {
  NotFoundException: 'there is no such topic: check its ARN, or deploy again',
  AuthorizationErrorException:
    'access was denied: allow sns:Publish, sns:ListSubscriptionsByTopic and sns:GetSubscriptionAttributes on it',
  KMSAccessDeniedException:
    "the topic's key may not be used: allow kms:GenerateDataKey and kms:Decrypt on it",
  ThrottledException: 'SNS asks to slow down',
  CredentialsProviderError:
    'there are no usable AWS credentials: set AWS_PROFILE, or sign in (aws sso login), before the topic can be asked',
};
