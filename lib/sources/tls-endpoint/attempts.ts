import type { AddressObservation, Answer } from '../../core/observation.ts';
import type { Reason } from '../../core/reason.ts';
import type { Speak } from './address-group.ts';
import { isUsual, type Manner } from './context.ts';

/** One way to speak to a server. */
export interface How {
  readonly manner: Manner;
  /** Whether the name is sent. */
  readonly named: boolean;
}

const USUAL: How = { manner: 'usual', named: true };

/** How a server ends the conversation that is too old for a current client, or does not know the name. */
const ASK_AGAIN: ReadonlySet<Reason> = new Set([
  'name_refused',
  'protocol_version',
  'handshake_failed',
  'connection_reset',
  'connection_closed',
]);

/**
 * One handshake where it succeeds. A server that breaks it off is asked again as an old client would, and then without
 * a name: a reset, a plain close and a refused name look alike, and each of them may hide a certificate.
 *
 * @param hasName Whether there is a name to leave out.
 */
export async function lookAtAddress(speak: Speak<How>, hasName: boolean): Promise<AddressObservation> {
  const first = await speak(USUAL);
  if (first.answer !== undefined) return isBare(first.answer) ? againForStaple(first, speak) : first;
  if (first.failure === undefined || !ASK_AGAIN.has(first.failure.reason)) return first;
  // A server that speaks of the name is not too old.
  const legacy =
    first.failure.reason === 'name_refused' ? first : await speak({ manner: 'legacy', named: true });
  if (legacy.answer !== undefined) {
    const { answer } = legacy;
    return {
      ...legacy,
      answer: isLegacy(answer) ? { ...answer, legacy: true } : answer,
      elapsedMs: took(first, legacy),
    };
  }
  if (!hasName) return first;
  const unnamed = await speak({ manner: 'legacy', named: false });
  if (unnamed.answer === undefined) return first;
  const { reason, detail = reason } = first.failure;
  return {
    address: first.address,
    failure: { reason: 'name_refused', detail },
    unnamed: unnamed.answer.chain,
    elapsedMs: took(first, legacy, unnamed),
  };
}

/** Whether a staple is missing that the certificate demands. */
function isBare({ chain }: Answer): boolean {
  return chain.certificates[0]?.mustStaple === true && chain.staple === undefined;
}

/** Many servers fetch a staple when the first client has asked for it: who asks second gets it. */
async function againForStaple(first: AddressObservation, speak: Speak<How>): Promise<AddressObservation> {
  const second = await speak(USUAL);
  return second.answer?.chain.staple === undefined ? first : { ...second, elapsedMs: took(first, second) };
}

/**
 * Whether it took what a current client does not offer. A server that agreed on something usual had just failed for a
 * moment, and certificates that could be overheard this time do not make it an old one.
 */
function isLegacy(answer: Answer): boolean {
  return answer.brokenOff === undefined && !answer.clientCertificateRequired && !isUsual(answer);
}

function took(...observations: readonly AddressObservation[]): number {
  return observations.reduce((sum, { elapsedMs }) => sum + elapsedMs, 0);
}
