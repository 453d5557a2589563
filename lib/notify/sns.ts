import { PublishCommand, type PublishCommandInput, type SNSClient } from '@aws-sdk/client-sns';
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
}

type PublicationAttribute = 'severity' | 'owner' | 'kind' | 'rung' | 'event';

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

/** Hands digests to an SNS topic, from where mail, text messages and queues get them: one publication per digest. */
export function snsChannel(
  client: SNSClient,
  topic: string,
  pause: (ms: number) => Promise<void> = (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
): Channel {
  let first = true;
  return {
    name: 'sns',
    async deliver(digest) {
      if (!first) await pause(GAP_MS);
      first = false;
      await publish(client, topic, publicationOf(digest));
    },
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
  return {
    TopicArn: topic,
    Subject: plain(`NotAfter: ${publication.title}`, LONGEST_SUBJECT),
    MessageStructure: 'json',
    Message: JSON.stringify({ default: mail, email: mail, sms: smsOf(publication.sms) }),
    MessageAttributes: Object.fromEntries(attributes),
  };
}

function publicationOf(digest: Digest): Publication {
  const worst = digest.alerts.toSorted((a, b) => rungRank(b.rung) - rungRank(a.rung))[0];
  return {
    title: digestTitle(digest),
    lines: [
      ...digestText(digest, { width: 78, paint: (_tone, text) => text }),
      '',
      ...FOOTER,
      `id: ${digest.id}`,
    ],
    sms: worst === undefined ? digestTitle(digest) : smsText(worst, digest),
    attributes: {
      severity: digest.severity,
      owner: digest.owner ?? '-',
      kind: digest.class,
      rung: worst?.rung ?? 'notice',
      event: worst?.event ?? digest.class,
    },
  };
}

const FOOTER = ['notafter show TARGET --table TABLE tells everything that is known of one of these.'];

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
};
