// A small configuration, verified claims and a machine of stub ports, for the tests of core. No network, no clock.
import { createHash } from 'node:crypto';
import fc from 'fast-check';
import type { AuditRecord } from '../../core/audit.ts';
import type { VerifiedClaims } from '../../core/claims.ts';
import { parseVendingConfig, type VendingConfig } from '../../core/config.ts';
import type { AssumedRole } from '../../core/credentials.ts';
import { TvmError, type TvmErrorCode } from '../../core/errors.ts';
import type { Machine } from '../../core/ports.ts';
import type { AssumeRoleInput } from '../../core/session.ts';

/** JSON that a test builds and breaks at will. */
export type Json = Record<string, unknown>;

/** Any code point, half characters among them, and often one that means something somewhere. */
export const anyCharacter: fc.Arbitrary<string> = fc.oneof(
  fc.integer({ min: 0, max: 0x10ffff }).map((codePoint) => String.fromCodePoint(codePoint)),
  fc.integer({ min: 0, max: 0x7f }).map((codePoint) => String.fromCodePoint(codePoint)),
);

export const now = 1_795_298_645; // 2026-11-21T22:04:05Z
export const roleArn = 'arn:aws:iam::111122223333:role/tvm-documents';

export function issuerInput(over: Json = {}): Json {
  return {
    name: 'main',
    issuer: 'https://idp.example/',
    audiences: ['tvm'],
    tenant: { claim: 'tenant' },
    ...over,
  };
}

export function permissionSetInput(over: Json = {}): Json {
  return {
    roleArn,
    statements: [
      {
        Sid: 'Objects',
        Effect: 'Allow',
        Action: ['s3:GetObject'],
        Resource: 'arn:aws:s3:::bucket/tenants/{{tenant}}/*',
      },
      {
        Sid: 'List',
        Effect: 'Allow',
        Action: 's3:ListBucket',
        Resource: 'arn:aws:s3:::bucket',
        Condition: { StringLike: { 's3:prefix': ['tenants/{{tenant}}/*'] } },
      },
    ],
    ...over,
  };
}

export function configInput(over: Json = {}): Json {
  return { issuers: [issuerInput()], permissionSets: { documents: permissionSetInput() }, ...over };
}

export function configWith(over: Json = {}): VendingConfig {
  return parseVendingConfig(configInput(over));
}

export function claimsWith(over: Json = {}, issuerIndex = 0): VerifiedClaims {
  const all = { iss: 'https://idp.example/', aud: 'tvm', sub: 'alice', tenant: 'acme', exp: now + 3600, ...over };
  return { issuerIndex, all, expiresAt: (all as { readonly exp: number }).exp };
}

export const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

/** The code of the TvmError that `run` throws; anything else fails the test. */
export function codeOf(run: () => unknown): TvmErrorCode {
  return refusalOf(run).code;
}

export function refusalOf(run: () => unknown): TvmError {
  try {
    run();
  } catch (thrown) {
    if (thrown instanceof TvmError) return thrown;
    throw thrown;
  }
  throw new TypeError('nothing was thrown');
}

/** The code of the TvmError that a promise rejects with. */
export async function rejectedCodeOf(promise: Promise<unknown>): Promise<TvmErrorCode> {
  try {
    await promise;
  } catch (thrown) {
    if (thrown instanceof TvmError) return thrown.code;
    throw thrown;
  }
  throw new TypeError('nothing was rejected');
}

export const secrets = {
  token: 'eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhbGljZSJ9.c2lnbmF0dXJl',
  secretAccessKey: 'SECRETwJalrXUtnFEMIK7MDENGbPxRfiCY',
  sessionToken: 'SESSIONFwoGZXIvYXdzEXAMPLETOKEN',
} as const;

export function assumedRoleFor(input: AssumeRoleInput, over: Partial<AssumedRole> = {}): AssumedRole {
  return {
    accessKeyId: 'ASIAEXAMPLE000000001',
    secretAccessKey: secrets.secretAccessKey,
    sessionToken: secrets.sessionToken,
    expiration: now + input.durationSeconds,
    assumedRoleArn: `arn:aws:sts::111122223333:assumed-role/tvm-documents/${input.roleSessionName}`,
    packedPolicySize: 12,
    ...over,
  };
}

/** A machine whose ports note the order in which they were called. */
export interface StubMachine extends Machine {
  readonly steps: string[];
  readonly records: AuditRecord[];
  readonly assumed: AssumeRoleInput[];
}

export function stubMachine(over: Partial<Machine> = {}, claims: VerifiedClaims = claimsWith()): StubMachine {
  const steps: string[] = [];
  const records: AuditRecord[] = [];
  const assumed: AssumeRoleInput[] = [];
  const machine: Machine = {
    config: over.config ?? configWith(),
    verifyToken: async (token, signal) => {
      steps.push('verify');
      return over.verifyToken === undefined ? claims : over.verifyToken(token, signal);
    },
    assumeRole: async (input, signal) => {
      steps.push('assume');
      assumed.push(input);
      return over.assumeRole === undefined ? assumedRoleFor(input) : over.assumeRole(input, signal);
    },
    writeAudit: async (record) => {
      steps.push('audit');
      records.push(record);
      await over.writeAudit?.(record);
    },
    sha256: over.sha256 ?? sha256,
    clock: over.clock ?? ((): number => now * 1000),
  };
  return { ...machine, steps, records, assumed };
}
