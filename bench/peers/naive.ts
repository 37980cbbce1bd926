// The naive peer: what public samples of a token vending machine do, with the packages they use, written as they write it. It
// is measured, never deployed: it trusts whatever claim it finds and pastes it into policy text.
import { Logger } from '@aws-lambda-powertools/logger';
import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import middy from '@middy/core';
import { JwtVerifier } from 'aws-jwt-verify';
import { SimpleJwksCache } from 'aws-jwt-verify/jwk';
import { get } from 'node:http';

const { BENCH_ISSUER = '', BENCH_JWKS = '' } = process.env;

const logger = new Logger({ serviceName: 'token-vending-machine' });
const sts = new STSClient({});
// The library's own fetcher takes https only.
const fetchLoopback = (url: string): Promise<ArrayBuffer> =>
  new Promise((resolve, reject) => {
    get(url, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => {
        const all = Buffer.concat(chunks);
        resolve(all.buffer.slice(all.byteOffset, all.byteOffset + all.byteLength));
      });
    }).on('error', reject);
  });
const verifier = JwtVerifier.create(
  { issuer: BENCH_ISSUER, audience: 'tvm', jwksUri: BENCH_JWKS },
  { jwksCache: new SimpleJwksCache({ fetcher: { fetch: fetchLoopback } }) },
);

const template = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: ['s3:GetObject', 's3:PutObject'], Resource: 'arn:aws:s3:::docs/TENANT/*' }],
});

interface Event {
  readonly headers: Readonly<Record<string, string>>;
}

export const handler = middy(async (event: Event) => {
  const claims = await verifier.verify((event.headers['authorization'] ?? '').replace('Bearer ', ''));
  const tenant = claims['tenant'] as string;
  logger.info('vending', { tenant });
  const { Credentials: credentials } = await sts.send(
    new AssumeRoleCommand({
      RoleArn: 'arn:aws:iam::111122223333:role/documents',
      RoleSessionName: `${tenant}@${String(claims.sub)}`,
      Policy: template.replaceAll('TENANT', tenant),
      DurationSeconds: 3600,
      Tags: [{ Key: 'TenantId', Value: tenant }],
    }),
  );
  return { statusCode: 200, body: JSON.stringify(credentials) };
}).use(injectLambdaContext(logger));
