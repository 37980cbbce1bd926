import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openRoom, sendRaw, signRaw, type Keys, type RawRequest, type Room } from './room.ts';

let room: Room;
let admin: Keys;
let acme: Keys;
beforeAll(async () => {
  room = await openRoom();
  admin = room.keysOf('admin');
  acme = await room.tenant('acme');
  for (const tenant of ['acme', 'globex'])
    await room.aws.putItem('records', { tenant: { S: tenant }, id: { S: '1' }, text: { S: `of ${tenant}` } });
});
afterAll(() => room.stop());

const call = async (operation: string, body: unknown, keys: Keys = admin, more: RawRequest = {}) => {
  const request: RawRequest = {
    method: 'POST',
    ...more,
    headers: {
      'content-type': 'application/x-amz-json-1.0',
      'x-amz-target': `DynamoDB_20120810.${operation}`,
      ...more.headers,
    },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  };
  return sendRaw(room, await signRaw(room, keys, 'dynamodb', request));
};
const outcome = async (...given: Parameters<typeof call>) => {
  const { status, body } = await call(...given);
  return `${/#(\w+)"/.exec(body)?.[1] ?? 'none'} ${status}`;
};

const Key = { tenant: { S: 'acme' }, id: { S: '1' } };
const get = { TableName: 'records', Key };

