import { Stack, type StackProps } from 'aws-cdk-lib';
import { Key } from 'aws-cdk-lib/aws-kms';
import type { RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import type { Config } from '../config/config.ts';
import type { Deployable } from '../config/deployable.ts';
import { CertificateMonitor } from './certificate-monitor.ts';

export interface CertificateMonitorStackProps extends StackProps {
  readonly config: Config;
  /** What of it travels into the account. */
  readonly deployable: Deployable;
}

/** The monitor as a configuration file describes it. */
export class CertificateMonitorStack extends Stack {
  readonly monitor: CertificateMonitor;

  constructor(scope: Construct, id: string, { config, deployable, ...props }: CertificateMonitorStackProps) {
    super(scope, id, { description: 'NotAfter: watches certificates and announces their expiry', ...props });
    const { alerts, aws, networks, stack } = config;
    const { throwAway, dashboard, key, logDays } = stack;
    const placements = Object.entries(networks).map(
      ([name, { subnets, securityGroups }]) =>
        [name, { subnetIds: subnets, securityGroupIds: securityGroups }] as const,
    );
    this.monitor = new CertificateMonitor(
      this,
      'Certificates',
      {
        throwAway,
        dashboard,
        logRetention: logDays as RetentionDays,
        networks: Object.fromEntries(placements),
        ...(key === undefined ? {} : { encryptionKey: Key.fromKeyArn(this, 'Key', key) }),
      },
      { deployable, alerts, aws },
    );
  }
}
