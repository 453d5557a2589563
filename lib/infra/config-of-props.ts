import type { Config } from '../config/config.ts';
import { interpret } from '../config/interpret.ts';
import { suggest } from '../config/suggest.ts';
import type { YamlTree } from '../config/yaml-tree.ts';
import type { CertificateMonitorProps } from './props.ts';

// A record so that a prop that is added to the type is missing here until it is added, too.
const PROPS: Readonly<Record<keyof CertificateMonitorProps, true>> = {
  endpoints: true,
  owner: true,
  thresholds: true,
  kinds: true,
  ownership: true,
  unreachableAfter: true,
  stores: true,
  allow: true,
  proxy: true,
  egressGuard: true,
  revocation: true,
  checks: true,
  connectionsPerSecond: true,
  alerts: true,
  webhook: true,
  aws: true,
  networks: true,
  throwAway: true,
  dashboard: true,
  encryptionKey: true,
  logRetention: true,
};

/** A network of which only the name matters here: subnets may not be known before the deployment. */
const PLACEHOLDER = { vpc: 'vpc-00000000', subnets: ['subnet-00000000'], securityGroups: ['sg-00000000'] };

/**
 * Props by the rules of the configuration file, so that both say the same of the same mistake.
 *
 * @throws Error with everything that is wrong, a line each.
 */
export function configOfProps(props: CertificateMonitorProps): Config {
  const unknown = Object.keys(props).filter((name) => !Object.hasOwn(PROPS, name));
  if (unknown.length > 0) {
    const [first = ''] = unknown;
    throw new Error(
      `CertificateMonitor has no prop ${unknown.join(', ')}${suggest(first, Object.keys(PROPS))}; wanted ${Object.keys(PROPS).join(', ')}`,
    );
  }
  const { endpoints = [], networks = {}, owner, thresholds, kinds, ownership } = props;
  const { unreachableAfter, alerts, webhook, aws } = props;
  const { stores, allow, proxy, egressGuard, revocation, checks, connectionsPerSecond } = props;
  const value = plain({
    owner,
    thresholds,
    kinds,
    ownership,
    unreachableAfter,
    stores,
    allow,
    proxy,
    egressGuard,
    revocation,
    checks,
    connectionsPerSecond,
    alerts,
    webhook,
    aws,
    networks: Object.fromEntries(Object.keys(networks).map((name) => [name, PLACEHOLDER])),
    targets: endpoints,
  });
  const nowhere = () => ({ line: 0, column: 0 });
  const tree: YamlTree = { value, problems: [], locate: nowhere, locateKey: nowhere };
  const { config, problems } = interpret(tree, { path: 'CertificateMonitor', directory: '/', env: {} });
  if (problems.length === 0) return config;
  const sentences = problems.map(({ message }) => `- ${message}`);
  throw new Error(`the props of CertificateMonitor cannot be used:\n${sentences.join('\n')}`);
}

/** Without what is undefined: a key that is not there is not judged. */
function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}
