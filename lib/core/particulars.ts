/** What a person needs to know of an ending certificate beside its date: who is cut off, who issued it, what mends it. */
import type { Content } from './content.ts';
import { isBundle } from './content.ts';
import { type Finding, MAX_AFFECTED } from './finding.ts';
import type { Judged } from './judged.ts';
import { shellCommand } from './shell-command.ts';
import type { Subject } from './subject.ts';
import type { AwsTarget } from './target.ts';

type Particulars = Pick<
  Finding,
  'fingerprint' | 'notAfter' | 'label' | 'issuer' | 'affects' | 'command' | 'lastSeenAt'
>;

/** The facts about one judged certificate that every message about its end carries. */
export function particularsOf(judged: Judged, { target, content }: Subject): Particulars {
  const { fingerprint, label, issuer, notAfter } = judged;
  const affects = affectedBy(fingerprint, content);
  const command = judged.isIdle || judged.hasTwin ? undefined : commandFor(judged, target, content);
  return {
    fingerprint,
    label,
    ...(judged.lastSeenAt === undefined ? {} : { lastSeenAt: judged.lastSeenAt }),
    ...(notAfter === null ? {} : { notAfter }),
    ...(issuer === null || issuer === '' ? {} : { issuer }),
    ...(affects.length === 0 ? {} : { affects: affects.slice(0, MAX_AFFECTED) }),
    ...(command === undefined ? {} : { command }),
  };
}

/** The domains behind a truststore, what uses a certificate of ACM. An endpoint speaks for itself. */
function affectedBy(fingerprint: string, content: Content | null): readonly string[] {
  if (content?.kind === 'acm') return content.usedBy;
  if (!isBundle(content) || content.loaded === undefined) return [];
  const using = content.loaded.versions.filter(({ certificates }) => certificates.includes(fingerprint));
  return [...new Set(using.flatMap(({ domains }) => domains))].sort();
}

function commandFor(judged: Judged, target: Subject['target'], content: Content | null): string | undefined {
  switch (target.kind) {
    case 'acm':
      return acmCommand(target, judged);
    case 'client-certificate':
      return shellCommand(['aws', 'apigateway', 'generate-client-certificate', ...region(target)]);
    case 'truststore':
      return isBundle(content) ? truststoreCommand(judged, target.path, content) : undefined;
    default:
      return undefined;
  }
}

/** One that ACM renews is looked at; one that was imported is imported again, under the same ARN. */
function acmCommand(target: AwsTarget, { silentUntil, position }: Judged): string | undefined {
  const arn = ['--certificate-arn', target.arn, ...region(target)];
  if (silentUntil !== null) return shellCommand(['aws', 'acm', 'describe-certificate', ...arn]);
  if (position !== 'leaf') return undefined;
  const files = ['certificate', 'private-key', 'certificate-chain'].flatMap((part) => [
    `--${part}`,
    `fileb://${part}.pem`,
  ]);
  return shellCommand(['aws', 'acm', 'import-certificate', ...arn, ...files]);
}

/** API Gateway reads a truststore only when a domain is updated: to upload it is half of the work. */
function truststoreCommand(
  { position }: Judged,
  path: string,
  { loaded }: Extract<Content, { kind: 'truststore' | 'file' }>,
): string | undefined {
  if (position !== 'member' || loaded === undefined || !path.startsWith('s3://')) return undefined;
  return shellCommand(['aws', 's3', 'cp', 'truststore.pem', path]);
}

function region({ place }: AwsTarget): readonly string[] {
  return ['--region', place.region];
}
