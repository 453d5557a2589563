import type {
  AddressObservation,
  Answer,
  DeepLook,
  EndpointObservation,
  PresentedChain,
  TlsVersion,
} from '../../core/observation.ts';
import { TLS_VERSIONS } from '../../core/observation.ts';
import type { Reason } from '../../core/reason.ts';
import type { Speak } from './address-group.ts';
import type { How } from './attempts.ts';
import type { Beginner } from './begin.ts';
import type { ClientAuthorities } from './tap.ts';
import type { Visit } from './visits.ts';

/** Answers that mean no, where silence means nothing. */
const REFUSALS: ReadonlySet<Reason> = new Set([
  'protocol_version',
  'handshake_failed',
  'connection_reset',
  'connection_closed',
  'no_certificate',
]);

export interface DeepOptions {
  readonly beginner: Beginner;
  /** Whether there is a name to leave out. */
  readonly hasName: boolean;
  readonly pay: (visit: Omit<Visit, 'budgetMs'>) => Promise<readonly AddressObservation[]>;
}

/** Holds further conversations with the addresses that answered. What they answered before stays as it is. */
export async function lookDeeper(
  observation: EndpointObservation,
  { beginner, hasName, pay }: DeepOptions,
): Promise<EndpointObservation> {
  const answers = new Map<string, Answer>();
  for (const { address, answer } of observation.addresses)
    if (answer !== undefined) answers.set(address, answer);
  const [representative] = answers.keys();
  let deep: DeepLook | undefined;

  const look: Visit['look'] = async (speak, address) => {
    const shown = observation.addresses.find((each) => each.address === address) as AddressObservation;
    const answer = answers.get(address) as Answer;
    const other = await askForOtherKey(speak, answer);
    if (address !== representative) return withMore(shown, { other });
    const unnamed = hasName ? await askWithoutName(speak, answer) : undefined;
    deep = await askForVersions(
      speak,
      answer,
      () => beginner.overheard(address)?.clientAuthorities() ?? null,
    );
    return withMore(shown, { other, unnamed });
  };

  const looked = await pay({ addresses: [...answers.keys()], begin: beginner.begin, look });
  // A visit that could not be paid takes nothing back.
  const deeper = new Map(
    looked.filter(({ answer }) => answer !== undefined).map((each) => [each.address, each]),
  );
  return {
    ...observation,
    addresses: observation.addresses.map((each) => deeper.get(each.address) ?? each),
    ...(deep === undefined ? {} : { deep }),
  };
}

/** Undefined where there is nothing else, which is an answer; silence is none. */
type Told<What> = What | undefined | 'unknown';

function withMore(
  shown: AddressObservation,
  { other, unnamed }: { readonly other: Told<Answer>; readonly unnamed?: Told<PresentedChain> },
): AddressObservation {
  const unanswered = [
    ...(other === 'unknown' ? (['otherKey'] as const) : []),
    ...(unnamed === 'unknown' ? (['unnamed'] as const) : []),
  ];
  return {
    ...shown,
    ...(other === undefined || other === 'unknown' ? {} : { otherKey: other }),
    ...(unnamed === undefined || unnamed === 'unknown' ? {} : { unnamed }),
    ...(unanswered.length === 0 ? {} : { unanswered }),
  };
}

/** The certificate for clients that verify the other kind of signature: many servers hold one of each. */
async function askForOtherKey(speak: Speak<How>, answer: Answer): Promise<Told<Answer>> {
  const manner = answer.chain.certificates[0]?.keyAlgorithm.startsWith('RSA') ? 'ecdsa' : 'rsa';
  return unlessSame(await speak({ manner, named: true }), answer);
}

/** What is shown to a client that sends no name, where it is another leaf. */
async function askWithoutName(speak: Speak<How>, answer: Answer): Promise<Told<PresentedChain>> {
  const told = unlessSame(await speak({ manner: 'usual', named: false }), answer);
  return typeof told === 'object' ? told.chain : told;
}

function unlessSame(seen: AddressObservation, usual: Answer): Told<Answer> {
  if (isSpoken(seen) === null) return 'unknown';
  return leafOf(seen.answer) === leafOf(usual) ? undefined : seen.answer;
}

function leafOf(answer: Answer | undefined): string | undefined {
  return answer?.chain.certificates[0]?.fingerprint;
}

/** Every version in turn, newest first. One that was agreed on before is not asked for again, but for TLS 1.2's CA names. */
async function askForVersions(
  speak: Speak<How>,
  answer: Answer,
  overheard: () => ClientAuthorities | null,
): Promise<DeepLook> {
  const versions: Record<TlsVersion, boolean | null> = {
    'TLSv1.3': null,
    'TLSv1.2': null,
    'TLSv1.1': null,
    TLSv1: null,
  };
  let authorities: Authorities = {};
  const wantsClient = answer.clientCertificateRequested === true;
  for (const version of TLS_VERSIONS) {
    const known = answer.protocol === version;
    versions[version] = known;
    if (known && !(version === 'TLSv1.2' && wantsClient)) continue;
    const seen = await speak({ manner: version, named: true });
    if (!known) versions[version] = isSpoken(seen);
    if (version === 'TLSv1.2') authorities = authoritiesIn(seen, overheard);
  }
  return { versions, ...authorities };
}

type Authorities = Pick<DeepLook, 'clientAuthorities' | 'moreAuthorities' | 'authoritiesUnknown'>;

/** Of the conversation in TLS 1.2. What was overheard of one that came to nothing may be anything. */
function authoritiesIn(seen: AddressObservation, overheard: () => ClientAuthorities | null): Authorities {
  const { answer } = seen;
  if (isSpoken(seen) === null || answer?.brokenOff !== undefined) return { authoritiesUnknown: true };
  const heard = answer === undefined ? null : overheard();
  if (heard === null) return {};
  const { names, more } = heard;
  return { clientAuthorities: names, ...(more === 0 ? {} : { moreAuthorities: more }) };
}

/** Certificates that were overheard of a server that then insisted on another version speak of that one. */
function isSpoken({ answer, failure }: AddressObservation): boolean | null {
  if (answer !== undefined) return answer.brokenOff?.reason !== 'protocol_version';
  return failure !== undefined && REFUSALS.has(failure.reason) ? false : null;
}
