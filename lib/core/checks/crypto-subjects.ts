import type { Certificate } from '../certificate.ts';
import type { Subject } from '../subject.ts';

/**
 * The certificates whose key and signature matter: the line of issuers of every chain, all of a truststore or file.
 * Each once.
 */
export function* certificatesThatCount(subject: Subject): Generator<Certificate> {
  const content = subject.content;
  if (content === null) return;
  const fingerprints =
    content.kind === 'endpoint'
      ? content.chains.flatMap((chain) => chain.path.map((index) => chain.certificates[index] ?? ''))
      : content.certificates;
  for (const fingerprint of new Set(fingerprints)) {
    const certificate = subject.certificate(fingerprint);
    if (certificate !== undefined) yield certificate;
  }
}
