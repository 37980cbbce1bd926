import {
  BatchGetItemCommand,
  BatchWriteItemCommand,
  QueryCommand,
  ScanCommand,
  type AttributeValue,
  type DynamoDBClient,
  type QueryCommandInput,
} from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  openRecordsRoom,
  deniedByDynamoDb as denied,
  keyOfRecord as key,
  records as TableName,
  refusal,
  refusalText,
  tableArn,
  type Room,
} from './room.ts';

let room: Room;
let acme: DynamoDBClient;
let admin: DynamoDBClient;
beforeAll(async () => {
  room = await openRecordsRoom();
  acme = room.dynamoDb(await room.tenant('acme'));
  admin = room.dynamoDb(room.keysOf('admin'));
});
afterAll(() => room.stop());

describe('queries', () => {
  const query = (more: Partial<QueryCommandInput>, client = acme) =>
    client.send(new QueryCommand({ TableName, ...more }));
  const values = (tenant: string, more: Record<string, AttributeValue> = {}) => ({ ':t': { S: tenant }, ...more });

  test.each<[string, Partial<QueryCommandInput>, string[]]>([
    ['the partition', { KeyConditionExpression: 'tenant = :t' }, ['1', '10', '2']],
    [
      'a name by reference',
      { KeyConditionExpression: '#t=:t', ExpressionAttributeNames: { '#t': 'tenant' } },
      ['1', '10', '2'],
    ],
    ['parentheses', { KeyConditionExpression: '((tenant = :t) AND (id > :a))' }, ['10', '2']],
    ['the sort key first', { KeyConditionExpression: 'id <= :a and tenant = :t' }, ['1']],
    ['a range', { KeyConditionExpression: 'tenant = :t AND id BETWEEN :a AND :b' }, ['1', '10']],
    ['a beginning', { KeyConditionExpression: 'tenant = :t AND begins_with ( id , :a )' }, ['1', '10']],
    ['backwards', { KeyConditionExpression: 'tenant = :t', ScanIndexForward: false }, ['2', '10', '1']],
    [
      'a filter',
      {
        KeyConditionExpression: 'tenant = :t',
        FilterExpression: '#x = :t',
        ExpressionAttributeNames: { '#x': 'text' },
      },
      ['1', '10', '2'],
    ],
  ])('by %s find what is there', async (_, more, expected) => {
    const text = `${more.KeyConditionExpression ?? ''} ${more.FilterExpression ?? ''}`;
    const used = Object.fromEntries(
      Object.entries(values('acme', { ':a': { S: '1' }, ':b': { S: '19' } })).filter(([name]) => text.includes(name)),
    );
    const { Items } = await query({ ...more, ExpressionAttributeValues: used });
    expect(Items!.map((item) => item['id']!.S)).toEqual(expected);
    expect(Items!.every((item) => item['tenant']!.S === 'acme')).toBe(true);
  });

  test('by the older KeyConditions work as well', async () => {
    const KeyConditions = {
      tenant: { ComparisonOperator: 'EQ' as const, AttributeValueList: [{ S: 'acme' }] },
      id: { ComparisonOperator: 'BEGINS_WITH' as const, AttributeValueList: [{ S: '1' }] },
    };
    expect((await query({ KeyConditions })).Count).toBe(2);
  });

  test('go page by page', async () => {
    const seen: (string | undefined)[] = [];
    let start: Record<string, AttributeValue> | undefined;
    do {
      const page = await query({
        KeyConditionExpression: 'tenant = :t',
        ExpressionAttributeValues: values('acme'),
        Limit: 1,
        ExclusiveStartKey: start,
      });
      seen.push(...(page.Items ?? []).map((item) => item['id']!.S));
      start = page.LastEvaluatedKey;
    } while (start !== undefined);
    expect(seen).toEqual(['1', '10', '2']);
  });

  test('do not start in another partition', async () => {
    const call = query({
      KeyConditionExpression: 'tenant = :t',
      ExpressionAttributeValues: values('acme'),
      ExclusiveStartKey: key('globex', '1'),
    });
    expect(await refusal(call)).toBe('ValidationException 400');
  });

  test('on an index are decided by the index key and the index ARN', async () => {
    const own = {
      IndexName: 'by-owner',
      KeyConditionExpression: '#o = :t',
      ExpressionAttributeNames: { '#o': 'owner' },
    };
    const { Items } = await query({ ...own, ExpressionAttributeValues: values('acme') });
    expect(Items).toHaveLength(3);
    const other = query({ ...own, ExpressionAttributeValues: values('globex') });
    expect(await refusalText(other)).toContain(`on resource: ${tableArn('records')}/index/by-owner `);
    const byTable = {
      IndexName: 'by-owner',
      KeyConditionExpression: 'tenant = :t',
      ExpressionAttributeValues: values('acme'),
    };
    expect(await refusal(query(byTable))).toBe('ValidationException 400');
    const missing = { ...own, IndexName: 'no-such-index', ExpressionAttributeValues: values('acme') };
    expect(await refusal(query(missing))).toBe('ValidationException 400');
  });

  test.each<[string, string]>([
    ['no partition key', 'id = :t'],
    ['the partition key by a range', 'tenant > :t'],
    ['the partition key by a beginning', 'begins_with(tenant, :t)'],
    ['the partition key between', 'tenant BETWEEN :t AND :t'],
    ['two partition keys', 'tenant = :t AND tenant = :g'],
    ['an alternative', 'tenant = :t OR tenant = :g'],
    ['a negation', 'NOT tenant = :t'],
    ['an inequality', 'tenant <> :t'],
    ['a list', 'tenant IN (:t, :g)'],
    ['three conditions', 'tenant = :t AND id = :g AND id = :g'],
    ['another attribute', 'tenant = :t AND owner = :g'],
    ['a path', 'tenant.x = :t'],
    ['the value first', ':t = tenant'],
    ['a literal', "tenant = 'acme'"],
    ['an undefined value', 'tenant = :u'],
    ['an undefined name', '#u = :t'],
    ['an open parenthesis', '(tenant = :t'],
    ['something after the end', 'tenant = :t )'],
    ['nothing', ''],
    ['a comment', 'tenant = :t -- AND id = :g'],
    ['a function in capitals', 'tenant = :t AND BEGINS_WITH(id, :g)'],
  ])('with a condition that has %s are refused', async (_, KeyConditionExpression) => {
    const ExpressionAttributeValues = values('acme', { ':g': { S: 'globex' } });
    expect(await refusal(query({ KeyConditionExpression, ExpressionAttributeValues }, admin))).toBe(
      'ValidationException 400',
    );
  });

  test('with both kinds of condition, or none, are refused', async () => {
    const KeyConditions = { tenant: { ComparisonOperator: 'EQ' as const, AttributeValueList: [{ S: 'acme' }] } };
    const both = { KeyConditions, KeyConditionExpression: 'tenant = :t', ExpressionAttributeValues: values('globex') };
    expect(await refusal(query(both, admin))).toBe('ValidationException 400');
    expect(await refusal(query({}, admin))).toBe('ValidationException 400');
    for (const ComparisonOperator of ['GE', 'BEGINS_WITH', 'NE'] as const) {
      const wide = { tenant: { ComparisonOperator, AttributeValueList: [{ S: 'acme' }] } };
      expect(await refusal(query({ KeyConditions: wide }, admin))).toBe('ValidationException 400');
    }
    const two = { tenant: { ComparisonOperator: 'EQ' as const, AttributeValueList: [{ S: 'acme' }, { S: 'globex' }] } };
    expect(await refusal(query({ KeyConditions: two }, admin))).toBe('ValidationException 400');
  });

  test('of a scan have no leading key, so a tenant has none', async () => {
    expect(await refusal(acme.send(new ScanCommand({ TableName })))).toBe(denied);
    expect((await admin.send(new ScanCommand({ TableName, Limit: 2 }))).Count).toBe(2);
    const filtered = new ScanCommand({
      TableName,
      FilterExpression: 'tenant = :t',
      ExpressionAttributeValues: values('acme'),
    });
    expect(await refusal(acme.send(filtered))).toBe(denied);
    expect((await admin.send(filtered)).Count).toBe(3);
  });
});

