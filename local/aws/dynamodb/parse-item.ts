// Item calls (Get, Put, Update, Delete, Query, Scan), parsed into operations: the leading key, the attributes touched, and
// what is selected, as IAM sees them.
// @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/specifying-conditions.html
import type { ContextKeys, Need } from '../authorise.ts';
import { readKeyOf } from './attribute-value.ts';
import { validationException } from './errors.ts';
import { touchedAttributes } from './expression.ts';
import {
  allowMembers,
  member,
  optionalList,
  optionalObject,
  optionalString,
  requireObject,
  requireString,
  type JsonObject,
} from './json.ts';
import { parseKeyCondition } from './key-condition.ts';
import type { DynamoDbOperation } from './operation.ts';
import type { KeySchema, Table, Tables } from './tables.ts';

const reads = ['AttributesToGet', 'ExpressionAttributeNames', 'ProjectionExpression', 'ReturnConsumedCapacity'];
const writes = [
  'ConditionExpression',
  'ConditionalOperator',
  'Expected',
  'ExpressionAttributeNames',
  'ExpressionAttributeValues',
  'ReturnConsumedCapacity',
  'ReturnItemCollectionMetrics',
  'ReturnValues',
];
const searches = [
  ...reads,
  'ConditionalOperator',
  'ConsistentRead',
  'ExclusiveStartKey',
  'ExpressionAttributeValues',
  'FilterExpression',
  'IndexName',
  'Limit',
  'Select',
];

/** Members of each item call: those that dynalite knows too, so that none is authorised and then ignored. */
const members = {
  GetItem: ['TableName', 'Key', 'ConsistentRead', ...reads],
  PutItem: ['TableName', 'Item', ...writes],
  UpdateItem: ['TableName', 'Key', 'UpdateExpression', 'AttributeUpdates', ...writes],
  DeleteItem: ['TableName', 'Key', ...writes],
  Query: ['TableName', 'KeyConditionExpression', 'KeyConditions', 'QueryFilter', 'ScanIndexForward', ...searches],
  Scan: ['TableName', 'ScanFilter', 'Segment', 'TotalSegments', ...searches],
} as const;

/** The item calls. */
export type ItemCall = keyof typeof members;

/** Narrows to an item call. */
export function isItemCall(name: string): name is ItemCall {
  return Object.hasOwn(members, name);
}

/** Parses an item call. Throws ValidationException, SerializationException or NotImplemented. */
export function parseItemCall(name: ItemCall, body: JsonObject, tables: Tables): DynamoDbOperation {
  allowMembers(body, members[name], name);
  const tableName = requireString(body, 'TableName');
  const table = tables.find(tableName);
  // Without a schema there is no leading key to tell; the call is denied or the table is not found, nothing else.
  if (table === undefined) return missingTable(name, body, tables.arnOf(tableName));
  switch (name) {
    case 'Query':
      return parseQuery(body, table);
    case 'Scan':
      return parseScan(body, table);
    case 'PutItem':
      return parseKeyed(name, body, table, requireObject(body, 'Item'));
    case 'GetItem':
    case 'UpdateItem':
    case 'DeleteItem':
      return parseKeyed(name, body, table, requireObject(body, 'Key'));
  }
}

/** An operation that names a table which is not there. */
export function missingTable(name: string, body: JsonObject, resource: string): DynamoDbOperation {
  return { name, body, needs: [{ action: `dynamodb:${name}`, resource }], isTableMissing: true };
}

/** A need on a table or one of its indexes. */
export function toNeed(name: string, table: Table, context: ContextKeys, index?: string): Need {
  return {
    action: `dynamodb:${name}`,
    resource: index === undefined ? table.arn : `${table.arn}/index/${index}`,
    context,
    ...(table.policy === undefined ? {} : { policy: table.policy }),
  };
}

