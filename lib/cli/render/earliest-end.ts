import type { EndpointObservation, PresentedChain } from '../../core/observation.ts';

/**
 * When the first client fails: the earliest notAfter on any presented line of issuers, the trust anchor included. Null
 * where nothing was presented or no date could be read.
 */
export function earliestEnd(observation: EndpointObservation): string | null {
  let earliest: string | null = null;
  for (const { answer, otherKey } of observation.addresses) {
    for (const each of [answer, otherKey]) {
      const end = each === undefined ? null : endOfLine(each.chain);
      if (end !== null && (earliest === null || end < earliest)) earliest = end;
    }
  }
  return earliest;
}

/** The same for one presented chain. */
function endOfLine(chain: PresentedChain): string | null {
  const ends = chain.path.map((index) => chain.certificates[index]?.notAfter ?? null);
  ends.push(chain.anchor?.notAfter ?? null);
  // ISO 8601 in UTC sorts as text.
  return ends.reduce(
    (earliest, end) => (end !== null && (earliest === null || end < earliest) ? end : earliest),
    null,
  );
}
