// The composition root: configuration, environment (handed in by the entry points), clock and the adapters become one machine.
import { createHash } from 'node:crypto';
import type { VendingConfig } from '../core/config.ts';
import type { Machine } from '../core/ports.ts';
import { createAssumeRole } from './assume-role.ts';
import { createAuditSink } from './audit-sink.ts';
import type { Environment } from '../core/references.ts';
import { createTokenVerifier } from './token-verifier.ts';

/** A machine and the work that may be done ahead of the first request. */
export interface WarmableMachine {
  readonly machine: Machine;
  readonly warm: () => Promise<void>;
}

/** Builds the machine of a configuration on the real world. */
export function createMachine(config: VendingConfig, environment: Environment): WarmableMachine {
  const clock = (): number => Date.now();
  const verifier = createTokenVerifier(config, clock);
  const endpoint = environment['AWS_ENDPOINT_URL_STS'];
  const machine: Machine = {
    config,
    verifyToken: verifier.verifyToken,
    assumeRole: createAssumeRole({
      region: environment['AWS_REGION'] ?? 'us-east-1',
      ...(endpoint === undefined || endpoint === '' ? {} : { endpoint }),
      credentials: async () => readCredentials(environment),
    }),
    writeAudit: createAuditSink(process.stdout),
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