describe('batches', () => {
  const get = (RequestItems: ConstructorParameters<typeof BatchGetItemCommand>[0]['RequestItems'], client = acme) =>
    client.send(new BatchGetItemCommand({ RequestItems }));
  const write = (RequestItems: ConstructorParameters<typeof BatchWriteItemCommand>[0]['RequestItems'], client = acme) =>
    client.send(new BatchWriteItemCommand({ RequestItems }));

  test('of own items are read and written', async () => {
    await write({
      records: [{ PutRequest: { Item: key('acme', 'b1') } }, { DeleteRequest: { Key: key('acme', 'b0') } }],
    });
    const { Responses } = await get({ records: { Keys: [key('acme', 'b1'), key('acme', '1')] } });
    expect(Responses!['records']).toHaveLength(2);
    await write({ records: [{ DeleteRequest: { Key: key('acme', 'b1') } }] });
  });

  test('with one foreign item are denied as a whole', async () => {
    expect(await refusal(get({ records: { Keys: [key('acme', '1'), key('globex', '1')] } }))).toBe(denied);
    const put = { PutRequest: { Item: key('acme', 'half') } };
    expect(await refusal(write({ records: [put, { PutRequest: { Item: key('globex', 'half') } }] }))).toBe(denied);
    expect(await refusal(write({ records: [put, { DeleteRequest: { Key: key('globex', '1') } }] }))).toBe(denied);
    expect((await get({ records: { Keys: [key('acme', 'half')] } })).Responses!['records']).toEqual([]);
    expect((await get({ records: { Keys: [key('globex', '1')] } }, admin)).Responses!['records']).toHaveLength(1);
  });

  test('with one foreign table are denied as a whole', async () => {
    const call = get({ records: { Keys: [key('acme', '1')] }, counters: { Keys: [{ n: { N: '1' } }] } });
    expect(await refusalText(call)).toContain(`on resource: ${tableArn('counters')} `);
    await expect(
      get({ records: { Keys: [key('acme', '1')] }, counters: { Keys: [{ n: { N: '1' } }] } }, admin),
    ).resolves.toBeDefined();
  });

  test('with a table that is missing are denied, or not found', async () => {
    const items = { records: { Keys: [key('acme', '1')] }, missing: { Keys: [{ n: { N: '1' } }] } };
    expect(await refusal(get(items))).toBe(denied);
    expect(await refusal(get(items, admin))).toBe('ResourceNotFoundException 400');
  });

  test('without a table or with an odd write are refused', async () => {
    expect(await refusal(get({}, admin))).toBe('ValidationException 400');
    const both = { PutRequest: { Item: key('acme') }, DeleteRequest: { Key: key('globex') } };
    expect(await refusal(write({ records: [both] }, admin))).toBe('ValidationException 400');
    expect(await refusal(write({ records: [{}] }, admin))).toBe('ValidationException 400');
  });
});
