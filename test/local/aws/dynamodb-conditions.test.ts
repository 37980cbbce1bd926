import {
  BatchWriteItemCommand,
  DeleteItemCommand,
  GetItemCommand,
  PutItemCommand,
  ScanCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import type { ConditionElement } from '../../../core/iam/index.ts';
import { describe, expect, test } from 'vitest';
import { openRoom, policy, refusal, role, tableArn, tenantData } from './room.ts';

const TableName = 'records';
const key = (tenant: string, id = '1') => ({ tenant: { S: tenant }, id: { S: id } });
const denied = 'AccessDeniedException 400';

describe('condition keys', () => {
  /** A room whose tenant role has one statement on the table. */
  const withCondition = async (Condition: ConditionElement) => {
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
