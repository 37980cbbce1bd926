// What may be done with S3 objects, the same through a bucket, a bucket per tenant and an access point.
// Must never hold an action that controls a bucket or changes who else may read.
import { Token } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';
import { SynthError } from '../errors.ts';
import { actionsOf, type AccessLevel, type LevelActions } from './access-level.ts';
import { tenantPlaceholder, type TenantStatement } from './statement.ts';

/** Multipart listing by bucket (s3:ListBucketMultipartUploads) shows every tenant's keys, and PutObjectAcl,
 * PutObjectTagging and their like change who else may read: none is here. */
export const objectActions: LevelActions = {
  read: ['s3:GetObject'],
  write: ['s3:PutObject', 's3:DeleteObject', 's3:AbortMultipartUpload', 's3:ListMultipartUploadParts'],
};

/** Where objects are: what is listed, and what stands before the keys of its objects. */
export interface ObjectPlace {
  readonly listedArn: string;
  readonly objectArnPrefix: string;
}

/** Objects below `<prefix><tenant>/` and listing them. The slash ends the tenant id: without it `acme*` would reach `acme2`. */
export function describeObjects(place: ObjectPlace, prefix: string, access: AccessLevel): readonly TenantStatement[] {
  const keys = `${prefix}${tenantPlaceholder}/*`;
  return [
    { Effect: 'Allow', Action: actionsOf(objectActions, access), Resource: `${place.objectArnPrefix}/${keys}` },
    ...(access === 'write'
      ? []
      : [
          {
            Effect: 'Allow' as const,
            Action: 's3:ListBucket',
            Resource: place.listedArn,
            // StringLike is false on a missing key, so a listing of the whole bucket is denied.
            Condition: { StringLike: { 's3:prefix': keys } },
          },
        ]),
  ];
}

/** @throws SynthError `TvmTenantAccessInvalid` for a prefix that does not isolate */
export function refuseOddKeyPrefix(prefix: string, scope: IConstruct): void {
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
    scope,
  );
}
