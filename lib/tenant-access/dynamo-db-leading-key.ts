// Access to one tenant's items of a DynamoDB table. Must never grant Scan, PartiQL,
// DescribeTable, streams or exports: those requests carry no dynamodb:LeadingKeys, or can go without.
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { IConstruct } from 'constructs';
import { SynthError } from '../errors.ts';
import { actionsOf, type AccessLevel } from './access-level.ts';
import { endsTenantId } from './delimiters.ts';
import { isIndexName, itemActions } from './dynamo-db-items.ts';
import { tenantPlaceholder, type TenantStatement } from './statement.ts';

/** What the access needs to know of an `ITable`; `Table` and `TableV2` are one too, also under exactOptionalPropertyTypes. */
export type TenantTable = IConstruct & {
  readonly tableArn: string;
  readonly encryptionKey?: IKey | undefined;
};

/** Options of `TenantAccess.dynamoDbLeadingKey`. */
export interface DynamoDbLeadingKeyOptions {
  /**
   * What stands before the tenant id in the partition key, such as `TENANT#`.
   * @default - nothing: the partition key is the tenant id
   */
  readonly keyPrefix?: string;
  /**
   * Also allows partition keys that go on after the tenant id and this character, such as `acme#orders` with `#`.
   * It must be a character that no tenant id holds.
   * @default - the partition key ends with the tenant id
   */
  readonly keySeparator?: string;
  /**
   * Reading, writing or both.
   * @default 'readWrite'
   */
  readonly access?: AccessLevel;
  /**
   * Indexes that may be queried. Each index's own partition key must be the tenant's too: dynamodb:LeadingKeys then means
   * the key of the index.
   * @default - none
   */
  readonly indexes?: readonly string[];
}

/**
 * The statement templates.
 * @throws SynthError `TvmTenantAccessInvalid`, `TvmKeyNotIsolatable`
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/specifying-conditions.html
 */
export function describeLeadingKeyAccess(
  table: TenantTable,
  options: DynamoDbLeadingKeyOptions,
): readonly TenantStatement[] {
  const { keyPrefix = '', keySeparator, access = 'readWrite', indexes = [] } = options;
  refuseOddKeys(table, keyPrefix, keySeparator, indexes);
  refuseCustomerKey(table);
  const key = `${keyPrefix}${tenantPlaceholder}`;
  const keys = keySeparator === undefined ? key : [key, `${key}${keySeparator}*`];
  const operator = keySeparator === undefined ? 'ForAllValues:StringEquals' : 'ForAllValues:StringLike';
  const condition = {
    [operator]: { 'dynamodb:LeadingKeys': keys },
    // ForAllValues is true on a missing key: without this line a request without leading keys would be allowed.
    Null: { 'dynamodb:LeadingKeys': 'false' },
  };
  return [
    { Effect: 'Allow', Action: actionsOf(itemActions, access), Resource: table.tableArn, Condition: condition },
    ...(indexes.length > 0 && access !== 'write'
      ? [
          {
            Effect: 'Allow' as const,
            Action: 'dynamodb:Query',
            Resource: indexes.map((index) => `${table.tableArn}/index/${index}`),
            Condition: condition,
          },
        ]
      : []),
  ];
}

function refuseOddKeys(
  table: TenantTable,
  keyPrefix: string,
  keySeparator: string | undefined,
  indexes: readonly string[],
): void {
  const refuse = (got: string, allowed: string, fix: string): SynthError =>
    new SynthError(
      'TvmTenantAccessInvalid',
      { what: 'The partition key cannot be described', got, allowed, fix },
      table,
    );
  if (/[*?{}$\\"]/.test(keyPrefix)) {
    throw refuse(`keyPrefix ${JSON.stringify(keyPrefix)}`, 'plain characters', 'write it like "TENANT#"');
  }
  // A separator that tenant ids may hold would let `acme` reach the items of `acme-eu`.
  if (keySeparator !== undefined && !endsTenantId(keySeparator)) {
    throw refuse(`keySeparator ${JSON.stringify(keySeparator)}`, 'one of # / | : ; , ! @ ~', 'use "#"');
  }
  const odd = indexes.find((index) => !isIndexName(index));
  if (odd !== undefined) throw refuse(`index ${JSON.stringify(odd)}`, 'exact index names', 'name each index');
}

/** DynamoDB uses a customer-managed key with the caller's own rights, and its encryption context is the whole table. */
function refuseCustomerKey(table: TenantTable): void {
  if (table.encryptionKey === undefined) return;
  throw new SynthError(
    'TvmKeyNotIsolatable',
    {
      what: 'The KMS key of the table cannot be split between tenants',
      got: 'a customer-managed key: its encryption context is the whole table',
      allowed: 'encryption with a key that DynamoDB or AWS manages',
      fix: 'use TableEncryption.AWS_MANAGED, or describe the access yourself with TenantAccess.statements for the items and TenantAccess.shared, with a reason, for the key',
    },
    table,
  );
}