/** The attributes that a request names anywhere: expressions, legacy conditions, projections. */
export function namedAttributes(body: JsonObject): readonly string[] {
  const expressions = ['ConditionExpression', 'FilterExpression', 'ProjectionExpression', 'UpdateExpression'];
  const maps = ['AttributeUpdates', 'Expected', 'KeyConditions', 'QueryFilter', 'ScanFilter'];
  return [
    ...expressions.flatMap((name) => {
      const expression = optionalString(body, name);
      return expression === undefined ? [] : touchedAttributes(expression, body);
    }),
    ...maps.flatMap((name) => Object.keys(optionalObject(body, name))),
    ...optionalList(body, 'AttributesToGet').map((name) => {
      if (typeof name !== 'string') throw validationException('AttributesToGet holds what is not a name.');
      return name;
    }),
  ];
}

/** What a read selects, said or not: policies that demand SPECIFIC_ATTRIBUTES must see its absence too. */
export function effectiveSelect(body: JsonObject): string {
  const isSpecific = member(body, 'ProjectionExpression') ?? member(body, 'AttributesToGet');
  const fallback = member(body, 'IndexName') === undefined ? 'ALL_ATTRIBUTES' : 'ALL_PROJECTED_ATTRIBUTES';
  return optionalString(body, 'Select') ?? (isSpecific === undefined ? fallback : 'SPECIFIC_ATTRIBUTES');
}

/** Condition keys; an empty list is an absent key. */
export function toContext(
  leadingKeys: readonly string[],
  attributes: readonly string[],
  more: ContextKeys,
): ContextKeys {
  return {
    ...(leadingKeys.length === 0 ? {} : { 'dynamodb:LeadingKeys': [...new Set(leadingKeys)] }),
    ...(attributes.length === 0 ? {} : { 'dynamodb:Attributes': [...new Set(attributes)] }),
    ...more,
  };
}

function parseKeyed(name: ItemCall, body: JsonObject, table: Table, attributes: JsonObject): DynamoDbOperation {
  const leadingKey = readKeyOf(attributes, table.keys.partition);
  const touched = [...Object.keys(attributes), ...namedAttributes(body)];
  const more: ContextKeys =
    name === 'GetItem'
      ? { 'dynamodb:Select': effectiveSelect(body) }
      : { 'dynamodb:ReturnValues': optionalString(body, 'ReturnValues') ?? 'NONE' };
  const context = toContext([leadingKey], touched, { ...more, ...consumedCapacity(body) });
  return { name, body, needs: [toNeed(name, table, context)], isTableMissing: false };
}

function parseQuery(body: JsonObject, table: Table): DynamoDbOperation {
  const { index, keys } = findIndex(body, table);
  const { partitionValue, attributes, expression } = parseKeyCondition(body, keys);
  const startKey = optionalObject(body, 'ExclusiveStartKey');
  // A start key in another partition would begin the reading there.
  if (Object.keys(startKey).length > 0 && readKeyOf(startKey, keys.partition) !== partitionValue) {
    throw validationException('The provided starting key is outside query boundaries based on provided conditions');
  }
  const touched = [...attributes, ...namedAttributes(body)];
  const more = { 'dynamodb:Select': effectiveSelect(body), ...consumedCapacity(body) };
  const context = toContext([partitionValue], touched, more);
  return {
    name: 'Query',
    body: expression === undefined ? body : { ...body, KeyConditionExpression: expression },
    needs: [toNeed('Query', table, context, index)],
    isTableMissing: false,
  };
}

/** A Scan reads every partition, so it has no leading keys. */
function parseScan(body: JsonObject, table: Table): DynamoDbOperation {
  const { index } = findIndex(body, table);
  const more = { 'dynamodb:Select': effectiveSelect(body), ...consumedCapacity(body) };
  const context = toContext([], namedAttributes(body), more);
  return { name: 'Scan', body, needs: [toNeed('Scan', table, context, index)], isTableMissing: false };
}

function findIndex(body: JsonObject, table: Table): { readonly index: string | undefined; readonly keys: KeySchema } {
  const index = optionalString(body, 'IndexName');
  const keys = index === undefined ? table.keys : table.indexes.get(index);
  if (keys === undefined) throw validationException('The table does not have the specified index.');
  return { index, keys };
}

function consumedCapacity(body: JsonObject): ContextKeys {
  const value = optionalString(body, 'ReturnConsumedCapacity');
  return value === undefined ? {} : { 'dynamodb:ReturnConsumedCapacity': value };
}
