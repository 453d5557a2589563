import type { Certificate } from '../core/certificate.ts';
import type { Sighting } from '../core/inventory.ts';
import { escapeForTerminal } from '../core/printable.ts';
import { targetLabel } from '../core/target.ts';
import { safeJson } from '../notify/safe-json.ts';
import { sightingsOf } from '../store/sightings.ts';
import type { Table } from '../store/table.ts';
import { certificateDetails, certificateHeadline, detailLines } from './render/certificate.ts';
import { certificateFields } from './render/certificate-json.ts';
import type { Paint } from './render/color.ts';
import { instantText, remainingSeconds } from './render/time.ts';

/** How `show` draws. */
export interface ShowView {
  readonly now: Date;
  readonly paint: Paint;
  readonly json: boolean;
}

/** One certificate and every place it is seen at. */
export async function certificateView(
  table: Table,
  certificate: Certificate,
  view: ShowView,
): Promise<string> {
  const sightings: Sighting[] = [];
  for await (const sighting of sightingsOf(table, certificate.fingerprint)) sightings.push(sighting);
  if (view.json) {
    return `${safeJson({
      type: 'certificate',
      ...certificateFields(certificate),
      remainingSeconds: remainingSeconds(certificate, view.now),
      sightings: sightings.map(({ target, kind, owner, firstSeenAt }) => ({
        target,
        kind,
        owner,
        firstSeenAt,
      })),
    })}\n`;
  }
  const { paint } = view;
  const places = sightings.map(
    ({ target, kind, owner, firstSeenAt }) =>
      `${escapeForTerminal(targetLabel(target))} (${kind}${owner === null ? '' : `, ${escapeForTerminal(owner)}`}), since ${instantText(firstSeenAt)}`,
  );
  const seen = places.length === 0 ? ['nowhere now: replaced, or part of a chain only'] : places;
  const details = [
    ...certificateDetails(certificate),
    ...seen.map((place, index): [string, string] => [index === 0 ? 'seen at' : '', place]),
  ];
  const status =
    view.now.getTime() > Date.parse(certificate.notAfter ?? '9999-12-31T00:00:00Z') ? 'critical' : 'ok';
  return `${certificateHeadline(certificate, { ...view, status })}\n${detailLines(details, paint)
    .map((line) => `  ${line}\n`)
    .join('')}`;
}
