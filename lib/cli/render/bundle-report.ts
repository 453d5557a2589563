import type { Finding } from '../../core/finding.ts';
import type { BundleObservation } from '../../core/observation.ts';
import { escapeForTerminal } from '../../core/printable.ts';
import { severityRank } from '../../core/severity.ts';
import type { BundleView } from './bundle-json.ts';
import { certificateDetails, certificateHeadline, detailLines } from './certificate.ts';
import type { Paint } from './color.ts';
import { findingLines, findingSentence, statusOf } from './findings.ts';

/** Unreadable blocks listed one by one. */
const BLOCKS_SHOWN = 20;
/** So many the finding about them names itself, where there is one. */
const BLOCKS_NAMED = 3;
/** Up to so many certificates are taken in at a glance; a longer bundle gets an overview. */
const SHORT = 3;
/** Findings in that overview. */
const URGENT_SHOWN = 10;

/**
 * A file for people: what it holds and what is wrong with it as a whole, then every certificate in file order, a piece
 * of text each so that a large bundle is never one string.
 */
export function* bundleReport(view: BundleView & { readonly paint: Paint }): Generator<string> {
  const { file, observation, findings, now, paint } = view;
  const byFingerprint = Map.groupBy(findings, (finding) => finding.fingerprint);
  const title = `${paint('strong', escapeForTerminal(file))}  ${counts(observation)}`;
  const whole = byFingerprint.get(null) ?? [];
  const named = observation.unreadable.length <= BLOCKS_NAMED && whole.some(isAboutBlocks);
  const about = [...findingLines(whole, paint), ...(named ? [] : blockLines(observation, paint))];
  yield `${[title, ...about.map(indent)].join('\n')}\n`;
  yield overview(observation, findings, paint);
  for (const [index, certificate] of observation.certificates.entries()) {
    const own = byFingerprint.get(certificate.fingerprint) ?? [];
    const status = statusOf(own);
    const lines = [...findingLines(own, paint), ...detailLines(certificateDetails(certificate), paint)];
    yield `\n${index + 1}. ${certificateHeadline(certificate, { now, paint, status })}\n${lines.map(indent).join('\n')}\n`;
  }
  yield '\n';
}

function isAboutBlocks(finding: Finding): boolean {
  return finding.check === 'unreadable-block';
}

/** In a long bundle nobody should have to look for the lines that matter: most severe first, by position. */
function overview(observation: BundleObservation, findings: readonly Finding[], paint: Paint): string {
  if (observation.certificates.length <= SHORT) return '';
  const positions = new Map(
    observation.certificates.map(({ fingerprint }, index) => [fingerprint, index + 1]),
  );
  const urgent = findings.filter(
    ({ severity, fingerprint }) => severityRank(severity) > 0 && fingerprint !== null,
  );
  const lines = urgent.slice(0, URGENT_SHOWN).map((finding) => {
    const position = positions.get(finding.fingerprint ?? '') ?? '';
    return `${paint(finding.severity, finding.severity.padEnd(8))}  ${position}. ${findingSentence(finding)}`;
  });
  if (urgent.length > lines.length)
    lines.push(`and ${urgent.length - lines.length} more, each at its certificate`);
  return lines.map((line) => `${indent(line)}\n`).join('');
}

/** `2 certificates, 1 of 3 blocks unreadable, 1 duplicate`. */
function counts({ certificates, blocks, unreadable, duplicates }: BundleObservation): string {
  const parts = [counted(certificates.length, 'certificate')];
  if (unreadable.length > 0) parts.push(`${unreadable.length} of ${counted(blocks, 'block')} unreadable`);
  if (duplicates > 0) parts.push(counted(duplicates, 'duplicate'));
  return parts.join(', ');
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

function blockLines({ unreadable }: BundleObservation, paint: Paint): string[] {
  const lines = unreadable.slice(0, BLOCKS_SHOWN).map(({ firstLine, lastLine, reason }) => {
    const where = firstLine === lastLine ? `line ${firstLine}` : `lines ${firstLine}–${lastLine}`;
    return `${paint('faint', `${where}:`)} ${escapeForTerminal(reason)}`;
  });
  const untold = unreadable.length - lines.length;
  return untold === 0 ? lines : [...lines, `and ${untold} more blocks`];
}

function indent(line: string): string {
  return `   ${line}`;
}
