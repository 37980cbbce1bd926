// Step 9: the AssumeRole port on @aws-sdk/client-sts. It sends what was decided, checks that the answer is whole, and tries
// again only where that can help and the deadline allows. Never a partial credential, never a retry of a denial.
// @see https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
import { AssumeRoleCommand, STSClient, type AssumeRoleCommandOutput } from '@aws-sdk/client-sts';
import { setTimeout as pause } from 'node:timers/promises';
import type { AssumedRole } from '../core/credentials.ts';
import { TvmError } from '../core/errors.ts';
import type { AssumeRole } from '../core/ports.ts';
import type { AssumeRoleInput } from '../core/session.ts';
import { readStsFailure, type StsFailure } from './sts-failure.ts';

/** What the adapter needs of its surroundings, read by the composition root. */
export interface StsSettings {
  readonly region: string;
  /** In place of the regional endpoint. */
  readonly endpoint?: string;
  /** Asked where the first endpoint cannot be reached. The endpoint is written out, because the SDK would take one of the
   * environment that is meant for the first. */
  readonly fallback?: { readonly region: string; readonly endpoint: string };
  /** The execution role's credentials. Read at the first call, and again when STS says that they are over. */
  readonly credentials: () => Promise<{ accessKeyId: string; secretAccessKey: string; sessionToken?: string }>;
  /** Milliseconds since 1970. */
  readonly clock: () => number;
  readonly observe?: { readonly stsThrottled: () => void; readonly packedPolicy: (percent: number) => void };
}

/** Milliseconds. A connection or an answer that takes longer is tried again within the request's deadline. */
const timeouts = { connectionTimeout: 1_000, requestTimeout: 3_000, throwOnRequestTimeout: true } as const;
const maxAttempts = 3;
/** Longest pause before the second try, milliseconds; twice that before the third. */
const firstPause = 200;
/** Milliseconds for which an endpoint that could not be reached is not asked first. */
const avoidance = 60_000;

/** Makes the port. It resolves with whole credentials or rejects with `sts-unavailable`, `upstream-invalid`,
 * `misconfigured`, `policy-too-large`. */
export function createAssumeRole(settings: StsSettings): AssumeRole {
  const endpoints = createEndpoints(settings);
  return async (input, signal) => {
    const command = toCommandInput(input);
    const tried = new Set<StsFailure['kind']>();
    for (let attempt = 1; ; attempt += 1) {
      const client = endpoints.pick();
      let failure: StsFailure;
      try {
        signal.throwIfAborted();
        return parseOutput(await client.send(new AssumeRoleCommand(command), { abortSignal: signal }));
      } catch (cause) {
        if (cause instanceof TvmError) throw cause;
        failure = readStsFailure(signal.aborted ? signal.reason : cause);
      }
      const { kind, refusal, packedPolicyPercent } = failure;
      if (kind === 'throttled') settings.observe?.stsThrottled();
      if (packedPolicyPercent !== undefined) settings.observe?.packedPolicy(packedPolicyPercent);
      const hasMoved = kind === 'unreachable' && endpoints.avoid(client);
      if (signal.aborted || attempt >= maxAttempts) throw refusal;
      switch (kind) {
        case 'final':
        case 'out-of-time':
          throw refusal;
        case 'expired-credentials':
          // An environment that was frozen for hours holds credentials that are over. Once: new ones that are over as well
          // are somebody's mistake.
          if (tried.has(kind)) throw refusal;
          await client.config.credentials({ forceRefresh: true });
          break;
        case 'skewed':
          if (tried.has(kind)) throw refusal;
          break;
        case 'unreachable':
        case 'throttled':
        case 'server-error':
          if (!hasMoved && !(await pausedFor(jitter(attempt), signal))) throw refusal;
          break;
        default:
          kind satisfies never;
      }
      tried.add(kind);
    }
  };
}

interface Endpoints {
  readonly pick: () => STSClient;
  /** Notes that a client's endpoint cannot be reached; whether there is another to go to. */
  readonly avoid: (client: STSClient) => boolean;
}

/** The first endpoint, and for a minute after it could not be reached the second, so that an outage costs one request the
 * wait and not each of them. */
function createEndpoints({ region, endpoint, fallback, credentials, clock }: StsSettings): Endpoints {
  const connect = (at: { readonly region: string; readonly endpoint?: string }): STSClient =>
    new STSClient({ ...at, credentials, maxAttempts: 1, requestHandler: timeouts });
  const first = connect({ region, ...(endpoint === undefined ? {} : { endpoint }) });
  if (fallback === undefined) return { pick: () => first, avoid: () => false };
  const second = connect(fallback);
  let avoidedUntil = 0;
  return {
    pick: () => (clock() < avoidedUntil ? second : first),
    avoid: (client) => {
      avoidedUntil = client === first ? clock() + avoidance : 0;
      return true;
    },
  };
}

/** Full jitter: environments that were throttled together must not come back together. */
function jitter(attempt: number): number {
  return Math.random() * firstPause * 2 ** (attempt - 1);
}

/** Whether the pause ended before the deadline. */
async function pausedFor(milliseconds: number, signal: AbortSignal): Promise<boolean> {
  return pause(milliseconds, true, { signal }).catch(() => false);
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
    ...(user.AssumedRoleId === undefined ? {} : { assumedRoleId: user.AssumedRoleId }),
    ...(packed === undefined ? {} : { packedPolicySize: packed }),
  };
}
