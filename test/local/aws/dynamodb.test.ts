import {
  DeleteItemCommand,
  GetItemCommand,
  PutItemCommand,
  UpdateItemCommand,
  type AttributeValue,
  type DynamoDBClient,
} from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  openRecordsRoom,
  deniedByDynamoDb as denied,
  keyOfRecord as key,
  records as TableName,
  accountId,
  policy,
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
