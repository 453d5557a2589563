import { Aws } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { AwsSettings } from '../config/deployment.ts';
import { SOURCE_ACTIONS, type SourceAction, TRUSTSTORE_ACTIONS } from '../sources/aws/actions.ts';
import { partitionedArn } from './partitioned-arn.ts';

/** The actions on the inventory that a function needs, and the indexes that it asks. */
export interface TableUse {
  readonly actions: readonly string[];
  readonly indexes: readonly ('gsi1' | 'gsi2')[];
}

const WRITING = ['Query', 'BatchGetItem', 'PutItem', 'UpdateItem', 'BatchWriteItem'];
const RECORDING = [...WRITING, 'GetItem'];

/** What each function does with the table. */
export const TABLE_USE = {
  dispatch: { actions: RECORDING, indexes: ['gsi1'] },
  // The issuers that the inventory knows are found by name.
  probe: { actions: RECORDING, indexes: ['gsi2'] },
  collect: { actions: RECORDING, indexes: ['gsi1'] },
  evaluate: { actions: [...RECORDING, 'DeleteItem'], indexes: ['gsi1', 'gsi2'] },
} as const satisfies Record<string, TableUse>;

/** Indexes by their names: `index/*` would be more than is asked. */
export function tableStatements(tableArn: string, { actions, indexes }: TableUse): PolicyStatement[] {
  const own = new PolicyStatement({
    actions: actions.map((action) => `dynamodb:${action}`),
    resources: [tableArn],
  });
  if (indexes.length === 0) return [own];
  const resources = indexes.map((index) => `${tableArn}/index/${index}`);
  return [own, new PolicyStatement({ actions: ['dynamodb:Query'], resources })];
}

/** What the listing of the sources takes: the same actions in the own account and in a member's. */
export function sourceStatements({ sources, truststores }: AwsSettings): PolicyStatement[] {
  const wanted: SourceAction[] = [
    ...(sources.acm ? SOURCE_ACTIONS.acm : []),
    ...(sources.apigateway ? SOURCE_ACTIONS.apigateway : []),
  ];
  return [
    ...wanted.map(
      ({ action, resources }) =>
        new PolicyStatement({
          actions: [action],
          resources: resources.map((resource) => (resource === '*' ? '*' : partitionedArn(resource))),
        }),
    ),
    ...(sources.apigateway ? truststores.flatMap(truststoreStatements) : []),
  ];
}

/** Objects below the prefix; listing, so that a missing one is not taken for one that may not be read. */
function truststoreStatements(place: string): PolicyStatement[] {
  const [bucket = '', ...rest] = place.split('/');
  const prefix = rest.join('/');
  const list = new PolicyStatement({
    actions: ['s3:ListBucket'],
    resources: [partitionedArn(`s3:::${bucket}`)],
  });
  if (prefix !== '') list.addCondition('StringLike', { 's3:prefix': `${prefix}*` });
  return [
    new PolicyStatement({
      actions: [...TRUSTSTORE_ACTIONS.object],
      resources: [partitionedArn(`s3:::${bucket}/${prefix}*`)],
    }),
    list,
  ];
}

/** An event for each alert, on the bus that every account has. */
export function eventStatement(): PolicyStatement {
  const bus = `events:${Aws.REGION}:${Aws.ACCOUNT_ID}:event-bus/default`;
  return new PolicyStatement({ actions: ['events:PutEvents'], resources: [partitionedArn(bus)] });
}

/**
 * The secret with the address of a webhook. A name, and an ARN that was made of one, lacks the six letters of AWS's own at its
 * end, which nobody knows before ("GetSecretValue", IAM examples of the Secrets Manager User Guide).
 */
export function secretStatements(secret: string | undefined): PolicyStatement[] {
  if (secret === undefined) return [];
  const arn = secret.startsWith('arn:')
    ? secret
    : partitionedArn(`secretsmanager:${Aws.REGION}:${Aws.ACCOUNT_ID}:secret:${secret}`);
  const resource = secret.startsWith('arn:') && /-[A-Za-z0-9]{6}$/.test(secret) ? arn : `${arn}-??????`;
  return [new PolicyStatement({ actions: ['secretsmanager:GetSecretValue'], resources: [resource] })];
}

/** The named roles of other accounts, and no other. */
export function memberStatements({ accounts }: AwsSettings): PolicyStatement[] {
  if (accounts.length === 0) return [];
  const resources = accounts.map(({ id, role }) => partitionedArn(`iam::${id}:role/${role}`));
  return [new PolicyStatement({ actions: ['sts:AssumeRole'], resources })];
}

/** The wildcards in `sourceStatements`, as cdk-nag spells them, each with its reason. */
export function sourceWildcards({ sources, truststores }: AwsSettings): Readonly<Record<string, string>> {
  const wanted = [
    ...(sources.acm ? SOURCE_ACTIONS.acm : []),
    ...(sources.apigateway ? SOURCE_ACTIONS.apigateway : []),
  ];
  const entries = wanted.flatMap(({ resources, why }) =>
    resources.map((resource) => [
      resource === '*' ? '*' : `arn:<AWS::Partition>:${resource}`,
      `Reading: ${why}.`,
    ]),
  );
  const places = sources.apigateway
    ? truststores.map((place) => {
        const [bucket = '', ...rest] = place.split('/');
        return [
          `arn:<AWS::Partition>:s3:::${bucket}/${rest.join('/')}*`,
          'The truststores that the configuration names.',
        ];
      })
    : [];
  return Object.fromEntries([...entries, ...places]);
}
