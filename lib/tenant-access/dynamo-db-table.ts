// Access to a DynamoDB table of which each tenant has one. The name isolates, so no condition on keys is needed;
// still no Scan, PartiQL, DescribeTable, streams or exports.
import type { IConstruct } from 'constructs';
import { SynthError } from '../errors.ts';
import { actionsOf, type AccessLevel } from './access-level.ts';
import { describeByName, dottedNames, type NamedKind } from './by-name.ts';
import { isIndexName, itemActions } from './dynamo-db-items.ts';
import type { TenantStatement } from './statement.ts';

/** Options of `TenantAccess.dynamoDbTable`. */
export interface DynamoDbTableOptions {
  /** What stands before the tenant id in the table name; ends with `-`, `_` or `.`. */
  readonly prefix: string;
  /**
   * Reading, writing or both.
   * @default 'readWrite'
   */
  readonly access?: AccessLevel;
  /**
   * Indexes that may be queried.
   * @default - none
   */
  readonly indexes?: readonly string[];
}

const tables: NamedKind = { ...dottedNames, noun: 'table', service: 'dynamodb', resource: (name) => `table/${name}` };

/**
 * The statement templates.
 * @throws SynthError `TvmTenantAccessInvalid`
 * @see https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazondynamodb.html
 */
export function describeTableAccess(scope: IConstruct, options: DynamoDbTableOptions): readonly TenantStatement[] {
  const { prefix, access = 'readWrite', indexes = [] } = options;
  const odd = indexes.find((index) => !isIndexName(index));
  if (odd !== undefined) {
    throw new SynthError(
      'TvmTenantAccessInvalid',
      {
        what: 'The index cannot be described',
        got: `index ${JSON.stringify(odd)}`,
        allowed: 'exact index names',
        fix: 'name each index',
      },
      scope,
    );
  }
  const queried: NamedKind = { ...tables, resource: (name) => indexes.map((index) => `table/${name}/index/${index}`) };
  return [
    describeByName(scope, tables, actionsOf(itemActions, access), prefix),
    ...(indexes.length > 0 && access !== 'write' ? [describeByName(scope, queried, 'dynamodb:Query', prefix)] : []),
  ];
}
