import { addressesWhere } from '../served-where.ts';
import type { Check } from './check.ts';

/** Only a client that allows everything gets through: those of today are refused. */
export const legacyServer: Check = {
  id: 'legacy-server',
  title: 'Refused by current clients',
  citation: 'RFC 8996 §4 and §5; RFC 9325 §3.1.1 and §4.1',
  *run({ content }) {
    if (content?.kind !== 'endpoint') return;
    const legacy = content.chains.filter((chain) => chain.legacy === true);
    if (legacy.length === 0) return;
    const agreed = new Set(legacy.flatMap(({ protocol, cipher }) => [protocol, cipher].filter(Boolean)));
    const where = addressesWhere(content, (chain) => chain.legacy === true);
    yield {
      fingerprint: null,
      severity: 'warning',
      message: `${where === '' ? 'it' : where} answered only when TLS 1.0, TLS 1.1 and weak ciphers were allowed${agreed.size === 0 ? '' : `, and agreed on ${[...agreed].join(', ')}`}`,
      advice:
        'Turn TLS 1.2 and 1.3 on, with AEAD ciphers over ECDHE: current clients refuse what it offers now.',
    };
  },
};
