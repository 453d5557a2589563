import {
  type ACMClient,
  type CertificateDetail,
  CertificateKeyPairOrigin,
  CertificateStatus,
  type CertificateSummary,
  DescribeCertificateCommand,
  GetCertificateCommand,
  KeyAlgorithm,
  ListCertificatesCommand,
  ListTagsForCertificateCommand,
} from '@aws-sdk/client-acm';
import type { Certificate } from '../../core/certificate.ts';
import type { AcmContent } from '../../core/content.ts';
import { type AcmFacts, type AcmObservation, MAX_USERS } from '../../core/observation.ts';
import type { Failure } from '../../core/reason.ts';
import type { BlindSpot } from '../../core/run.ts';
import type { AwsPlace, AwsTarget } from '../../core/target.ts';
import { readBundle } from '../../x509/bundle.ts';
import { acmTargetId } from './acm-target.ts';
import { failureOf } from './failure.ts';
import { denialRemedy, type Listed, type Listing } from './listing.ts';
import type { PlaceClients } from './place-clients.ts';

/** What is remembered of a certificate, so that an unchanged one need not be fetched again. */
export interface KnownAcm {
  readonly content: AcmContent;
  /** Leaf first, as in the content. */
  readonly certificates: readonly Certificate[];
}

export interface AcmOptions {
  readonly known: (targetId: string) => Promise<KnownAcm | undefined>;
  readonly now: () => Date;
  /** Ask for the tags of every certificate, at one request each. */
  readonly tags?: boolean;
}

/** RSA keys of 1024 and 2048 bits only, without this. */
const KEY_TYPES = Object.values(KeyAlgorithm);
/** No certificate that was issued over ACME, without this. */
const ORIGINS = Object.values(CertificateKeyPairOrigin);
const PAGE = 1_000;

/** Renewal begins 60 days ahead of the end at the earliest; before that there is nothing new to be told of one. */
const RENEWAL_MS = 60 * 86_400_000;

const MAX_BLIND = 20;

/** Every certificate of ACM in one account and region, whatever its key, origin and status. */
export async function* listAcm(clients: PlaceClients, options: AcmOptions): Listing {
  const { acm, place } = clients;
  const blind: BlindSpot[] = [];
  let token: string | undefined;
  let untold: Failure | undefined;
  try {
    do {
      const page = await acm.send(
        new ListCertificatesCommand({
          Includes: { keyTypes: KEY_TYPES },
          CertificateKeyPairOrigins: ORIGINS,
          CertificateStatuses: Object.values(CertificateStatus),
          MaxItems: PAGE,
          NextToken: token,
        }),
      );
      for (const summary of page.CertificateSummaryList ?? []) {
        const arn = summary.CertificateArn;
        if (arn === undefined) continue;
        const target = acmTarget(arn, place, summary.DomainName);
        const tags = options.tags === true ? await tagsOf(acm, arn) : {};
        if (tags instanceof Error) {
          // It went while it was listed; or it cannot be told whose it is, and then the listing is not complete.
          if (tags.name === 'ResourceNotFoundException') continue;
          untold ??= failureOf(tags);
          if (blind.length < MAX_BLIND)
            blind.push({
              what: arn,
              failure: failureOf(tags),
              remedy: denialRemedy(['acm:ListTagsForCertificate'], arn),
            });
          continue;
        }
        const listed = await readOne(acm, { ...target, tags }, summary, options);
        const { failure } = listed.observation;
        if (failure !== undefined && blind.length < MAX_BLIND) {
          const actions = ['acm:DescribeCertificate', 'acm:GetCertificate'];
          blind.push({ what: arn, failure, remedy: denialRemedy(actions, arn) });
        }
        yield listed;
      }
      token = page.NextToken;
    } while (token !== undefined);
  } catch (error) {
    return { complete: false, failure: failureOf(error), blind };
  }
  return untold === undefined ? { complete: true, blind } : { complete: false, failure: untold, blind };
}

/** The tags of a certificate, or why they cannot be read: without them it would go to another owner. */
async function tagsOf(acm: ACMClient, arn: string): Promise<Readonly<Record<string, string>> | Error> {
  try {
    const { Tags: tags = [] } = await acm.send(new ListTagsForCertificateCommand({ CertificateArn: arn }));
    return Object.fromEntries(tags.map(({ Key: key = '', Value: value = '' }) => [key, value]));
  } catch (error) {
    return error as Error;
  }
}

/** The target of a certificate in ACM. */
function acmTarget(arn: string, place: AwsPlace, name = arn): AwsTarget {
  return { kind: 'acm', id: acmTargetId(arn, place), place, arn, name, owner: null, tags: {} };
}

type ListedAcm = Listed & { readonly observation: AcmObservation };

