import { RemovalPolicy } from 'aws-cdk-lib';
import {
  AttributeType,
  Billing,
  type CfnGlobalTable,
  ProjectionType,
  TableV2,
} from 'aws-cdk-lib/aws-dynamodb';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { Construct } from 'constructs';
import { INDEXES, PROJECTED, TTL_ATTRIBUTE } from '../../store/schema.ts';

export interface InventoryTableOptions {
  /** The table goes with the stack, and nothing protects it. */
  readonly throwAway: boolean;
  readonly key?: IKey | undefined;
}

/** The inventory, as docs/data-model.md describes it. It outlives its stack unless it is meant to be thrown away. */
export function inventoryTable(scope: Construct, { throwAway, key }: InventoryTableOptions): TableV2 {
  const text = (name: string) => ({ name, type: AttributeType.STRING });
  const table = new TableV2(scope, 'Inventory', {
    partitionKey: text('pk'),
    sortKey: text('sk'),
    billing: Billing.onDemand(),
    timeToLiveAttribute: TTL_ATTRIBUTE,
    pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
    deletionProtection: !throwAway,
    removalPolicy: throwAway ? RemovalPolicy.DESTROY : RemovalPolicy.RETAIN,
    globalSecondaryIndexes: Object.entries(INDEXES).map(([indexName, { partitionKey, sortKey }]) => ({
      indexName,
      partitionKey: text(partitionKey),
      sortKey: text(sortKey),
      projectionType: ProjectionType.INCLUDE,
      nonKeyAttributes: [...PROJECTED],
    })),
  });
  if (key !== undefined) encryptWith(table, key);
  return table;
}

/** What `TableEncryptionV2.customerManagedKey` does, for a stack that is not told its region before it is deployed, too. */
function encryptWith(table: TableV2, key: IKey): void {
  const resource = table.node.defaultChild as CfnGlobalTable;
  resource.sseSpecification = { sseEnabled: true, sseType: 'KMS' };
  resource.addPropertyOverride('Replicas.0.SSESpecification', { KMSMasterKeyId: key.keyArn });
}
