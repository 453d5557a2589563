import { certificatesIn } from '../../core/certificates-in.ts';
import { startTlsOf } from '../../core/endpoint.ts';
import type { Finding } from '../../core/finding.ts';
import type { EndpointObservation } from '../../core/observation.ts';
import { escapeForTerminal } from '../../core/printable.ts';
import { contentOf } from '../../core/summarize.ts';
import { type EndpointTarget, targetLabel } from '../../core/target.ts';
import { sampleText } from './addresses.ts';
import { detailLines } from './certificate.ts';
import type { Paint } from './color.ts';
import { deepDetails } from './deep-look.ts';
import { earliestEnd } from './earliest-end.ts';
import { findingLines, statusOf } from './findings.ts';
import { chainLines } from './served-chain.ts';
import { remainingText } from './time.ts';

/** How a card is drawn. */
export interface CardView {
  readonly now: Date;
  readonly paint: Paint;
}

/** Everything about one endpoint on a few lines, the important first; ends in an empty line. */
export function probeCard(
  target: EndpointTarget,
  observation: EndpointObservation,
  findings: readonly Finding[],
  view: CardView,
): string {
  const { paint, now } = view;
  const status = statusOf(findings);
  const notAfter = earliestEnd(observation);
  const end = notAfter === null ? '' : `  ${remainingText({ notBefore: null, notAfter }, now)}`;
  const title = `${paint('strong', escapeForTerminal(targetLabel(target.id)))}  ${paint(status, `${status}${end}`)}`;
  const content = contentOf(observation, target);
  const endpoint = content?.kind === 'endpoint' ? content : null;
  const certificates = new Map(
    Array.from(certificatesIn(observation), (certificate) => [certificate.fingerprint, certificate]),
  );
  const starttls = startTlsOf(target.endpoint);
  const lines = [
    ...findingLines(findings, paint),
    ...(endpoint === null ? [] : chainLines(endpoint, { ...view, certificates, starttls })),
    ...detailLines(
      [
        ...(endpoint === null ? [] : deepDetails(endpoint, certificates, now)),
        ...failureDetails(observation),
        ...sampleDetails(observation),
      ],
      paint,
    ),
  ];
  return `${[title, ...lines.map((line) => `  ${line}`)].join('\n')}\n\n`;
}

/** The addresses that did not answer, with the reason code that scripts know. */
function failureDetails(observation: EndpointObservation): [string, string][] {
  const details: [string, string][] = [];
  if (observation.failure !== undefined) details.push(['reason', observation.failure.reason]);
  for (const { address, failure } of observation.addresses) {
    if (failure !== undefined) details.push(['failed', `${address} ${failure.reason}`]);
  }
  return details;
}

/** Beside an answer that was not asked of every address: what the others serve is not known. */
function sampleDetails(observation: EndpointObservation): [string, string][] {
  const text = sampleText(observation);
  return text === undefined ? [] : [['sample', text]];
}
