import { caaPermits } from '../../core/caa.ts';
import type { CaaFinding } from '../../core/caa-finding.ts';
import { organizationOf } from '../../core/caa-issuers.ts';
import type { Certificate } from '../../core/certificate.ts';
import type { CaaFinder } from '../caa.ts';

/**
 * Which CAs may issue for the name that a leaf was issued for, and whether its own is among them. Never rejects.
 *
 * @param isPublic Whether a public CA issued it: no other one asks the DNS.
 */
export async function askWhoMayIssue(
  serverName: string,
  leaf: Certificate,
  isPublic: boolean,
  finder: CaaFinder,
): Promise<CaaFinding> {
  const name = serverName.toLowerCase().replace(/\.$/, '');
  const names = leaf.subjectAltNames ?? [];
  const has = (wanted: string) =>
    names.some(({ type, value }) => type === 'dns' && value.toLowerCase() === wanted);
  const wildcard = `*.${name.slice(name.indexOf('.') + 1)}`;
  const isWildcard = !has(name) && has(wildcard);
  const caa = await finder.find(isWildcard ? wildcard : name);
  if (caa.state === 'unknown') return { state: 'unknown', why: caa.because };
  if (caa.state === 'none') return { state: 'unrestricted' };
  const values = isWildcard && caa.issuewild.length > 0 ? caa.issuewild : caa.issue;
  // RFC 8659 §4.2: records without a word on who may issue, such as iodef alone, restrict nobody.
  if (values.length === 0 && caa.criticalUnknown.length === 0) return { state: 'unrestricted' };
  const criticalUnknown = remembered(caa.criticalUnknown);
  return {
    state: 'restricted',
    at: caa.at,
    issuers: remembered(values.flatMap(({ domain }) => domain ?? [])),
    ...(criticalUnknown.length === 0 ? {} : { criticalUnknown }),
    permitsIssuer: isPublic ? caaPermits(caa, organizationOf(leaf.issuer) ?? '', isWildcard) : null,
  };
}

const MAX_REMEMBERED = 32;

/** DNS gives records in another order each time, which is no news. */
function remembered(texts: readonly string[]): readonly string[] {
  return [...new Set(texts)].sort().slice(0, MAX_REMEMBERED);
}