async function readOne(
  acm: ACMClient,
  target: AwsTarget,
  summary: CertificateSummary,
  { known: recall, now }: AcmOptions,
): Promise<ListedAcm> {
  const observedAt = now();
  try {
    const known = await recall(target.id);
    const detail = needsDetail(summary, known, observedAt) ? await describe(acm, target.arn) : undefined;
    const facts = detail === undefined ? keptFacts(summary, known) : factsOf(summary, detail);
    const certificates = isSame(summary, detail, known)
      ? (known?.certificates ?? [])
      : await fetchCertificates(acm, target.arn, facts.status);
    return { target, observation: { kind: 'acm', observedAt, certificates, ...facts } };
  } catch (error) {
    const failure = failureOf(error);
    const observation = {
      kind: 'acm',
      observedAt,
      certificates: [],
      ...keptFacts(summary, undefined),
      failure,
    } as const;
    return { target, observation };
  }
}

/** Ten descriptions per second are all there is: only what is new, has changed, or may be renewed right now. */
function needsDetail(summary: CertificateSummary, known: KnownAcm | undefined, now: Date): boolean {
  if (known === undefined || summary.Status !== 'ISSUED') return true;
  const { content } = known;
  if (content.status !== summary.Status || content.inUse !== (summary.InUse ?? null)) return true;
  if (content.renewal !== null && content.renewal !== 'SUCCESS') return true;
  if (!sameDates(summary, known)) return true;
  return summary.NotAfter === undefined || summary.NotAfter.getTime() - now.getTime() < RENEWAL_MS;
}

function sameDates(summary: CertificateSummary, { certificates: [leaf] }: KnownAcm): boolean {
  return (
    leaf !== undefined &&
    sameInstant(leaf.notBefore, summary.NotBefore) &&
    sameInstant(leaf.notAfter, summary.NotAfter)
  );
}

function sameInstant(text: string | null, date: Date | undefined): boolean {
  return text !== null && date !== undefined && Math.abs(Date.parse(text) - date.getTime()) < 1_000;
}

/** Whether the certificate under the ARN is the one that is known: by its serial number where that was told. */
function isSame(
  summary: CertificateSummary,
  detail: CertificateDetail | undefined,
  known: KnownAcm | undefined,
): boolean {
  if (known === undefined || !sameDates(summary, known)) return false;
  const serial = detail?.Serial?.replaceAll(':', '').replace(/^0+/, '').toLowerCase();
  return serial === undefined || serial === known.certificates[0]?.serialNumber.replace(/^0+/, '');
}

async function describe(acm: ACMClient, arn: string): Promise<CertificateDetail> {
  const { Certificate: detail } = await acm.send(new DescribeCertificateCommand({ CertificateArn: arn }));
  return detail ?? {};
}

function factsOf(summary: CertificateSummary, detail: CertificateDetail): AcmFacts {
  const { InUseBy: usedBy, RenewalSummary: renewal } = detail;
  return {
    status: detail.Status ?? summary.Status ?? 'UNKNOWN',
    type: detail.Type ?? summary.Type ?? 'UNKNOWN',
    inUse: usedBy === undefined ? (summary.InUse ?? null) : usedBy.length > 0,
    usedBy: (usedBy ?? []).toSorted().slice(0, MAX_USERS),
    renews: (detail.RenewalEligibility ?? summary.RenewalEligibility) === 'ELIGIBLE',
    renewal: renewal?.RenewalStatus ?? null,
    reason: renewal?.RenewalStatusReason ?? detail.FailureReason ?? null,
  };
}

function keptFacts(summary: CertificateSummary, known: KnownAcm | undefined): AcmFacts {
  return {
    status: summary.Status ?? 'UNKNOWN',
    type: summary.Type ?? 'UNKNOWN',
    inUse: summary.InUse ?? null,
    usedBy: known?.content.usedBy ?? [],
    renews: summary.RenewalEligibility === 'ELIGIBLE',
    renewal: known?.content.renewal ?? null,
    reason: known?.content.reason ?? null,
  };
}

/** Statuses under which a certificate was never issued: asking for it is an error. */
const UNISSUED: ReadonlySet<string> = new Set(['PENDING_VALIDATION', 'FAILED', 'VALIDATION_TIMED_OUT']);

async function fetchCertificates(
  acm: ACMClient,
  arn: string,
  status: string,
): Promise<readonly Certificate[]> {
  if (UNISSUED.has(status)) return [];
  const { Certificate: leaf = '', CertificateChain: chain = '' } = await acm.send(
    new GetCertificateCommand({ CertificateArn: arn }),
  );
  return readBundle(Buffer.from(`${leaf}\n${chain}`)).certificates;
}
