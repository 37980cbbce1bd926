// The composition root: configuration, environment (handed in by the entry points), clock and the adapters become one machine.
import { createHash } from 'node:crypto';
import type { VendingConfig } from '../core/config.ts';
import { renderMetrics } from '../core/metrics.ts';
import type { Machine } from '../core/ports.ts';
import type { Environment } from '../core/references.ts';
import { createAssumeRole } from './assume-role.ts';
import { createAuditSink } from './audit-sink.ts';
import { createMetricTally } from './metric-tally.ts';
import { fallbackStsEndpoint, overriddenStsEndpoint } from './sts-endpoint.ts';
import { createTokenVerifier } from './token-verifier.ts';

/** A machine and the work that may be done ahead of the first request. */
export interface WarmableMachine {
  readonly machine: Machine;
  readonly warm: () => Promise<void>;
}

/** What a machine stands on, besides its environment. */
export interface World {
  /** Milliseconds since 1970. */
  readonly clock: () => number;
  /** Takes the audit records and the metrics. */
  readonly log: NodeJS.WritableStream;
}

/** Builds the machine of a configuration, on the real world unless another is given. */
export function createMachine(
  config: VendingConfig,
  environment: Environment,
  { clock, log }: World = { clock: () => Date.now(), log: process.stdout },
): WarmableMachine {
  const tally = createMetricTally();
  const verifier = createTokenVerifier(config, clock, tally.jwksFailed);
  const region = environment['AWS_REGION'] ?? 'us-east-1';
  const endpoint = overriddenStsEndpoint(environment);
  const fallback = fallbackStsEndpoint(config.sts?.fallbackRegion, region, endpoint);
  const machine: Machine = {
    config,
    verifyToken: verifier.verifyToken,
    assumeRole: createAssumeRole({
      region,
      ...(endpoint === undefined ? {} : { endpoint }),
      ...(fallback === undefined ? {} : { fallback }),
      credentials: async () => readCredentials(environment),
      clock,
      observe: tally,
    }),
    writeAudit: createAuditSink(log, (record) => renderMetrics(record, tally.take(), config.permissionSets)),
    sha256: (text) => createHash('sha256').update(text, 'utf8').digest('hex'),
    clock,
  };
  return { machine, warm: verifier.warm };
}

function readCredentials(environment: Environment): {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken?: string;
} {
  const {
    AWS_ACCESS_KEY_ID: accessKeyId = '',
    AWS_SECRET_ACCESS_KEY: secretAccessKey = '',
    AWS_SESSION_TOKEN: sessionToken,
  } = environment;
  return { accessKeyId, secretAccessKey, ...(sessionToken === undefined ? {} : { sessionToken }) };
}
