// The composition root: configuration, environment (handed in by the entry points), clock and the adapters become one machine.
import { hash } from 'node:crypto';
import type { VendingConfig } from '../core/config.ts';
import { renderMetrics } from '../core/metrics.ts';
import type { Machine } from '../core/ports.ts';
import type { Environment } from '../core/references.ts';
import { createAuditSink } from './audit-sink.ts';
import { createCredentialCache } from './credential-cache.ts';
import { createMetricTally } from './metric-tally.ts';
import { createAssumeRole } from './sts/assume-role.ts';
import type { OpenSts, SigningCredentials } from './sts/connection.ts';
import { fallbackStsEndpoint, overriddenStsEndpoint, regionalStsEndpoint } from './sts/endpoint.ts';
import { createTokenVerifier } from './token-verifier.ts';

/** A machine and the work that may be done ahead of the first request. */
export interface WarmableMachine {
  readonly machine: Machine;
  /** Work ahead of the first request: fetching keys, connecting to STS. Neither rejects; what the signal cuts short is done by
   * the request that needs it. */
  readonly warm: {
    readonly keys: () => Promise<void>;
    readonly sts: (signal: AbortSignal) => Promise<void>;
    /** What needs nobody else's answer. */
    readonly own: () => void;
  };
}

/** What a machine stands on, besides its environment. */
export interface World {
  /** Milliseconds since 1970. */
  readonly clock: () => number;
  /** Takes the audit records and the metrics. */
  readonly log: () => NodeJS.WritableStream;
  /** How STS is spoken to. */
  readonly openSts: OpenSts;
}

/** The world that a function is started in. */
export function realWorld(openSts: OpenSts): World {
  return { clock: () => Date.now(), log: () => process.stdout, openSts };
}

/** Builds the machine of a configuration. */
export function createMachine(
  config: VendingConfig,
  environment: Environment,
  { clock, log, openSts }: World,
): WarmableMachine {
  const tally = createMetricTally();
  const verifier = createTokenVerifier(config, clock, tally.jwksFailed);
  const region = environment['AWS_REGION'] ?? 'us-east-1';
  const fallback = fallbackStsEndpoint(config.sts?.fallbackRegion, region, environment);
  const sts = createAssumeRole({
    open: openSts,
    region,
    endpoint: overriddenStsEndpoint(environment) ?? regionalStsEndpoint(region, environment),
    ...(fallback === undefined ? {} : { fallback }),
    credentials: () => readCredentials(environment),
    clock,
    observe: tally,
  });
  const machine: Machine = {
    config,
    verifyToken: verifier.verifyToken,
    assumeRole: sts.assumeRole,
    ...(config.cache === undefined ? {} : { reuseCredentials: createCredentialCache(config.cache) }),
    writeAudit: createAuditSink(log, (record) => renderMetrics(record, tally.take(), config.permissionSets)),
    sha256: (text) => hash('sha256', text),
    clock,
  };
  const own = (): void => {
    // The first use of each loads it: node:crypto and the stream are 5 ms.
    machine.sha256('');
    log();
  };
  return { machine, warm: { keys: verifier.warm, sts: sts.warm, own } };
}

function readCredentials(environment: Environment): SigningCredentials {
  const {
    AWS_ACCESS_KEY_ID: accessKeyId = '',
    AWS_SECRET_ACCESS_KEY: secretAccessKey = '',
    AWS_SESSION_TOKEN: sessionToken,
  } = environment;
  return { accessKeyId, secretAccessKey, ...(sessionToken === undefined ? {} : { sessionToken }) };
}
