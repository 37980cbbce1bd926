// Step 9: the AssumeRole port. It sends what was decided, and tries again only where that can help and the deadline allows:
// never after a denial. Who speaks the protocol is handed in.
// @see https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
import { setTimeout as pause } from 'node:timers/promises';
import { TvmError } from '../../core/errors.ts';
import type { AssumeRole } from '../../core/ports.ts';
import type { OpenSts, SigningCredentials, StsConnection } from './connection.ts';
import { readStsFailure, type StsFailure } from './failure.ts';

/** What the adapter needs of its surroundings, read by the composition root. */
export interface StsSettings {
  readonly open: OpenSts;
  readonly region: string;
  readonly endpoint: string;
  /** Asked where the first endpoint cannot be reached. */
  readonly fallback?: { readonly region: string; readonly endpoint: string };
  /** The execution role's credentials. Read at the first call, and again when STS says that they are over. */
  readonly credentials: () => SigningCredentials;
  /** Milliseconds since 1970. */
  readonly clock: () => number;
  readonly observe?: { readonly stsThrottled: () => void; readonly packedPolicy: (percent: number) => void };
}

/** The port, and the work that may be done ahead of its first call. */
export interface WarmableAssumeRole {
  readonly assumeRole: AssumeRole;
  /** Connects to STS. Never rejects. */
  readonly warm: (signal: AbortSignal) => Promise<void>;
}

const maxAttempts = 3;
/** Longest pause before the second try, milliseconds; twice that before the third. */
const firstPause = 200;
/** Milliseconds for which an endpoint that could not be reached is not asked first. */
const avoidance = 60_000;

/** Makes the port. It resolves with whole credentials or rejects with `sts-unavailable`, `upstream-invalid`,
 * `misconfigured`, `policy-too-large`. */
export function createAssumeRole(settings: StsSettings): WarmableAssumeRole {
  const endpoints = createEndpoints(settings);
  const assumeRole: AssumeRole = async (input, signal) => {
    const tried = new Set<StsFailure['kind']>();
    for (let attempt = 1; ; attempt += 1) {
      const connection = endpoints.pick();
      let failure: StsFailure;
      try {
        signal.throwIfAborted();
        return await connection.send(input, signal);
      } catch (cause) {
        if (cause instanceof TvmError) throw cause;
        failure = readStsFailure(signal.aborted ? signal.reason : cause);
      }
      const { kind, refusal, packedPolicyPercent } = failure;
      if (kind === 'throttled') settings.observe?.stsThrottled();
      if (packedPolicyPercent !== undefined) settings.observe?.packedPolicy(packedPolicyPercent);
      const hasMoved = kind === 'unreachable' && endpoints.avoid(connection);
      if (signal.aborted || attempt >= maxAttempts) throw refusal;
      switch (kind) {
        case 'final':
        case 'out-of-time':
          throw refusal;
        case 'expired-credentials':
          // An environment that was frozen for hours holds credentials that are over. Once: new ones that are over as well
          // are somebody's mistake.
          if (tried.has(kind)) throw refusal;
          await connection.renewCredentials();
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
  return { assumeRole, warm: (signal) => endpoints.pick().warm(signal) };
}

interface Endpoints {
  readonly pick: () => StsConnection;
  /** Notes that a connection's endpoint cannot be reached; whether there is another to go to. */
  readonly avoid: (connection: StsConnection) => boolean;
}

/** The first endpoint, and for a minute after it could not be reached the second, so that an outage costs one request the
 * wait and not each of them. */
function createEndpoints({ open, region, endpoint, fallback, credentials, clock }: StsSettings): Endpoints {
  const first = open({ region, endpoint, credentials, clock });
  if (fallback === undefined) return { pick: () => first, avoid: () => false };
  const second = open({ ...fallback, credentials, clock });
  let avoidedUntil = 0;
  return {
    pick: () => (clock() < avoidedUntil ? second : first),
    avoid: (connection) => {
      avoidedUntil = connection === first ? clock() + avoidance : 0;
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
