// Reads one object with the unmodified AWS SDK and whatever credentials the environment gives it.
//   npx tvm exec --tenant acme -- node examples/documents/read.ts s3://BUCKET/acme/hello.txt
import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3';

const [, bucket, key] = /^s3:\/\/([^/]+)\/(.+)$/.exec(process.argv[2] ?? '') ?? [];
if (bucket === undefined || key === undefined) {
  console.error('usage: read.ts s3://BUCKET/KEY');
  process.exit(2);
}
try {
  const { Body: body } = await new S3Client().send(new GetObjectCommand({ Bucket: bucket, Key: key }));
  process.stdout.write((await body?.transformToString()) ?? '');
} catch (cause) {
  console.error(cause instanceof Error ? `${cause.name}: ${cause.message}` : 'failed');
  process.exit(1);
}