describe('bodies with two readings are refused', () => {
  test.each<[string, string, string]>([
    ['no JSON', '{"TableName":', 'SerializationException 400'],
    ['a list', '[]', 'SerializationException 400'],
    ['broken UTF-8', '{"TableName":"\u{fffd}"', 'SerializationException 400'],
    ['a null where a member could be', '{"TableName":"records","IndexName":null}', 'SerializationException 400'],
    [
      'a null inside a key',
      '{"TableName":"records","Key":{"tenant":{"S":"acme","N":null},"id":{"S":"1"}}}',
      'SerializationException 400',
    ],
    ['a __proto__ member', '{"TableName":"records","Key":{"__proto__":{"tenant":{"S":"acme"}}}}', 'NotImplemented 501'],
    ['a table name that is a number', '{"TableName":5,"Key":{}}', 'SerializationException 400'],
    ['a table name that is a list', '{"TableName":["records"],"Key":{}}', 'SerializationException 400'],
    ['a table named like an inherited member', '{"TableName":"constructor","Key":{}}', 'ResourceNotFoundException 400'],
    ['no table', '{"Key":{}}', 'ValidationException 400'],
    [
      'a key of two types',
      '{"TableName":"records","Key":{"tenant":{"S":"acme","N":"1"},"id":{"S":"1"}}}',
      'ValidationException 400',
    ],
    [
      'a key that is a plain string',
      '{"TableName":"records","Key":{"tenant":"acme","id":{"S":"1"}}}',
      'SerializationException 400',
    ],
    [
      'a key value that is a number',
      '{"TableName":"records","Key":{"tenant":{"S":1},"id":{"S":"1"}}}',
      'ValidationException 400',
    ],
    [
      'an unknown member',
      '{"TableName":"records","Key":{"tenant":{"S":"acme"},"id":{"S":"1"}},"tablename":"x"}',
      'NotImplemented 501',
    ],
    [
      'a member of another operation',
      '{"TableName":"records","Key":{"tenant":{"S":"acme"},"id":{"S":"1"}},"IndexName":"by-owner"}',
      'NotImplemented 501',
    ],
    [
      'a member named like an inherited one',
      '{"TableName":"records","Key":{"tenant":{"S":"acme"},"id":{"S":"1"}},"constructor":{}}',
      'NotImplemented 501',
    ],
  ])('%s', async (_, body, expected) => {
    expect(await outcome('GetItem', body)).toBe(expected);
  });

  test('a member given twice is decided by the value that is executed', async () => {
    const last =
      '{"TableName":"records","Key":{"tenant":{"S":"acme"},"id":{"S":"1"}},"Key":{"tenant":{"S":"globex"},"id":{"S":"1"}}}';
    expect(await outcome('GetItem', last, acme)).toBe('AccessDeniedException 400');
    const first =
      '{"TableName":"records","Key":{"tenant":{"S":"globex"},"id":{"S":"1"}},"Key":{"tenant":{"S":"acme"},"id":{"S":"1"}}}';
    expect((await call('GetItem', first, acme)).body).toContain('of acme');
  });

  test('escapes are read before the decision', async () => {
    const body = JSON.stringify(get).replace('acme', '\\u0067lobex');
    expect(await outcome('GetItem', body, acme)).toBe('AccessDeniedException 400');
  });

  test.each<[string, RawRequest, string]>([
    ['another path', { target: '/x' }, 'UnknownOperationException 400'],
    ['a query', { target: '/?a=b' }, 'UnknownOperationException 400'],
    ['another method', { method: 'PUT' }, 'UnknownOperationException 400'],
    [
      'another protocol',
      { headers: { 'content-type': 'application/x-amz-json-1.1' } },
      'UnknownOperationException 400',
    ],
    [
      'the older version',
      { headers: { 'x-amz-target': 'DynamoDB_20111205.GetItem' } },
      'UnknownOperationException 400',
    ],
    ['no operation', { headers: { 'x-amz-target': 'DynamoDB_20120810.' } }, 'UnknownOperationException 400'],
    [
      'an operation that does not exist',
      { headers: { 'x-amz-target': 'DynamoDB_20120810.constructor' } },
      'NotImplemented 501',
    ],
    [
      'streams',
      { headers: { 'x-amz-target': 'DynamoDBStreams_20120810.GetRecords' } },
      'UnknownOperationException 400',
    ],
  ])('%s', async (_, more, expected) => {
    expect(await outcome('GetItem', get, admin, more)).toBe(expected);
  });

  test.each([
    'BatchExecuteStatement',
    'CreateBackup',
    'CreateGlobalTable',
    'DeleteResourcePolicy',
    'DescribeStream',
    'ExecuteStatement',
    'ExecuteTransaction',
    'ExportTableToPointInTime',
    'GetResourcePolicy',
    'ImportTable',
    'ListTagsOfResource',
    'PutResourcePolicy',
    'RestoreTableFromBackup',
    'TagResource',
    'TransactGetItems',
    'TransactWriteItems',
    'UntagResource',
    'UpdateTimeToLive',
  ])('the operation %s', async (operation) => {
    expect(await outcome(operation, {})).toBe('NotImplemented 501');
  });

  test.each<[string, unknown]>([
    ['keys that are no list', { RequestItems: { records: { Keys: { tenant: { S: 'acme' } } } } }],
    ['tables as a list', { RequestItems: [{ records: { Keys: [Key] } }] }],
    ['an entry that is a string', { RequestItems: { records: 'Keys' } }],
    ['a key without its partition', { RequestItems: { records: { Keys: [{ id: { S: '1' } }] } } }],
  ])('a batch with %s', async (_, body) => {
    expect(await outcome('BatchGetItem', body)).toMatch(/^(?:Validation|Serialization)Exception 400$/);
  });
});

