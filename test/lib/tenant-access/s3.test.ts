// A bucket per tenant, and a shared access point. SEC-S3-01, 02, 06, 08.
import { Bucket, CfnAccessPoint } from 'aws-cdk-lib/aws-s3';
import { describe, expect, test } from 'vitest';
import { TenantAccess } from '../../../lib/index.ts';
import { newStack, type Call } from '../synthesised.ts';
import { describeHelper, each, refusal } from './harness.ts';

const account = { 's3:ResourceAccount': '111122223333' };
const objectReads = ['s3:GetObject'];
const objectWrites = ['s3:PutObject', 's3:DeleteObject', 's3:AbortMultipartUpload', 's3:ListMultipartUploadParts'];
const objectControls = [
  's3:PutObjectAcl',
  's3:GetObjectAcl',
  's3:PutObjectTagging',
  's3:DeleteObjectTagging',
  's3:GetObjectTagging',
  's3:GetObjectVersion',
  's3:DeleteObjectVersion',
  's3:PutObjectRetention',
  's3:BypassGovernanceRetention',
  's3:RestoreObject',
];
const bucketControls = [
  's3:GetBucketPolicy',
  's3:PutBucketPolicy',
  's3:DeleteBucketPolicy',
  's3:PutBucketAcl',
  's3:PutLifecycleConfiguration',
  's3:PutBucketTagging',
  's3:TagResource',
  's3:CreateBucket',
  's3:DeleteBucket',
  's3:ListBucketVersions',
  's3:ListBucketMultipartUploads',
  's3:PutBucketNotification',
  's3:PutReplicationConfiguration',
];

const bucket = (tenant: string): string => `arn:aws:s3:::app-${tenant}`;
const statement = (Action: readonly string[], Resource: string | readonly string[]) => ({
  Effect: 'Allow' as const,
  Action,
  Resource,
  Condition: { StringEquals: account },
});
const bucketNever = (tenant: string): Call[] => [
  ...each(bucketControls, bucket(tenant), account),
  ...each(objectControls, `${bucket(tenant)}/x`, account),
  // The same name in another account, or an account that is not told.
  ...each([...objectReads, ...objectWrites], `${bucket(tenant)}/x`, { 's3:ResourceAccount': '999999999999' }),
  ...each([...objectReads, ...objectWrites], `${bucket(tenant)}/x`),
  ...each(['s3:ListBucket'], bucket(tenant), { 's3:ResourceAccount': '999999999999' }),
  ...each(objectReads, `${bucket(`${tenant}-logs`)}/x`, account),
  ...each(objectReads, `arn:aws:s3:::app-/x`, account),
  ...each(objectReads, `arn:aws:s3:::other-${tenant}/x`, account),
  ...each(objectReads, `arn:aws-cn:s3:::app-${tenant}/x`, account),
  { action: 's3:ListAllMyBuckets', resource: '*', context: account },
];

describeHelper('s3Bucket', {
  readWrite: {
    access: (stack) => TenantAccess.s3Bucket(stack, { prefix: 'app-' }),
    statements: [
      statement(
        [...objectReads, 's3:ListBucket', ...objectWrites],
        [bucket('{{tenant}}'), `${bucket('{{tenant}}')}/*`],
      ),
    ],
    own: (tenant) => [
      ...each([...objectReads, ...objectWrites], `${bucket(tenant)}/a/b c*?`, account),
      ...each(['s3:ListBucket'], bucket(tenant), account),
    ],
    never: bucketNever,
  },
  read: {
    access: (stack) => TenantAccess.s3Bucket(stack, { prefix: 'app-', access: 'read' }),
    statements: [statement([...objectReads, 's3:ListBucket'], [bucket('{{tenant}}'), `${bucket('{{tenant}}')}/*`])],
    own: (tenant) => each(objectReads, `${bucket(tenant)}/x`, account),
    never: (tenant) => [...bucketNever(tenant), ...each(objectWrites, `${bucket(tenant)}/x`, account)],
  },
  write: {
    access: (stack) => TenantAccess.s3Bucket(stack, { prefix: 'app-', access: 'write' }),
    statements: [statement(objectWrites, `${bucket('{{tenant}}')}/*`)],
    own: (tenant) => each(objectWrites, `${bucket(tenant)}/x`, account),
    never: (tenant) => [
      ...bucketNever(tenant),
      ...each(objectReads, `${bucket(tenant)}/x`, account),
      ...each(['s3:ListBucket'], bucket(tenant), account),
    ],
  },
});

