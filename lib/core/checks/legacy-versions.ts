import { TLS_VERSIONS, type TlsVersion } from '../observation.ts';
import type { Check } from './check.ts';

const DEPRECATED: ReadonlySet<TlsVersion> = new Set(['TLSv1.1', 'TLSv1']);

/** Versions that nobody needs any more are still spoken beside the current ones. */
export const legacyVersions: Check = {
  id: 'legacy-versions',
  title: 'TLS 1.0 or 1.1 offered',
  citation: 'RFC 8996 §4 and §5; RFC 9325 §3.1.1',
  optional: true,
  *run({ content }) {
    if (content?.kind !== 'endpoint' || content.deep === undefined) return;
    const { versions } = content.deep;
    const spoken = TLS_VERSIONS.filter((version) => versions[version] === true);
    const old = spoken.filter((version) => DEPRECATED.has(version));
    // A server that has nothing newer is worse off: legacy-server.
    if (old.length === 0 || old.length === spoken.length) return;
    yield {
      fingerprint: null,
      severity: 'warning',
      message: `it still speaks ${old.map(nameOf).join(' and ')}, beside ${spoken
        .filter((version) => !DEPRECATED.has(version))
        .map(nameOf)
        .join(' and ')}`,
      advice: 'Turn TLS 1.0 and TLS 1.1 off: whoever needs them cannot be served safely.',
    };
  },
};

function nameOf(version: TlsVersion): string {
  return version === 'TLSv1' ? 'TLS 1.0' : version.replace('TLSv', 'TLS ');
}
