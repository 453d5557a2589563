import type { Finding } from '../../core/finding.ts';
import type { BundleObservation } from '../../core/observation.ts';
import { severityRank } from '../../core/severity.ts';
import type { BundleView } from './bundle-json.ts';
import { certificateDetails, certificateHeadline, detailLines } from './certificate.ts';
import type { Paint } from './color.ts';
import { escapeForTerminal } from './escape.ts';
import { findingLines, statusOf } from './findings.ts';

/** Unreadable blocks listed one by one. */
const BLOCKS_SHOWN = 20;
/** So many the finding about them names itself, where there is one. */
const BLOCKS_NAMED = 3;

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
  yield overview(findings, paint);
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

/** In a long bundle nobody should have to look for the line that matters. */
function overview(findings: readonly Finding[], paint: Paint): string {
  const urgent = findings.filter(
    (finding) => finding.fingerprint !== null && severityRank(finding.severity) > 0,
  );
  if (urgent.length < 2) return '';
  const bySeverity = Map.groupBy(urgent, (finding) => finding.severity);
  const parts = Array.from(bySeverity, ([severity, some]) => paint(severity, `${some.length} ${severity}`));
  return `${indent(parts.join(', '))}\n`;
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
