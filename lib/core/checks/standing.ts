import { type Certificate, certificateLabel } from '../certificate.ts';
import type { EndpointContent, ServedChain } from '../content.ts';
import { servedWhere } from '../served-where.ts';
import type { Subject } from '../subject.ts';

/**
 * What part a certificate has in what an endpoint serves now.
 * - `issuer`: on the line of issuers, sent or not.
 * - `superfluous`: sent, and not on the line.
 */
export interface Standing {
  readonly position: 'leaf' | 'issuer' | 'superfluous';
  /** What to call it in a sentence. */
  readonly name: string;
  /** " (served by 1 of 3 addresses)", " (above api.example.com)", or nothing. */
  readonly where: string;
}

/** Null for one that is not served any more: what was asked about it is of no interest now. */
export function standingOf(fingerprint: string, content: EndpointContent, subject: Subject): Standing | null {
  const { chains } = content;
  const label = labelOf(fingerprint, subject);
  if (chains.some(({ certificates }) => certificates[0] === fingerprint)) {
    const where = servedWhere(fingerprint, content);
    return { position: 'leaf', name: label, where: where === '' ? '' : ` (${where})` };
  }
  const below = chains.find((chain) => isAbove(fingerprint, chain, subject));
  if (below !== undefined) {
    const name = below.anchor?.fingerprint === fingerprint ? below.anchor.subject : label;
    return {
      position: 'issuer',
      name: `issuer ${name}`,
      where: ` (above ${labelOf(below.certificates[0] ?? '', subject)})`,
    };
  }
  return chains.some(({ certificates }) => certificates.includes(fingerprint))
    ? { position: 'superfluous', name: `${label} in the presented chain`, where: '' }
    : null;
}

function labelOf(fingerprint: string, { certificate }: Subject): string {
  const facts = certificate(fingerprint);
  return facts === undefined ? fingerprint.slice(0, 12) : certificateLabel(facts);
}

/** On the line of issuers: sent, the anchor, or an issuer that was not sent and whose place no other one has. */
function isAbove(fingerprint: string, chain: ServedChain, { certificate }: Subject): boolean {
  if (chain.anchor?.fingerprint === fingerprint) return true;
  const line = lineOf(chain);
  if (line.includes(fingerprint)) return true;
  const unsent = certificate(fingerprint);
  if (unsent === undefined || chain.certificates.includes(fingerprint)) return false;
  const facts = line.map(certificate).filter((each): each is Certificate => each !== undefined);
  const isMissing =
    chain.anchor?.subject !== unsent.subject && !facts.some(({ subject }) => subject === unsent.subject);
  return isMissing && facts.some(({ issuer }) => issuer === unsent.subject);
}

/** The presented line of issuers, leaf first. */
export function lineOf({ certificates, path }: ServedChain): readonly string[] {
  return path.map((index) => certificates[index] ?? '');
}
