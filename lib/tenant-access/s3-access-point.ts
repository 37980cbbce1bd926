// Access to one tenant's prefix through an S3 access point that all tenants use. An access point per tenant on one bucket is
// not offered: its name isolates nothing, since every access point reaches every key of the bucket.
import type { IConstruct } from 'constructs';
import type { AccessLevel } from './access-level.ts';
import { arnIn } from './by-name.ts';
import { describeObjects, refuseOddKeyPrefix } from './s3-objects.ts';
import type { TenantStatement } from './statement.ts';

/** What the access needs to know of an `IAccessPointRef`, such as `CfnAccessPoint`. */
export type TenantAccessPoint = IConstruct & {
  readonly accessPointRef: { readonly accessPointName: string };
};

/** Options of `TenantAccess.s3AccessPoint`. */
export interface S3AccessPointOptions {
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

/**
 * The statement templates. The bucket has to delegate to its access points, or allow the same.
 * @throws SynthError `TvmTenantAccessInvalid` for a prefix that does not isolate
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-points-policies.html
 */
export function describeAccessPointAccess(
  accessPoint: TenantAccessPoint,
  options: S3AccessPointOptions,
): readonly TenantStatement[] {
  const { prefix = '', access = 'readWrite' } = options;
  refuseOddKeyPrefix(prefix, accessPoint);
  const arn = arnIn(accessPoint, 's3', `accesspoint/${accessPoint.accessPointRef.accessPointName}`);
  return describeObjects({ listedArn: arn, objectArnPrefix: `${arn}/object` }, prefix, access);
}
