// Calls on tables themselves, parsed into operations.
import { allowMembers, requireString, type JsonObject } from './json.ts';
import type { DynamoDbOperation } from './operation.ts';
import { missingTable, toNeed } from './parse-item.ts';
import { createTableMembers, parseSchema, type Table, type Tables } from './tables.ts';

/** Members of each call on a table. Index updates are left out: the engine ignores them, the catalogue would not. */
const members = {
  CreateTable: createTableMembers,
  DeleteTable: ['TableName'],
  DescribeTable: ['TableName'],
  UpdateTable: ['BillingMode', 'ProvisionedThroughput', 'TableName'],
} as const;

/** The calls on one table. */
export type TableCall = keyof typeof members;

/** Narrows to a call on one table. */
export function isTableCall(name: string): name is TableCall {
  return Object.hasOwn(members, name);
}

/** Parses a call on one table. */
export function parseTableCall(name: TableCall, body: JsonObject, tables: Tables): DynamoDbOperation {
  allowMembers(body, members[name], name);
  const tableName = requireString(body, 'TableName');
  const table = tables.find(tableName);
  if (name === 'CreateTable') return parseCreateTable(body, tableName, table, tables);
  if (table === undefined) return missingTable(name, body, tables.arnOf(tableName));
  const operation = { name, body, needs: [toNeed(name, table, {})], isTableMissing: false };
  return name === 'DeleteTable' ? { ...operation, change: { kind: 'remove', table: tableName } } : operation;
}

/** Parses ListTables, which takes no resource. */
export function parseListTables(body: JsonObject, tables: Tables): DynamoDbOperation {
  allowMembers(body, ['ExclusiveStartTableName', 'Limit'], 'ListTables');
  const needs = [{ action: 'dynamodb:ListTables', resource: tables.arnOf('*') }];
  return { name: 'ListTables', body, needs, isTableMissing: false };
}

function parseCreateTable(
  body: JsonObject,
  name: string,
  existing: Table | undefined,
  tables: Tables,
): DynamoDbOperation {
  const table = existing ?? { name, arn: tables.arnOf(name), ...parseSchema(body) };
  return {
    name: 'CreateTable',
    body,
    needs: [toNeed('CreateTable', table, {})],
    isTableMissing: false,
    change: { kind: 'add', table },
  };
}