const point = 'arn:aws:s3:us-east-1:111122223333:accesspoint/shared';
const pointNever = (tenant: string): Call[] => [
  // Listings: without a prefix, above the tenant, beside it.
  ...each(['s3:ListBucket'], point),
  ...['', 't/', `t/${tenant}`, `t/${tenant}2/`, `${tenant}/`, `x/t/${tenant}/`, '*'].flatMap((prefix) =>
    each(['s3:ListBucket'], point, { 's3:prefix': prefix }),
  ),
  ...each(objectControls, `${point}/object/t/${tenant}/x`),
  ...each(bucketControls, point, { 's3:prefix': `t/${tenant}/` }),
  ...each(['s3:PutAccessPointPolicy', 's3:DeleteAccessPoint', 's3:GetAccessPointPolicy'], point),
  // The bucket itself, other access points, keys that only look like the tenant's.
  ...each(objectReads, `arn:aws:s3:::data/t/${tenant}/x`),
  ...each(objectReads, `${point}2/object/t/${tenant}/x`),
  ...each(objectReads, `${point}/object/${tenant}/x`),
  ...each(objectReads, `${point}/object/x/t/${tenant}/x`),
  ...each(objectReads, `${point}/object/t/${tenant}`),
  ...each(objectReads, `${point.replace('us-east-1', 'eu-west-1')}/object/t/${tenant}/x`),
];
const listing = {
  Effect: 'Allow' as const,
  Action: 's3:ListBucket',
  Resource: point,
  Condition: { StringLike: { 's3:prefix': 't/{{tenant}}/*' } },
};

describeHelper('s3AccessPoint', {
  readWrite: {
    access: (stack) =>
      TenantAccess.s3AccessPoint(CfnAccessPoint.fromAccessPointName(stack, 'Point', 'shared'), { prefix: 't/' }),
    statements: [
      { Effect: 'Allow', Action: [...objectReads, ...objectWrites], Resource: `${point}/object/t/{{tenant}}/*` },
      listing,
    ],
    own: (tenant) => [
      ...each([...objectReads, ...objectWrites], `${point}/object/t/${tenant}/a/b`),
      ...each(['s3:ListBucket'], point, { 's3:prefix': `t/${tenant}/` }),
    ],
    never: pointNever,
  },
  write: {
    access: (stack) =>
      TenantAccess.s3AccessPoint(CfnAccessPoint.fromAccessPointName(stack, 'PointToWrite', 'shared'), {
        prefix: 't/',
        access: 'write',
      }),
    statements: [{ Effect: 'Allow', Action: objectWrites, Resource: `${point}/object/t/{{tenant}}/*` }],
    own: (tenant) => each(objectWrites, `${point}/object/t/${tenant}/x`),
    never: (tenant) => [
      ...pointNever(tenant),
      ...each(objectReads, `${point}/object/t/${tenant}/x`),
      ...each(['s3:ListBucket'], point, { 's3:prefix': `t/${tenant}/` }),
    ],
  },
});

describe('misuse', () => {
  const stack = newStack();
  test.each(['', '-', 'app', 'App-', 'app_', 'app/', 'a*-', 'a?-', '{{tenant}}-', '${aws:username}-', 'ä-'])(
    's3Bucket refuses the prefix %j',
    (prefix) => {
      expect(() => TenantAccess.s3Bucket(stack, { prefix })).toThrow(refusal());
    },
  );

  test('s3Bucket refuses one bucket for all', () => {
    const one = new Bucket(stack, 'One');
    expect(() => TenantAccess.s3Bucket(one, { prefix: 'app-' })).toThrow(/One bucket cannot be split/);
  });

  test.each(['t', '/t/', 't*/', '{{tenant}}/', '${x}/'])('s3AccessPoint refuses the prefix %j', (prefix) => {
    const shared = CfnAccessPoint.fromAccessPointName(
      stack,
      `Point${JSON.stringify(prefix).length}${prefix.length}${prefix.at(0) ?? ''}`.replaceAll(/\W/g, 'x'),
      'shared',
    );
    expect(() => TenantAccess.s3AccessPoint(shared, { prefix })).toThrow(refusal());
  });

  test('ARNs carry the partition of the deployment (SEC-S3-08)', () => {
    const china = newStack({ env: { account: '111122223333', region: 'cn-north-1' } });
    const written = (access: TenantAccess): string => JSON.stringify(china.resolve(access.sessionStatements()));
    expect(written(TenantAccess.s3Bucket(china, { prefix: 'app-' }))).toContain('"arn:aws-cn:s3:::app-{{tenant}}/*"');
    const shared = CfnAccessPoint.fromAccessPointName(china, 'Point', 'shared');
    expect(written(TenantAccess.s3AccessPoint(shared))).toContain(
      '"arn:aws-cn:s3:cn-north-1:111122223333:accesspoint/shared"',
    );
  });
});
