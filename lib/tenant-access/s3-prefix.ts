// Access to one tenant's prefix of an S3 bucket. Owns the list of S3 actions that a prefix isolates: only those whose
// resource is the object, and ListBucket under a condition on the prefix. Must never grant a bucket control.
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { CfnBucket } from 'aws-cdk-lib/aws-s3';
import { Stack, Token } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';
import { SynthError } from '../errors.ts';
import type { AccessLevel } from './access-level.ts';
import { tenantPlaceholder, type TenantStatement } from './statement.ts';

/** What the access needs to know of an `IBucket`; the class `Bucket` is one too, also under exactOptionalPropertyTypes. */
export type TenantBucket = IConstruct & {
  readonly bucketArn: string;
  readonly encryptionKey?: IKey | undefined;
};

/** Options of `TenantAccess.s3Prefix`. */
export interface S3PrefixOptions {
  /**
   * What stands before the tenant id in every key; ends with `/`.
   * @default - nothing: keys start with the tenant id
   */
  readonly prefix?: string;
  /**
   * Reading, writing or both.
   * @default 'readWrite'
   */
  readonly access?: AccessLevel;
}

// Multipart listing by bucket (s3:ListBucketMultipartUploads) shows every tenant's keys, and PutObjectAcl, PutObjectTagging
// and their like change who else may read: none is here.
const readActions = ['s3:GetObject'];
const writeActions = ['s3:PutObject', 's3:DeleteObject', 's3:AbortMultipartUpload', 's3:ListMultipartUploadParts'];

/**
 * The statement templates.
 * @throws SynthError `TvmTenantAccessInvalid` for a prefix that does not isolate, `TvmKeyNotIsolatable` for a KMS key
 *   that cannot be split between tenants
 * @see https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html
 */
export function describePrefixAccess(bucket: TenantBucket, options: S3PrefixOptions): readonly TenantStatement[] {
  const { prefix = '', access = 'readWrite' } = options;
  refuseOddPrefix(prefix, bucket);
  // The slash ends the tenant id: without it `acme*` would reach `acme2`.
  const keys = `${prefix}${tenantPlaceholder}/*`;
  const objects = `${bucket.bucketArn}/${keys}`;
  const reads = access !== 'write';
  const actions = [...(reads ? readActions : []), ...(access === 'read' ? [] : writeActions)];
  return [
    { Effect: 'Allow', Action: actions, Resource: objects },
    ...(reads
      ? [
          {
            Effect: 'Allow' as const,
            Action: 's3:ListBucket',
            Resource: bucket.bucketArn,
            // StringLike is false on a missing key, so a listing of the whole bucket is denied.
            Condition: { StringLike: { 's3:prefix': keys } },
          },
        ]
      : []),
    ...keyStatements(bucket, objects, access),
  ];
}

/** With a key of its own per object the encryption context is the object's ARN, which isolates like the object does. */
function keyStatements(bucket: TenantBucket, objects: string, access: AccessLevel): readonly TenantStatement[] {
  if (bucket.encryptionKey === undefined) return [];
  if (usesBucketKey(bucket) !== false) {
    throw new SynthError(
      'TvmKeyNotIsolatable',
      {
        what: 'The KMS key of the bucket cannot be split between tenants',
        got: 'an S3 Bucket Key, or a bucket of which synth cannot tell: its encryption context is the whole bucket',
        allowed: 'S3-managed encryption, or a KMS key with bucketKeyEnabled: false',
        fix: 'set bucketKeyEnabled: false, or allow kms:Decrypt and kms:GenerateDataKey with TenantAccess.shared and a reason',
      },
      bucket,
    );
  }
  const { region, urlSuffix } = Stack.of(bucket);
  return [
    {
      Effect: 'Allow',
      // GenerateDataKey is what a write needs; multipart writes also decrypt. No CreateGrant: a grant outlives the session.
      Action: access === 'read' ? 'kms:Decrypt' : ['kms:Decrypt', 'kms:GenerateDataKey'],
      Resource: bucket.encryptionKey.keyArn,
      Condition: {
        StringEquals: { 'kms:ViaService': `s3.${region}.${urlSuffix}` },
        StringLike: { 'kms:EncryptionContext:aws:s3:arn': objects },
      },
    },
  ];
}

/** Undefined where synth cannot see the bucket's settings. */
function usesBucketKey(bucket: TenantBucket): boolean | undefined {
  const resource = bucket.node.defaultChild;
  if (!(resource instanceof CfnBucket)) return undefined;
  const encryption: unknown = Stack.of(bucket).resolve(resource.bucketEncryption);
  if (typeof encryption !== 'object' || encryption === null) return undefined;
  const { serverSideEncryptionConfiguration: rules } = encryption as { serverSideEncryptionConfiguration?: unknown };
  if (!Array.isArray(rules)) return undefined;
  const settings = rules.map((rule: { bucketKeyEnabled?: unknown }) => rule.bucketKeyEnabled ?? false);
  if (settings.every((setting) => setting === false)) return false;
  return settings.every((setting) => typeof setting === 'boolean') ? true : undefined;
}

function refuseOddPrefix(prefix: string, bucket: TenantBucket): void {
  const isPlain = Token.isUnresolved(prefix) || (/^[A-Za-z0-9!_.'()/=+@:,-]*$/.test(prefix) && !prefix.startsWith('/'));
  if (isPlain && (prefix === '' || prefix.endsWith('/'))) return;
  throw new SynthError(
    'TvmTenantAccessInvalid',
    {
      what: 'The prefix before the tenant id cannot be used',
      got: JSON.stringify(prefix),
      allowed: 'plain characters, no wildcard or placeholder, ending with /',
      fix: 'write it like "tenants/"; the tenant id and a slash are added',
    },
    bucket,
  );
}
