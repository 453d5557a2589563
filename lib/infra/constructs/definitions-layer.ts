import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { FileSystem } from 'aws-cdk-lib';
import { Architecture, Code, LayerVersion, Runtime } from 'aws-cdk-lib/aws-lambda';
import { DISABLE_ASSET_STAGING_CONTEXT } from 'aws-cdk-lib/cx-api';
import type { Construct } from 'constructs';
import type { Deployable } from '../../config/deployable.ts';

/** The configuration, beside the code of every function: it needs no permission to be read, and no request. */
export function definitionsLayer(
  scope: Construct,
  { definitions, caFiles }: Pick<Deployable, 'definitions' | 'caFiles'>,
): LayerVersion {
  const directory = FileSystem.mkdtemp('notafter-definitions-');
  const folder = join(directory, 'notafter');
  mkdirSync(join(folder, 'ca'), { recursive: true });
  writeFileSync(join(folder, 'definitions.json'), JSON.stringify(definitions));
  for (const [name, pem] of caFiles) writeFileSync(join(folder, 'ca', name), pem);
  const layer = new LayerVersion(scope, 'Definitions', {
    description: 'NotAfter: what to watch',
    code: Code.fromAsset(directory),
    compatibleArchitectures: [Architecture.ARM_64],
    compatibleRuntimes: [Runtime.NODEJS_24_X],
  });
  // By now it lies in the cloud assembly, unless CDK was told to leave assets where they are.
  const staysHere = Boolean(scope.node.tryGetContext(DISABLE_ASSET_STAGING_CONTEXT));
  if (!staysHere) rmSync(directory, { recursive: true, force: true });
  return layer;
}
