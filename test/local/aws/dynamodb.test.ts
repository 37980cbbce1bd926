import {
  BatchGetItemCommand,
  BatchWriteItemCommand,
  CreateTableCommand,
  DeleteItemCommand,
  DeleteTableCommand,
  DescribeTableCommand,
  ExecuteStatementCommand,
  GetItemCommand,
  ListTablesCommand,
  PutItemCommand,
  QueryCommand,
  ScanCommand,
  TransactGetItemsCommand,
  TransactWriteItemsCommand,
  UpdateItemCommand,
  UpdateTableCommand,
  UpdateTimeToLiveCommand,
  type AttributeValue,
  type DynamoDBClient,
  type QueryCommandInput,
} from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { accountId, openRoom, policy, refusal, refusalText, role, tableArn, tenantData, type Room } from './room.ts';

let room: Room;
let acme: DynamoDBClient;
let admin: DynamoDBClient;
beforeAll(async () => {
  room = await openRoom();
  acme = room.dynamoDb(await room.tenant('acme'));
  admin = room.dynamoDb(room.keysOf('admin'));
  for (const tenant of ['acme', 'globex', 'acme-evil', 'acme/']) {
    for (const id of ['1', '2', '10']) {
      await room.aws.putItem('records', {
        tenant: { S: tenant },
        id: { S: id },
        owner: { S: tenant },
        text: { S: tenant },
      });
    }
  }
});
afterAll(() => room.stop());

const TableName = 'records';
const key = (tenant: string, id = '1') => ({ tenant: { S: tenant }, id: { S: id } });
const denied = 'AccessDeniedException 400';

describe('items', () => {
  test('are put, read, updated and deleted by their tenant', async () => {
    const Key = key('acme', 'life');
    await acme.send(
      new PutItemCommand({ TableName, Item: { ...Key, n: { N: '1' }, l: { L: [{ M: { a: { BOOL: true } } }] } } }),
    );
    await acme.send(
      new UpdateItemCommand({
        TableName,
        Key,
        UpdateExpression: 'SET #n = #n + :one, l[0].b = if_not_exists(x, :one) REMOVE gone',
        ConditionExpression: 'attribute_exists(#n) AND NOT contains(l, :one)',
        ExpressionAttributeNames: { '#n': 'n' },
        ExpressionAttributeValues: { ':one': { N: '1' } },
      }),
    );
    const { Item } = await acme.send(new GetItemCommand({ TableName, Key }));
    expect(Item).toEqual({ ...Key, n: { N: '2' }, l: { L: [{ M: { a: { BOOL: true }, b: { N: '1' } } }] } });
    const gone = await acme.send(new DeleteItemCommand({ TableName, Key, ReturnValues: 'ALL_OLD' }));
    expect(gone.Attributes).toEqual(Item);
    expect((await acme.send(new GetItemCommand({ TableName, Key }))).Item).toBeUndefined();
  });

  test('keep their conditions', async () => {
    const put = new PutItemCommand({
      TableName,
      Item: key('acme'),
      ConditionExpression: 'attribute_not_exists(tenant)',
    });
    expect(await refusal(acme.send(put))).toBe('ConditionalCheckFailedException 400');
  });

  test.each(['globex', 'acme-evil', 'acme/', 'ACME', 'acm', 'acme ', ''])('of %j are out of reach', async (tenant) => {
    const Key = key(tenant);
    const calls = [
      acme.send(new GetItemCommand({ TableName, Key })),
      acme.send(new PutItemCommand({ TableName, Item: Key })),
      acme.send(
        new UpdateItemCommand({
          TableName,
          Key,
          UpdateExpression: 'SET a = :a',
          ExpressionAttributeValues: { ':a': { S: 'x' } },
        }),
      ),
      acme.send(new DeleteItemCommand({ TableName, Key })),
    ];
    for (const call of calls) expect(await refusal(call)).toBe(denied);
  });

  test('are denied in AWS words', async () => {
    expect(await refusalText(acme.send(new GetItemCommand({ TableName, Key: key('globex') })))).toBe(
      `User: arn:aws:sts::${accountId}:assumed-role/tenant-data/acme@tests is not authorized to perform: dynamodb:GetItem on resource: ${tableArn('records')} because no identity-based policy allows the dynamodb:GetItem action`,
    );
    const tight = JSON.stringify(policy({ Effect: 'Allow', Action: 's3:*', Resource: '*' }));
    const keys = await room.tenant('acme', { Policy: tight });
    expect(await refusalText(room.dynamoDb(keys).send(new GetItemCommand({ TableName, Key: key('acme') })))).toMatch(
      /because no session policy allows the dynamodb:GetItem action$/,
    );
  });

  test('cannot change the tenant they belong to', async () => {
    const update = new UpdateItemCommand({
      TableName,
      Key: key('acme'),
      UpdateExpression: 'SET tenant = :t',
      ExpressionAttributeValues: { ':t': { S: 'globex' } },
    });
    expect(await refusal(acme.send(update))).toBe('ValidationException 400');
  });

  test.each<[string, Record<string, AttributeValue>]>([
    ['a number for a string', { tenant: { N: '1' }, id: { S: '1' } }],
    ['no partition key', { id: { S: '1' } }],
    ['no sort key', { tenant: { S: 'acme' } }],
  ])('with a key that has %s are refused', async (_, Key) => {
    expect(await refusal(acme.send(new GetItemCommand({ TableName, Key })))).toBe('ValidationException 400');
  });

  test('have one spelling of a number key', async () => {
    await admin.send(new PutItemCommand({ TableName: 'counters', Item: { n: { N: '1' } } }));
    const get = (N: string) =>
      refusal(admin.send(new GetItemCommand({ TableName: 'counters', Key: { n: { N } } })).then(() => 'read'));
    expect(await get('1')).toContain('read');
    for (const N of ['1.0', '01', '1e0', '+1', '-0', ' 1', '']) expect(await get(N)).toBe('ValidationException 400');
    for (const N of ['0', '-1', '0.5', '-0.05', '100', '123456789012345678901234567890'])
      expect(await get(N)).toContain('read');
  });

  test('are granted by the policy of the table itself', async () => {
    const nobody = room.dynamoDb(room.keysOf('nobody'));
    await expect(
      nobody.send(new GetItemCommand({ TableName: 'counters', Key: { n: { N: '1' } } })),
    ).resolves.toBeDefined();
    expect(await refusal(nobody.send(new PutItemCommand({ TableName: 'counters', Item: { n: { N: '1' } } })))).toBe(
      denied,
    );
    expect(await refusal(nobody.send(new GetItemCommand({ TableName, Key: key('acme') })))).toBe(denied);
  });
});

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

