/** `npx cdk deploy`: the stack that notafter.config.yaml describes. Another file: `-c config=path`. */
import { App } from 'aws-cdk-lib';
import { toDeployable } from '../lib/config/deployable.ts';
import { loadConfig } from '../lib/config/load.ts';
import { ConfigError } from '../lib/config/problem.ts';
import { CertificateMonitorStack } from '../lib/infra/certificate-monitor-stack.ts';

const app = new App();
const path = String(app.node.tryGetContext('config') ?? 'notafter.config.yaml');
try {
  const config = await loadConfig(path);
  const { name } = config.stack;
  const deployable = await toDeployable(config, `stack:${name}`);
  new CertificateMonitorStack(app, name, { config, deployable });
  app.synth();
} catch (error) {
  if (!(error instanceof ConfigError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
