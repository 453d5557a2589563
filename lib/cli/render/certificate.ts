import { type Certificate, certificateLabel } from '../../core/certificate.ts';
import { escapeForTerminal } from '../../core/printable.ts';
import type { Paint, Tone } from './color.ts';
import type { Status } from './findings.ts';
import { instantText, remainingText } from './time.ts';

/** Names shown before "and N more". */
const NAMES_SHOWN = 8;

/** What a person would call it, for a terminal. */
export function labelText(certificate: Certificate): string {
  return escapeForTerminal(certificateLabel(certificate));
}

/** `api.example.com  in 12 d 4 h`, in the colour of what is wrong with it. */
export function certificateHeadline(
  certificate: Certificate,
  view: { readonly now: Date; readonly paint: Paint; readonly status: Status },
): string {
  const remaining = remainingText(certificate, view.now);
  const tone: Tone = view.status;
  return `${view.paint('strong', labelText(certificate))}  ${view.paint(tone, remaining)}`;
}

/** Everything a certificate says about itself, as `[what, value]` in order of interest. */
export function certificateDetails(certificate: Certificate): [string, string][] {
  const { unreadable = {} } = certificate;
  const notes = Object.entries(unreadable).map(([field, reason]): [string, string] => [
    'unreadable',
    `${field}: ${escapeForTerminal(reason ?? '')}`,
  ]);
  return [
    ['subject', nameText(certificate.subject)],
    ['issuer', certificate.selfSigned ? 'itself' : nameText(certificate.issuer)],
    ['names', namesText(certificate)],
    ['valid', `${instantText(certificate.notBefore)} – ${instantText(certificate.notAfter)}`],
    [
      'key',
      `${keyText(certificate)}, ${certificate.role}, signed ${escapeForTerminal(certificate.signatureAlgorithm)}`,
    ],
    ['serial', escapeForTerminal(certificate.serialNumber)],
    ['sha256', certificate.fingerprint],
    ...notes,
  ];
}

function nameText(name: string): string {
  return name === '' ? '(empty)' : escapeForTerminal(name);
}

function namesText(certificate: Certificate): string {
  const names = certificate.subjectAltNames;
  if (names === null) return 'unreadable';
  if (names.length === 0) return 'none';
  const shown = names.slice(0, NAMES_SHOWN).map(({ type, value }) => {
    const text = escapeForTerminal(value);
    return type === 'dns' || type === 'ip' ? text : `${type}:${text}`;
  });
  const more = names.length - shown.length;
  return shown.join(', ') + (more === 0 ? '' : ` and ${more} more`);
}

/** `EC 256 (prime256v1)`, `RSA 2048`, `Ed25519`. */
export function keyText(certificate: Certificate): string {
  const size = certificate.keySize === null ? '' : ` ${certificate.keySize}`;
  const curve = certificate.keyCurve === undefined ? '' : ` (${escapeForTerminal(certificate.keyCurve)})`;
  return `${escapeForTerminal(certificate.keyAlgorithm)}${size}${curve}`;
}

/** `[what, value]` as lines with the values in one column, behind the words that are too long for theirs. */
export function detailLines(details: readonly (readonly [string, string])[], paint: Paint): string[] {
  return details.map(
    ([what, value]) => `${paint('faint', what.length < 10 ? what.padEnd(10) : `${what}  `)}${value}`,
  );
}
