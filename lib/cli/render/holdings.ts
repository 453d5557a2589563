import type { Certificate } from '../../core/certificate.ts';
import type { Content } from '../../core/content.ts';
import { escapeForTerminal } from '../../core/printable.ts';
import { labelText } from './certificate.ts';
import { remainingText } from './time.ts';

/** What a target that is no endpoint holds, as `[what, value]`: what AWS says of it, then every certificate. */
export function holdingDetails(
  content: Exclude<Content, { kind: 'endpoint' }>,
  certificates: ReadonlyMap<string, Certificate>,
  now: Date,
): [string, string][] {
  const name = (fingerprint: string) => {
    const certificate = certificates.get(fingerprint);
    return certificate === undefined
      ? fingerprint.slice(0, 16)
      : `${labelText(certificate)}  ${remainingText(certificate, now)}  ${fingerprint.slice(0, 16)}`;
  };
  return [
    ...factDetails(content),
    ...content.certificates.map((fingerprint, index): [string, string] => [
      index === 0 ? 'holds' : '',
      name(fingerprint),
    ]),
  ];
}

/** What AWS says beside the certificates. */
function factDetails(content: Exclude<Content, { kind: 'endpoint' }>): [string, string][] {
  switch (content.kind) {
    case 'acm': {
      const { status, type, inUse, usedBy, renews, renewal, reason } = content;
      const renewing = renews ? `by ACM${renewal === null ? '' : `, ${renewal}`}` : 'not by ACM';
      return [
        ['status', escapeForTerminal(`${status}, ${type}`)],
        ['renewed', escapeForTerminal(`${renewing}${reason === null ? '' : ` (${reason})`}`)],
        ['used by', escapeForTerminal(inUse === false ? 'nothing' : usedBy.join(', ') || 'unknown', 600)],
      ];
    }
    case 'domain': {
      const { endpointType, status, certificateArn, truststore } = content;
      return [
        ['domain', escapeForTerminal(`${endpointType}, ${status ?? 'no status'}`)],
        ['serves', escapeForTerminal(certificateArn ?? 'no certificate that it names')],
        ...(truststore === null
          ? []
          : [
              [
                'accepts',
                escapeForTerminal(`${truststore.uri}, version ${truststore.version ?? 'not named'}`),
              ] as [string, string],
            ]),
      ];
    }
    case 'truststore':
    case 'file':
      return (content.loaded?.versions ?? []).map(({ version, domains }) => [
        'loaded',
        escapeForTerminal(`version ${version ?? 'not named'} by ${domains.join(', ')}`, 600),
      ]);
    default:
      return [];
  }
}
