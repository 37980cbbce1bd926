// Batches, parsed into operations: one need for each table, with the leading keys of all its items. One denied table
// denies the batch.
// @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/specifying-conditions.html
import type { Need } from '../authorise.ts';
import { readKeyOf } from './attribute-value.ts';
import { validationException } from './errors.ts';
import { allowMembers, optionalList, requireObject, toObject, type JsonObject } from './json.ts';
import type { DynamoDbOperation } from './operation.ts';
import { effectiveSelect, namedAttributes, toContext, toNeed } from './parse-item.ts';
import type { Table, Tables } from './tables.ts';

/** Parses BatchGetItem. */
export function parseBatchGet(body: JsonObject, tables: Tables): DynamoDbOperation {
  allowMembers(body, ['RequestItems', 'ReturnConsumedCapacity'], 'BatchGetItem');
  return parseBatch('BatchGetItem', body, tables, (entry, table) => {
    const request = toObject(entry, 'RequestItems');
    const names = ['AttributesToGet', 'ConsistentRead', 'ExpressionAttributeNames', 'Keys', 'ProjectionExpression'];
    allowMembers(request, names, 'BatchGetItem');
    const keys = optionalList(request, 'Keys').map((key) => toObject(key, 'Keys'));
    const touched = [...keys.flatMap((key) => Object.keys(key)), ...namedAttributes(request)];
    const leadingKeys = keys.map((key) => readKeyOf(key, table.keys.partition));
    return toContext(leadingKeys, touched, { 'dynamodb:Select': effectiveSelect(request) });
  });
}

/** Parses BatchWriteItem. */
export function parseBatchWrite(body: JsonObject, tables: Tables): DynamoDbOperation {
  const names = ['RequestItems', 'ReturnConsumedCapacity', 'ReturnItemCollectionMetrics'];
  allowMembers(body, names, 'BatchWriteItem');
  return parseBatch('BatchWriteItem', body, tables, (entry, table) => {
    if (!Array.isArray(entry)) throw validationException('RequestItems holds what is not a list.');
    const items = entry.map((request) => readWrite(toObject(request, 'RequestItems')));
    const leadingKeys = items.map((item) => readKeyOf(item, table.keys.partition));
    const touched = items.flatMap((item) => Object.keys(item));
    return toContext(leadingKeys, touched, {});
  });
}

function parseBatch(
  name: 'BatchGetItem' | 'BatchWriteItem',
  body: JsonObject,
  tables: Tables,
  toTableContext: (entry: unknown, table: Table) => NonNullable<Need['context']>,
): DynamoDbOperation {
  const entries = Object.entries(requireObject(body, 'RequestItems'));
  if (entries.length === 0) throw validationException('The batch names no table.');
  let isTableMissing = false;
  const needs = entries.map(([tableName, entry]): Need => {
    const table = tables.find(tableName);
    if (table !== undefined) return toNeed(name, table, toTableContext(entry, table));
    isTableMissing = true;
    return { action: `dynamodb:${name}`, resource: tables.arnOf(tableName) };
  });
  return { name, body, needs, isTableMissing };
}

/** The item or key of one write; exactly one of the two kinds. */
function readWrite(request: JsonObject): JsonObject {
  allowMembers(request, ['PutRequest', 'DeleteRequest'], 'BatchWriteItem');
  if (Object.keys(request).length !== 1) throw validationException('A write is one PutRequest or one DeleteRequest.');
  if (Object.hasOwn(request, 'PutRequest')) {
    const put = requireObject(request, 'PutRequest');
    allowMembers(put, ['Item'], 'PutRequest');
    return requireObject(put, 'Item');
  }
  const deletion = requireObject(request, 'DeleteRequest');
  allowMembers(deletion, ['Key'], 'DeleteRequest');
  return requireObject(deletion, 'Key');
}
