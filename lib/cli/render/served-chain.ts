import { type Certificate, certificateLabel } from '../../core/certificate.ts';
import type { EndpointContent, ServedChain } from '../../core/content.ts';
import type { StartTls } from '../../core/endpoint.ts';
import { escapeForTerminal } from '../../core/printable.ts';
import { addressesText } from './addresses.ts';
import { certificateDetails, detailLines } from './certificate.ts';
import type { Paint } from './color.ts';
import { revocationText } from './revocation.ts';
import { padTo, textWidth } from './text-width.ts';
import { instantText, remainingText } from './time.ts';

/** How what an endpoint serves is drawn. */
export interface ChainView {
  readonly now: Date;
  readonly paint: Paint;
  readonly certificates: ReadonlyMap<string, Certificate>;
  /** How the endpoint is asked for TLS. */
  readonly starttls: StartTls | null;
}

/** Each chain that current clients get, as lines of a card. What only others get is among the `deepDetails`. */
export function chainLines({ chains, inquiry }: EndpointContent, view: ChainView): string[] {
  return chains
    .filter((chain) => chain.otherKey === undefined)
    .flatMap((chain) => {
      const [fingerprint = ''] = chain.certificates;
      const leaf = view.certificates.get(fingerprint);
      const facts =
        leaf === undefined
          ? [['sha256', fingerprint] as const]
          : certificateDetails(leaf).filter(([what]) => what !== 'subject');
      const status = inquiry?.revocation?.[fingerprint];
      return [
        ...labelled('chain', hierarchy(chain, view), view.paint),
        ...detailLines(
          [
            ...facts,
            ...(status === undefined ? [] : [['revocation', revocationText(status)] as const]),
            ['tls', tlsText(chain, view.starttls)],
            ['addresses', `${addressesText(chain)}${lastSeenText(chain)}`],
          ],
          view.paint,
        ),
      ];
    });
}

function tlsText(chain: ServedChain, starttls: StartTls | null): string {
  const parts = [
    chain.protocol,
    chain.cipher,
    chain.keyExchangeGroup,
    starttls === null ? null : `asked for in ${starttls}`,
    chain.legacy ? 'refused by current clients' : null,
    clientText(chain),
  ];
  return escapeForTerminal(parts.filter((part) => part !== null).join(', '));
}

function clientText(chain: ServedChain): string | null {
  const { clientCertificateRequired, clientCertificateRequested, clientCertificateRefused } = chain;
  if (clientCertificateRefused) return 'client certificate refused';
  if (clientCertificateRequired) return 'client certificate required';
  return clientCertificateRequested ? 'client certificate asked for' : null;
}

function lastSeenText({ lastSeenAt }: ServedChain): string {
  return lastSeenAt === undefined ? '' : ` (silent; last seen ${instantText(lastSeenAt)})`;
}

/** The presented chain as sent, each with its end, then the anchor that was found for it. */
function hierarchy(chain: ServedChain, { certificates, now }: ChainView): string[] {
  const { anchor } = chain;
  const part = (fingerprint: string, index: number) => {
    if (fingerprint === anchor?.fingerprint) return ' (trust anchor)';
    return chain.path.includes(index) ? '' : ' (not needed)';
  };
  const rows = chain.certificates.map((fingerprint, index) => {
    const certificate = certificates.get(fingerprint);
    const stray = part(fingerprint, index);
    return certificate === undefined
      ? [`${fingerprint.slice(0, 16)}${stray}`, '']
      : [`${escapeForTerminal(certificateLabel(certificate))}${stray}`, remainingText(certificate, now)];
  });
  if (anchor === null) rows.push(['(no trust anchor known here)', '']);
  else if (!chain.certificates.includes(anchor.fingerprint)) {
    const end = remainingText({ notBefore: null, notAfter: anchor.notAfter }, now);
    rows.push([`${escapeForTerminal(anchor.subject)} (trust anchor, not sent)`, end]);
  }
  const width = Math.max(...rows.map(([name = '']) => textWidth(name)));
  return rows.map(([name = '', end]) => `${padTo(name, width)}  ${end}`.trimEnd());
}

function labelled(what: string, lines: readonly string[], paint: Paint): string[] {
  return lines.map((line, index) => `${paint('faint', (index === 0 ? what : '').padEnd(10))}${line}`);
}
