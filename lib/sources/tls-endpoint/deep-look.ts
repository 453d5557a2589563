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
    const otherKey = await askForOtherKey(speak, answer);
    const more = otherKey === undefined ? shown : { ...shown, otherKey };
    if (address !== representative) return more;
    const unnamed = hasName ? await askWithoutName(speak, answer) : undefined;
    deep = await askForVersions(speak, answer, () => beginner.overheard()?.clientAuthorities() ?? null);
    return unnamed === undefined ? more : { ...more, unnamed };
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

/** The certificate for clients that verify the other kind of signature: many servers hold one of each. */
async function askForOtherKey(speak: Speak<How>, answer: Answer): Promise<Answer | undefined> {
  const leaf = answer.chain.certificates[0];
  const manner = leaf?.keyAlgorithm.startsWith('RSA') ? 'ecdsa' : 'rsa';
  const other = (await speak({ manner, named: true })).answer;
  return other?.chain.certificates[0]?.fingerprint === leaf?.fingerprint ? undefined : other;
}

/** What is shown to a client that sends no name, where it is another leaf. */
async function askWithoutName(speak: Speak<How>, answer: Answer): Promise<PresentedChain | undefined> {
  const chain = (await speak({ manner: 'usual', named: false })).answer?.chain;
  return chain?.certificates[0]?.fingerprint === answer.chain.certificates[0]?.fingerprint
    ? undefined
    : chain;
}

/** Every version in turn, newest first. One that was agreed on before is not asked for again, but for TLS 1.2's CA names. */
async function askForVersions(
  speak: Speak<How>,
  answer: Answer,
  clientAuthorities: () => readonly string[] | null,
): Promise<DeepLook> {
  const versions: Record<TlsVersion, boolean | null> = {
    'TLSv1.3': null,
    'TLSv1.2': null,
    'TLSv1.1': null,
    TLSv1: null,
  };
  const wantsClient = answer.clientCertificateRequested === true;
  for (const version of TLS_VERSIONS) {
    const known = answer.protocol === version;
    versions[version] = known;
    if (known && !(version === 'TLSv1.2' && wantsClient)) continue;
    const spoken = isSpoken(await speak({ manner: version, named: true }));
    if (!known) versions[version] = spoken;
  }
  const authorities = clientAuthorities();
  return { versions, ...(authorities === null ? {} : { clientAuthorities: authorities }) };
}

function isSpoken({ answer, failure }: AddressObservation): boolean | null {
  if (answer !== undefined) return true;
  return failure !== undefined && REFUSALS.has(failure.reason) ? false : null;
}