describe('whatever the body', () => {
  const scalar = fc.constantFrom<unknown>(
    'acme',
    'globex',
    '1',
    '',
    0,
    -1,
    1.5,
    true,
    [],
    {},
    { S: 'acme' },
    { S: 'globex' },
    { N: '1' },
    { N: 'x' },
    { S: 5 },
    { L: 5 },
    { M: [] },
    { SS: [] },
    { B: '*' },
    { BOOL: 'x' },
    { X: 'y' },
  );
  const names = fc.constantFrom('tenant', 'id', 'owner', 'text', ':t', '#t', 'S', 'constructor', 'toString', 'length');
  const nested = fc.oneof(scalar, fc.dictionary(names, scalar, { maxKeys: 4 }), fc.array(scalar, { maxLength: 3 }));
  const expressions = fc.constantFrom(
    'tenant = :t',
    '#t = :t',
    'id = :t',
    'SET a = :t',
    'REMOVE a',
    'ADD a :t',
    'DELETE a :t',
    'attribute_exists(a)',
    'size(a) > :t',
    'a.b[0]',
    'a IN (:t)',
    '((',
    '',
    'a BETWEEN :t AND :t',
  );
  const shared = ['ExpressionAttributeNames', 'ReturnConsumedCapacity'];
  const write = ['Expected', 'ConditionalOperator', 'ReturnValues', 'ExpressionAttributeValues', ...shared];
  const search = ['ExclusiveStartKey', 'ExpressionAttributeValues', 'IndexName', 'Limit', 'Select', ...shared];
  const values = { ExpressionAttributeValues: { ':t': { S: 'acme' } } };
  /** For each operation: a sane body, the members that may turn odd, the expressions it takes. */
  const operations = {
    GetItem: [{ Key }, ['Key', 'AttributesToGet', 'ConsistentRead', ...shared], ['ProjectionExpression']],
    PutItem: [{ Item: Key }, ['Item', ...write], ['ConditionExpression']],
    UpdateItem: [{ Key }, ['Key', 'AttributeUpdates', ...write], ['UpdateExpression', 'ConditionExpression']],
    DeleteItem: [{ Key: { tenant: { S: 'acme' }, id: { S: 'x' } } }, ['Key', ...write], ['ConditionExpression']],
    Query: [
      { KeyConditionExpression: 'tenant = :t', ...values },
      ['KeyConditions', 'QueryFilter', 'ScanIndexForward', ...search],
      ['KeyConditionExpression', 'FilterExpression', 'ProjectionExpression'],
    ],
    Scan: [{}, ['ScanFilter', 'Segment', 'TotalSegments', ...search], ['FilterExpression', 'ProjectionExpression']],
    BatchGetItem: [{ RequestItems: { records: { Keys: [Key] } } }, ['RequestItems'], []],
    BatchWriteItem: [{ RequestItems: { records: [{ PutRequest: { Item: Key } }] } }, ['RequestItems'], []],
    CreateTable: [
      { TableName: 'new' },
      ['KeySchema', 'AttributeDefinitions', 'GlobalSecondaryIndexes', 'BillingMode'],
      [],
    ],
    ListTables: [{}, ['Limit', 'ExclusiveStartTableName'], []],
  } as const;
  const requests = fc.constantFrom(...(Object.keys(operations) as (keyof typeof operations)[])).chain((operation) => {
    const [sane, members, texts] = operations[operation];
    const table = operation.startsWith('Batch') || operation === 'ListTables' ? {} : { TableName: 'records' };
    const odd = fc.dictionary(fc.constantFrom(...members), nested, { maxKeys: 2 });
    const text = fc.dictionary(fc.constantFrom(...texts, 'none'), expressions, { maxKeys: 2 });
    return fc.tuple(odd, text).map(([oddMembers, { none: _, ...textMembers }]) => {
      return { operation, body: { ...table, ...sane, ...oddMembers, ...textMembers } };
    });
  });

  test('a tenant never sees what belongs to another, and the process stays', async () => {
    await fc.assert(
      fc.asyncProperty(requests, async ({ operation, body }) => {
        const answer = await call(operation, body, acme);
        expect(answer.body).not.toContain('of globex');
        expect([200, 400, 500, 501]).toContain(answer.status);
      }),
      { numRuns: 400 },
    );
    const left = await call('GetItem', { TableName: 'records', Key: { tenant: { S: 'globex' }, id: { S: '1' } } });
    expect(left.body).toContain('of globex');
  });

  test('somebody who may do everything cannot bring it down either', async () => {
    await fc.assert(
      fc.asyncProperty(requests, async ({ operation, body }) => {
        const answer = await call(operation, body);
        expect([200, 400, 500, 501]).toContain(answer.status);
      }),
      { numRuns: 400 },
    );
    expect((await call('ListTables', {})).status).toBe(200);
  });
});
