import { type Certificate, certificateLabel } from '../certificate.ts';
import type { ServedChain } from '../content.ts';
import { servedWhere } from '../served-where.ts';
import type { Subject } from '../subject.ts';
import type { Opinion } from './check.ts';

/** A leaf of an endpoint, with every chain that it heads. */
export interface ServedLeaf {
  readonly leaf: Certificate;
  readonly label: string;
  readonly chains: readonly ServedChain[];
  /** " (served by 1 of 3 addresses)"; empty where every address serves it. */
  readonly where: string;
  /** What every opinion on it has in common. */
  readonly about: Pick<Opinion, 'fingerprint' | 'label' | 'lastSeenAt'>;
}

/** Each leaf once, whatever is sent with it: the ledger has one thread for a check and a certificate. */
export function* servedLeaves({ content, certificate }: Subject): Generator<ServedLeaf> {
  if (content?.kind !== 'endpoint') return;
  const byLeaf = Map.groupBy(content.chains, (chain) => chain.certificates[0] ?? '');
  for (const [fingerprint, chains] of byLeaf) {
    const leaf = certificate(fingerprint);
    if (leaf === undefined) continue;
    const label = certificateLabel(leaf);
    const where = servedWhere(fingerprint, content);
    const seen = chains.map(({ lastSeenAt }) => lastSeenAt).filter((at) => at !== undefined);
    const lastSeenAt = seen.length < chains.length ? undefined : seen.sort().at(-1);
    yield {
      leaf,
      label,
      chains,
      where: where === '' ? '' : ` (${where})`,
      about: { fingerprint, label, ...(lastSeenAt === undefined ? {} : { lastSeenAt }) },
    };
  }
}
