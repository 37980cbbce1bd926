// The one place where an answer of STS becomes credentials: whole, or not at all.
import type { AssumedRole } from '../../core/credentials.ts';
import { TvmError } from '../../core/errors.ts';

/** What an answer says, each part where it is there. */
export interface AnsweredRole {
  readonly accessKeyId: string | undefined;
  readonly secretAccessKey: string | undefined;
  readonly sessionToken: string | undefined;
  readonly expiration: Date | undefined;
  readonly assumedRoleArn: string | undefined;
  readonly assumedRoleId: string | undefined;
  readonly packedPolicySize: number | undefined;
}

/** The credentials of an answer. Throws `upstream-invalid` where a part is missing: SDKs take half a credential for a whole one
 * and fail far from here. */
export function parseAssumedRole({
  accessKeyId,
  secretAccessKey,
  sessionToken,
  expiration,
  assumedRoleArn,
  assumedRoleId,
  packedPolicySize,
}: AnsweredRole): AssumedRole {
  if (
    !accessKeyId ||
    !secretAccessKey ||
    !sessionToken ||
    !assumedRoleArn ||
    expiration === undefined ||
    Number.isNaN(expiration.getTime())
  ) {
    throw new TvmError('upstream-invalid', { detail: 'the answer of STS is not whole' });
  }
  return {
    accessKeyId,
    secretAccessKey,
    sessionToken,
    expiration: Math.floor(expiration.getTime() / 1000),
    assumedRoleArn,
    ...(assumedRoleId ? { assumedRoleId } : {}),
    ...(packedPolicySize === undefined || Number.isNaN(packedPolicySize) ? {} : { packedPolicySize }),
  };
}
