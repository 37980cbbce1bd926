// Step 9: the AssumeRole port on @aws-sdk/client-sts. It sends what was decided, checks that the answer is whole, and turns
// every outcome of STS into one of our codes. Never a partial credential, never a retry of a denial.
// @see https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
import { AssumeRoleCommand, STSClient, type AssumeRoleCommandOutput } from '@aws-sdk/client-sts';
import type { AssumedRole } from '../core/credentials.ts';
import { TvmError, type TvmErrorCode } from '../core/errors.ts';
import type { AssumeRole } from '../core/ports.ts';
import type { AssumeRoleInput } from '../core/session.ts';

/** The environment the adapter needs, read by the composition root. */
export interface StsSettings {
  readonly region: string;
  /** From AWS_ENDPOINT_URL_STS; the regional endpoint where undefined. */
  readonly endpoint?: string;
  /** The execution role's credentials, read anew for each call: an environment that thaws after hours has new ones. */
  readonly credentials: () => Promise<{ accessKeyId: string; secretAccessKey: string; sessionToken?: string }>;
}

/** Milliseconds. A connection or an answer that takes longer is tried again within the request's deadline. */
const timeouts = { connectionTimeout: 1_000, requestTimeout: 3_000, throwOnRequestTimeout: true } as const;

/** Makes the port. It resolves with whole credentials or rejects with `sts-unavailable`, `upstream-invalid`,
 * `misconfigured`, `policy-too-large`. */
export function createAssumeRole(settings: StsSettings): AssumeRole {
  const client = new STSClient({
    region: settings.region,
    ...(settings.endpoint === undefined ? {} : { endpoint: settings.endpoint }),
    credentials: settings.credentials,
    maxAttempts: 3,
    requestHandler: timeouts,
  });
  return async (input, signal) => {
    let output: AssumeRoleCommandOutput;
    try {
      output = await client.send(new AssumeRoleCommand(toCommandInput(input)), { abortSignal: signal });
    } catch (cause) {
      throw toRefusal(cause);
    }
    return parseOutput(output);
  };
}

function toCommandInput(input: AssumeRoleInput): ConstructorParameters<typeof AssumeRoleCommand>[0] {
  return {
    RoleArn: input.roleArn,
    RoleSessionName: input.roleSessionName,
    DurationSeconds: input.durationSeconds,
    Tags: input.tags.map(({ key, value }) => ({ Key: key, Value: value })),
    TransitiveTagKeys: [...input.transitiveTagKeys],
    ...(input.policy === '' ? {} : { Policy: input.policy }),
    ...(input.policyArns.length === 0 ? {} : { PolicyArns: input.policyArns.map((arn) => ({ arn })) }),
    ...(input.sourceIdentity === undefined ? {} : { SourceIdentity: input.sourceIdentity }),
    ...(input.externalId === undefined ? {} : { ExternalId: input.externalId }),
  };
}

function parseOutput({
  Credentials: credentials,
  AssumedRoleUser: user,
  // Deprecated in the SDK's types in 2026, still sent by STS and part of our answer.
  // eslint-disable-next-line @typescript-eslint/no-deprecated
  PackedPolicySize: packed,
}: AssumeRoleCommandOutput): AssumedRole {
  const {
    AccessKeyId: accessKeyId,
    SecretAccessKey: secretAccessKey,
    SessionToken: sessionToken,
    Expiration: expiration,
  } = credentials ?? {};
  if (
    !accessKeyId ||
    !secretAccessKey ||
    !sessionToken ||
    !user?.Arn ||
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
    assumedRoleArn: user.Arn,
    ...(packed === undefined ? {} : { packedPolicySize: packed }),
  };
}

/** Wire codes of STS, with and without the `Exception` that the SDK appends to some of them. */
const refusals: Readonly<Record<string, TvmErrorCode>> = {
  AccessDenied: 'misconfigured',
  MalformedPolicyDocument: 'misconfigured',
  RegionDisabled: 'misconfigured',
  ValidationError: 'misconfigured',
  InvalidClientTokenId: 'misconfigured',
  OptInRequired: 'misconfigured',
  NotAuthorized: 'misconfigured',
  PackedPolicyTooLarge: 'policy-too-large',
};

const unavailable = new Set([
  'Throttling',
  'ThrottlingException',
  'RequestLimitExceeded',
  'ServiceUnavailable',
  'InternalFailure',
  'RequestExpired',
  'SignatureDoesNotMatch',
  'ExpiredToken',
  'ExpiredTokenException',
  'TimeoutError',
  'AbortError',
]);

function toRefusal(cause: unknown): TvmError {
  const { name = '', code = '', message = '', $metadata, $response } = describe(cause);
  const known = refusals[name.replace(/Exception$/, '')];
  // The message of STS names roles and policies: operator text, cut to a line.
  const detail = `AssumeRole: ${name} ${message}`.slice(0, 500);
  if (known !== undefined) return new TvmError(known, { detail, cause });
  const status = $metadata?.httpStatusCode ?? $response?.statusCode;
  if (unavailable.has(name) || (status !== undefined && status >= 500) || isConnectionError(code || name)) {
    return new TvmError('sts-unavailable', { detail, cause });
  }
  // What is left is an answer nobody could read (HTML of a proxy, half a document) or a code we do not know.
  return new TvmError(status === undefined || status < 400 ? 'upstream-invalid' : 'sts-unavailable', { detail, cause });
}

function isConnectionError(code: string): boolean {
  return [
    'ECONNREFUSED',
    'ECONNRESET',
    'ETIMEDOUT',
    'EPIPE',
    'ENOTFOUND',
    'EAI_AGAIN',
    'EHOSTUNREACH',
    'ENETUNREACH',
  ].includes(code);
}

interface ErrorFacts {
  readonly name?: string;
  readonly code?: string;
  readonly message?: string;
  readonly $metadata?: { readonly httpStatusCode?: number };
  readonly $response?: { readonly statusCode?: number };
}

function describe(cause: unknown): ErrorFacts {
  return typeof cause === 'object' && cause !== null ? cause : {};
}
