// The calls of every client, with the AWS SDK for JavaScript: `calls`, or `repeat COUNT PAUSE_MS` of one and the same client.
// One line a call: its name, ok or refused, the text that the SDK gives. It knows nothing of how credentials come.
import { setTimeout as sleep } from 'node:timers/promises';
// snippet:start
import { DynamoDBClient, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';

const s3 = new S3Client();
const dynamoDb = new DynamoDBClient();
// snippet:end

const [mode, count, pause] = process.argv.slice(2);
const { TEST_BUCKET: Bucket, TEST_TABLE: TableName } = process.env;
const item = (tenant: string): Record<string, { S: string }> => ({ pk: { S: tenant }, sk: { S: 'clients' } });

async function call(name: string, send: () => Promise<unknown>): Promise<void> {
  try {
    await send();
    console.log(`${name}\tok\t`);
  } catch (error) {
    console.log(`${name}\trefused\t${String(error).replaceAll('\n', ' ')}`);
  }
}

const s3Get = async (tenant: string): Promise<void> => {
  const { Body: body } = await s3.send(new GetObjectCommand({ Bucket, Key: `${tenant}/hello.txt` }));
  await body?.transformToString();
};

if (mode === 'repeat') {
  for (let turn = 0; turn < Number(count); turn++) {
    if (turn > 0) await sleep(Number(pause));
    await call('s3 get', () => s3Get('acme'));
  }
} else {
  await call('s3 put', () => s3.send(new PutObjectCommand({ Bucket, Key: 'acme/clients.txt', Body: 'javascript' })));
  await call('s3 get', () => s3Get('acme'));
  await call('s3 get other', () => s3Get('globex'));
  await call('dynamodb put', () => dynamoDb.send(new PutItemCommand({ TableName, Item: item('acme') })));
  await call('dynamodb get', () => dynamoDb.send(new GetItemCommand({ TableName, Key: item('acme') })));
  await call('dynamodb get other', () => dynamoDb.send(new GetItemCommand({ TableName, Key: item('globex') })));
}
