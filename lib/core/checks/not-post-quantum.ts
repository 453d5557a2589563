import { addressesWhere } from '../served-where.ts';
import type { Check } from './check.ts';

/** X25519MLKEM768, SecP256r1MLKEM768, SecP384r1MLKEM1024, and ML-KEM alone. */
const POST_QUANTUM = /MLKEM\d/i;

/** Whoever records the traffic now can read it once there is a quantum computer for it. */
export const notPostQuantum: Check = {
  id: 'not-post-quantum',
  title: 'Key exchange not post-quantum',
  citation: 'FIPS 203; IANA, "TLS Supported Groups"',
  optional: true,
  *run({ content }) {
    if (content?.kind !== 'endpoint') return;
    const classical = content.chains.filter(
      ({ keyExchangeGroup, legacy }) =>
        // A server that is behind by years has a finding that is nearer: legacy-server.
        legacy !== true && keyExchangeGroup !== null && !POST_QUANTUM.test(keyExchangeGroup),
    );
    if (classical.length === 0) return;
    const groups = new Set(classical.map(({ keyExchangeGroup }) => keyExchangeGroup ?? ''));
    const where = addressesWhere(content, (chain) => classical.includes(chain));
    yield {
      fingerprint: null,
      severity: 'info',
      message: `keys are exchanged by ${[...groups].sort().join(', ')}${where === '' ? '' : ` at ${where}`}, which a quantum computer could undo later`,
      advice:
        'Offer X25519MLKEM768 in TLS 1.3 (OpenSSL 3.5, Go 1.24, or a load balancer that has it) where secrets have to last for years.',
    };
  },
};
