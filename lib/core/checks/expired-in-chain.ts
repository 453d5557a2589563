import { certificateLabel } from '../certificate.ts';
import type { EndpointContent } from '../content.ts';
import { formatDuration } from '../duration.ts';
import { formatInstant } from '../instant.ts';
import { judgedCertificates } from '../judged.ts';
import { isExpired, ladderPosition, remainingMs } from '../ladder.ts';
import { particularsOf } from '../particulars.ts';
import type { Subject } from '../subject.ts';
import type { Check, Opinion } from './check.ts';

/**
 * A CA in a presented chain, a truststore or a bundle is past its notAfter. On the line of issuers, or in a truststore
 * without a twin, that cuts clients off; a dead cross-sign beside a good line is information.
 */
export const expiredInChain: Check = {
  id: 'expired-in-chain',
  title: 'Expired CA in a chain or truststore',
  citation:
    'RFC 5280 §6.1.3 (a)(2); Amazon API Gateway Developer Guide, "Configuring mutual TLS authentication"',
  story: 'expiring',
  *run(subject) {
    const onTheLine = new Set<string>();
    for (const judged of judgedCertificates(subject)) {
      if (judged.position === 'leaf' || judged.notAfter === null || !isExpired(judged, subject.now)) continue;
      onTheLine.add(judged.fingerprint);
      const when = `expired ${formatDuration(-(remainingMs(judged, subject.now) ?? 0))} ago, on ${formatInstant(judged.notAfter)}`;
      const { passed } = ladderPosition(judged, judged.column, subject.target.thresholds, subject.now);
      const common = { ...particularsOf(judged, subject), passed };
      if (judged.hasTwin) {
        yield {
          ...common,
          severity: 'info',
          message: `CA ${judged.label} ${when}; a twin with the same subject and key is still valid`,
          advice: 'Remove it from the bundle when convenient.',
        };
      } else if (judged.position === 'member') {
        yield {
          ...common,
          severity: 'critical',
          rung: 'expired',
          message: `CA ${judged.label} ${when}: clients with certificates from it are refused`,
          advice: 'Replace it with its successor, or remove it if no client depends on it any more.',
        };
      } else {
        yield {
          ...common,
          severity: judged.isIdle ? 'info' : 'critical',
          rung: judged.isIdle ? null : 'expired',
          message: `issuer ${judged.label} (${judged.where}) ${when}: ${judged.stores === undefined ? 'no other line of issuers leads to a trust anchor' : 'these have no other line of issuers'}`,
          advice: 'Have the server send a current chain: the leaf is still valid, its issuer is not.',
        };
      }
    }
    if (subject.content?.kind === 'endpoint') yield* deadBesideTheLine(subject.content, subject, onTheLine);
  },
};

/** Expired certificates that were sent but that no verifier needs. */
function* deadBesideTheLine(
  content: EndpointContent,
  subject: Subject,
  onTheLine: ReadonlySet<string>,
): Generator<Opinion> {
  const seen = new Set(onTheLine);
  for (const chain of content.chains) {
    for (const [index, fingerprint] of chain.certificates.entries()) {
      const certificate = subject.certificate(fingerprint);
      if (index === 0 || certificate === undefined || seen.has(fingerprint)) continue;
      seen.add(fingerprint);
      if (chain.path.includes(index) || !isExpired(certificate, subject.now)) continue;
      yield {
        fingerprint,
        severity: 'info',
        message: `${certificateLabel(certificate)} in the presented chain expired on ${formatInstant(certificate.notAfter ?? '')}; the line of issuers does not need it`,
        advice: 'Stop sending it when convenient: some old clients stumble over it.',
      };
    }
  }
}
