import {
  CreateTableCommand,
  DeleteTableCommand,
  DescribeTableCommand,
  ExecuteStatementCommand,
  GetItemCommand,
  ListTablesCommand,
  PutItemCommand,
  TransactGetItemsCommand,
  TransactWriteItemsCommand,
  UpdateTableCommand,
  UpdateTimeToLiveCommand,
  type DynamoDBClient,
} from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  openRecordsRoom,
  openRoom,
  deniedByDynamoDb as denied,
  keyOfRecord as key,
  records as TableName,
  refusal,
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