describe('condition keys', () => {
  /** A room whose tenant role has one statement on the table. */
  const withCondition = async (Condition: NonNullable<Parameters<typeof policy>[0]['Condition']>) => {
    const own = await openRoom();
    own.aws.replaceRole(
      role(tenantData, [
        policy({ Effect: 'Allow', Action: 'dynamodb:*', Resource: `${tableArn('records')}*`, Condition }),
      ]),
    );
    const client = own.dynamoDb(own.keysOf(tenantData));
    return { client, stop: () => own.stop() };
  };

  test('dynamodb:Attributes holds everything that a request names', async () => {
    const { client, stop } = await withCondition({
      'ForAllValues:StringEquals': { 'dynamodb:Attributes': ['tenant', 'id', 'text'] },
    });
    const read = (more: object) =>
      refusal(client.send(new GetItemCommand({ TableName, Key: key('acme'), ...more })).then(() => 'ok'));
    expect(await read({ ProjectionExpression: '#x, id', ExpressionAttributeNames: { '#x': 'text' } })).toContain('ok');
    expect(await read({ AttributesToGet: ['text'] })).toContain('ok');
    expect(await read({ ProjectionExpression: 'secret' })).toBe(denied);
    expect(await read({ ProjectionExpression: 'id, #x.b', ExpressionAttributeNames: { '#x': 'secret' } })).toBe(denied);
    expect(await read({ AttributesToGet: ['text', 'secret'] })).toBe(denied);
    const write = (more: object) =>
      refusal(client.send(new UpdateItemCommand({ TableName, Key: key('acme'), ...more })).then(() => 'ok'));
    const ExpressionAttributeValues = { ':v': { S: 'v' } };
    expect(
      await write({
        UpdateExpression: 'SET #x = :v',
        ExpressionAttributeNames: { '#x': 'text' },
        ExpressionAttributeValues,
      }),
    ).toContain('ok');
    expect(await write({ UpdateExpression: 'SET secret = :v', ExpressionAttributeValues })).toBe(denied);
    expect(
      await write({
        UpdateExpression: 'SET #x = if_not_exists(secret, :v)',
        ExpressionAttributeNames: { '#x': 'text' },
        ExpressionAttributeValues,
      }),
    ).toBe(denied);
    expect(await write({ UpdateExpression: 'REMOVE secret' })).toBe(denied);
    expect(
      await write({
        UpdateExpression: 'REMOVE #x',
        ExpressionAttributeNames: { '#x': 'text' },
        ConditionExpression: 'attribute_exists(secret)',
      }),
    ).toBe(denied);
    expect(await write({ AttributeUpdates: { secret: { Action: 'DELETE' } } })).toBe(denied);
    const item = { ...key('acme'), secret: { S: 'x' } };
    expect(await refusal(client.send(new PutItemCommand({ TableName, Item: item })))).toBe(denied);
    const batch = new BatchWriteItemCommand({ RequestItems: { records: [{ PutRequest: { Item: item } }] } });
    expect(await refusal(client.send(batch))).toBe(denied);
    const scan = new ScanCommand({ TableName, FilterExpression: 'size(secret) > :v', ExpressionAttributeValues });
    expect(await refusal(client.send(scan))).toBe(denied);
    await stop();
  });

  test('dynamodb:Select tells what a read selects, said or not', async () => {
    const { client, stop } = await withCondition({
      StringEqualsIfExists: { 'dynamodb:Select': 'SPECIFIC_ATTRIBUTES' },
    });
    const read = (more: object) =>
      refusal(client.send(new GetItemCommand({ TableName, Key: key('acme'), ...more })).then(() => 'ok'));
    expect(await read({ ProjectionExpression: 'id' })).toContain('ok');
    expect(await read({})).toBe(denied);
    expect(await refusal(client.send(new ScanCommand({ TableName })))).toBe(denied);
    expect(await refusal(client.send(new ScanCommand({ TableName, Select: 'ALL_ATTRIBUTES' })))).toBe(denied);
    await stop();
  });

  test('dynamodb:ReturnValues tells what a write gives back', async () => {
    const { client, stop } = await withCondition({ StringEquals: { 'dynamodb:ReturnValues': 'NONE' } });
    const write = (more: object) =>
      refusal(client.send(new DeleteItemCommand({ TableName, Key: key('acme', 'x'), ...more })).then(() => 'ok'));
    expect(await write({})).toContain('ok');
    expect(await write({ ReturnValues: 'ALL_OLD' })).toBe(denied);
    await stop();
  });

  test('dynamodb:LeadingKeys is absent where a request has none', async () => {
    const { client, stop } = await withCondition({ 'ForAllValues:StringEquals': { 'dynamodb:LeadingKeys': 'acme' } });
    // As on AWS: without a Null check beside it, ForAllValues admits a Scan.
    await expect(client.send(new ScanCommand({ TableName }))).resolves.toBeDefined();
    expect(await refusal(client.send(new GetItemCommand({ TableName, Key: key('globex') })))).toBe(denied);
    await stop();
  });
});

