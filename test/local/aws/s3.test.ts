import { GetObjectCommand, ListObjectsV2Command, PutObjectCommand } from '@aws-sdk/client-s3';
import { GetCallerIdentityCommand } from '@aws-sdk/client-sts';
import { DynamoDBClient, GetItemCommand, PutItemCommand, QueryCommand } from '@aws-sdk/client-dynamodb';
import { test, expect } from 'vitest';
import { openRoom, refusal, refusalText, execution } from './room.ts';
test('smoke', async () => {
  const room = await openRoom();
  const acme = await room.tenant('acme');
  console.log(await room.sts(acme).send(new GetCallerIdentityCommand({})));
  const s3 = room.s3(acme);
  await s3.send(new PutObjectCommand({ Bucket: 'documents', Key: 'acme/a b+c%.txt', Body: 'hello' }));
  const got = await s3.send(new GetObjectCommand({ Bucket: 'documents', Key: 'acme/a b+c%.txt' }));
  console.log(await got.Body!.transformToString(), got.ETag, got.ChecksumCRC32);
  console.log(await s3.send(new ListObjectsV2Command({ Bucket: 'documents', Prefix: 'acme/' })));
  console.log(await refusalText(s3.send(new GetObjectCommand({ Bucket: 'documents', Key: 'globex/x' }))));
  console.log(await refusalText(s3.send(new GetObjectCommand({ Bucket: 'documents', Key: 'acme/x' }))));
  const d = room.dynamoDb(acme);
  await d.send(new PutItemCommand({ TableName: 'records', Item: { tenant: { S: 'acme' }, id: { S: '1' } } }));
  console.log(
    await d.send(new GetItemCommand({ TableName: 'records', Key: { tenant: { S: 'acme' }, id: { S: '1' } } })),
  );
  console.log(
    (
      await d.send(
        new QueryCommand({
          TableName: 'records',
          KeyConditionExpression: '#t = :t',
          ExpressionAttributeNames: { '#t': 'tenant' },
          ExpressionAttributeValues: { ':t': { S: 'acme' } },
        }),
      )
    ).Items,
  );
  console.log(
    await refusalText(
      d.send(
        new QueryCommand({
          TableName: 'records',
          KeyConditionExpression: '#t = :t',
          ExpressionAttributeNames: { '#t': 'tenant' },
          ExpressionAttributeValues: { ':t': { S: 'globex' } },
        }),
      ),
    ),
  );
  await room.stop();
});
