import { type Certificate, certificateLabel } from '../../core/certificate.ts';
import { certificatesIn } from '../../core/certificates-in.ts';
import type { ServedChain } from '../../core/content.ts';
import { type StartTls, startTlsOf } from '../../core/endpoint.ts';
import type { Finding } from '../../core/finding.ts';
import type { EndpointObservation } from '../../core/observation.ts';
import { escapeForTerminal } from '../../core/printable.ts';
import { contentOf } from '../../core/summarize.ts';
import { type EndpointTarget, targetLabel } from '../../core/target.ts';
import { addressesText, sampleText } from './addresses.ts';
import { certificateDetails, detailLines } from './certificate.ts';
import type { Paint } from './color.ts';
import { deepDetails } from './deep-look.ts';
import { earliestEnd } from './earliest-end.ts';
import { findingLines, statusOf } from './findings.ts';
import { padTo, textWidth } from './text-width.ts';
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
  const starttls = startTlsOf(target.endpoint);
  const content = contentOf(observation, target);
  const chains = content?.kind === 'endpoint' ? content.chains : [];
  const certificates = new Map(
    Array.from(certificatesIn(observation), (certificate) => [certificate.fingerprint, certificate]),
  );
  const lines = [
    ...findingLines(findings, paint),
    ...chains
      .filter((chain) => chain.otherKey === undefined)
      .flatMap((chain) => chainLines(chain, certificates, { ...view, starttls })),
    ...detailLines(
      [...deepDetails(observation, now), ...failureDetails(observation), ...sampleDetails(observation)],
      paint,
    ),
  ];
  return `${[title, ...lines.map((line) => `  ${line}`)].join('\n')}\n\n`;
}

function chainLines(
  chain: ServedChain,
  certificates: ReadonlyMap<string, Certificate>,
  view: CardView & { readonly starttls: StartTls | null },
): string[] {
  const presented = chain.certificates
    .map((fingerprint) => certificates.get(fingerprint))
    .filter((certificate) => certificate !== undefined);
  const [leaf] = presented;
  const tls = [
    chain.protocol,
    chain.cipher,
    chain.keyExchangeGroup,
    view.starttls === null ? null : `asked for in ${view.starttls}`,
    chain.legacy ? 'refused by current clients' : null,
    clientText(chain),
  ].filter((part) => part !== null);
  const facts = leaf === undefined ? [] : certificateDetails(leaf).filter(([what]) => what !== 'subject');
  return [
    ...labelled('chain', hierarchy(chain, presented, view.now), view.paint),
    ...detailLines(
      [...facts, ['tls', escapeForTerminal(tls.join(', '))], ['addresses', addressesText(chain)]],
      view.paint,
    ),
  ];
}

function clientText(chain: ServedChain): string | null {
  const { clientCertificateRequired, clientCertificateRequested, clientCertificateRefused } = chain;
  if (clientCertificateRefused) return 'client certificate refused';
  if (clientCertificateRequired) return 'client certificate required';
  return clientCertificateRequested ? 'client certificate asked for' : null;
}

/** The presented chain as sent, each with its end, then the anchor that was found for it. */
function hierarchy(chain: ServedChain, presented: readonly Certificate[], now: Date): string[] {
  const rows = presented.map((certificate, index) => {
    const stray = chain.path.includes(index) ? '' : ' (not needed)';
    return [`${escapeForTerminal(certificateLabel(certificate))}${stray}`, remainingText(certificate, now)];
  });
  const { anchor } = chain;
  const last = chain.certificates[chain.path.at(-1) ?? 0];
  if (anchor === null) rows.push(['(no trust anchor known here)', '']);
  else if (anchor.fingerprint !== last) {
    const end = remainingText({ notBefore: null, notAfter: anchor.notAfter }, now);
    rows.push([`${escapeForTerminal(anchor.subject)} (trust anchor, not sent)`, end]);
  }
  const width = Math.max(...rows.map(([name = '']) => textWidth(name)));
  return rows.map(([name = '', end]) => `${padTo(name, width)}  ${end}`.trimEnd());
}

function labelled(what: string, lines: readonly string[], paint: Paint): string[] {
  return lines.map((line, index) => `${paint('faint', (index === 0 ? what : '').padEnd(10))}${line}`);
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