describe('tables', () => {
  const schema = {
    KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' as const }],
    AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' as const }],
    BillingMode: 'PAY_PER_REQUEST' as const,
  };

  test('are created, described with our ARNs, listed, updated and deleted', async () => {
    const made = await admin.send(new CreateTableCommand({ TableName: 'fresh', ...schema }));
    expect(made.TableDescription?.TableArn).toBe(tableArn('fresh'));
    await admin.send(new PutItemCommand({ TableName: 'fresh', Item: { pk: { S: 'a' } } }));
    const { Table } = await admin.send(new DescribeTableCommand({ TableName }));
    expect(Table?.TableArn).toBe(tableArn('records'));
    expect(Table?.GlobalSecondaryIndexes?.[0]?.IndexArn).toBe(`${tableArn('records')}/index/by-owner`);
    expect((await admin.send(new ListTablesCommand({}))).TableNames).toEqual(
      expect.arrayContaining(['fresh', 'records']),
    );
    const ProvisionedThroughput = { ReadCapacityUnits: 1, WriteCapacityUnits: 1 };
    await admin.send(new UpdateTableCommand({ TableName: 'fresh', BillingMode: 'PROVISIONED', ProvisionedThroughput }));
    await expect
      .poll(() => refusal(admin.send(new DeleteTableCommand({ TableName: 'fresh' })).then(() => 'gone')))
      .toContain('gone');
    expect(await refusal(admin.send(new GetItemCommand({ TableName: 'fresh', Key: { pk: { S: 'a' } } })))).toBe(
      'ResourceNotFoundException 400',
    );
  });

  test('that are made again with another key are decided by that key', async () => {
    const own = await openRoom();
    const all = own.dynamoDb(own.keysOf('admin'));
    const tenant = own.dynamoDb(await own.tenant('acme'));
    await all.send(new DeleteTableCommand({ TableName }));
    const remade = {
      ...schema,
      TableName,
      KeySchema: [
        { AttributeName: 'id', KeyType: 'HASH' as const },
        { AttributeName: 'tenant', KeyType: 'RANGE' as const },
      ],
      AttributeDefinitions: [
        { AttributeName: 'id', AttributeType: 'S' as const },
        { AttributeName: 'tenant', AttributeType: 'S' as const },
      ],
    };
    await expect.poll(() => refusal(all.send(new CreateTableCommand(remade)).then(() => 'made'))).toContain('made');
    expect(await refusal(tenant.send(new GetItemCommand({ TableName, Key: key('acme', 'globex') })))).toBe(denied);
    await expect
      .poll(() =>
        refusal(tenant.send(new GetItemCommand({ TableName, Key: key('globex', 'acme') })).then(() => 'read')),
      )
      .toContain('read');
    await own.stop();
  });

  test('are closed to a tenant', async () => {
    expect(await refusal(acme.send(new CreateTableCommand({ TableName: 'mine', ...schema })))).toBe(denied);
    expect(await refusal(acme.send(new DescribeTableCommand({ TableName })))).toBe(denied);
    expect(await refusal(acme.send(new DeleteTableCommand({ TableName })))).toBe(denied);
    expect(await refusal(acme.send(new ListTablesCommand({})))).toBe(denied);
    expect(await refusal(acme.send(new GetItemCommand({ TableName: 'missing', Key: key('acme') })))).toBe(denied);
  });

  test('that exist are not created again', async () => {
    expect(await refusal(admin.send(new CreateTableCommand({ TableName, ...schema })))).toBe(
      'ResourceInUseException 400',
    );
  });

  test.each<[string, object]>([
    ['streams', { StreamSpecification: { StreamEnabled: true, StreamViewType: 'NEW_IMAGE' } }],
    ['tags', { Tags: [{ Key: 'a', Value: 'b' }] }],
    ['a resource policy', { ResourcePolicy: '{}' }],
    ['a KMS key', { SSESpecification: { Enabled: true } }],
  ])('are not created with %s', async (_, more) => {
    expect(await refusal(admin.send(new CreateTableCommand({ TableName: 'odd', ...schema, ...more })))).toBe(
      'NotImplemented 501',
    );
  });

  test('take no new indexes', async () => {
    const update = new UpdateTableCommand({
      TableName,
      GlobalSecondaryIndexUpdates: [{ Delete: { IndexName: 'by-owner' } }],
    });
    expect(await refusal(admin.send(update))).toBe('NotImplemented 501');
  });

  test('are seeded only with what fits them', async () => {
    await expect(room.aws.putItem('records', { tenant: { S: 'x' } })).rejects.toThrow(TypeError);
    await expect(room.aws.putItem('missing', { a: { S: 'x' } })).rejects.toThrow(TypeError);
  });
});

describe('what local DynamoDB does not do is refused, also for somebody who may do everything', () => {
  const Put = { TableName, Item: key('globex') };
  test.each<[string, () => Promise<unknown>]>([
    [
      'TransactGetItems',
      () => admin.send(new TransactGetItemsCommand({ TransactItems: [{ Get: { TableName, Key: key('globex') } }] })),
    ],
    ['TransactWriteItems', () => admin.send(new TransactWriteItemsCommand({ TransactItems: [{ Put }] }))],
    ['PartiQL', () => admin.send(new ExecuteStatementCommand({ Statement: 'SELECT * FROM records' }))],
    [
      'time to live',
      () =>
        admin.send(
          new UpdateTimeToLiveCommand({ TableName, TimeToLiveSpecification: { Enabled: true, AttributeName: 'a' } }),
        ),
    ],
    ['a table by ARN', () => admin.send(new GetItemCommand({ TableName: tableArn('records'), Key: key('acme') }))],
    [
      'the item of a failed condition',
      () => admin.send(new PutItemCommand({ ...Put, ReturnValuesOnConditionCheckFailure: 'ALL_OLD' })),
    ],
  ])('%s', async (_, call) => {
    expect(await refusal(call())).toBe('NotImplemented 501');
  });
});
