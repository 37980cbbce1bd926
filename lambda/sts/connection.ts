// What the tries of AssumeRole need of one endpoint of STS, however its protocol is spoken. Two speak it: direct-connection (the
// vend path) and sdk-connection (embedding, and the oracle that the direct one is tested against).
import type { AssumedRole } from '../../core/credentials.ts';
import type { AssumeRoleInput } from '../../core/session.ts';

/** The execution role's credentials. */
export interface SigningCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/** Where an STS is, and what signs the requests to it. */
export interface StsAddress {
  /** The Region of the signature. */
  readonly region: string;
  /** `https://sts.eu-west-1.amazonaws.com`, or what stands in for it. */
  readonly endpoint: string;
  /** Read at the first call, and again at each renewal. */
  readonly credentials: () => SigningCredentials;
  /** Milliseconds since 1970. */
  readonly clock: () => number;
}

/** One endpoint. */
export interface StsConnection {
  /** Sends one AssumeRole, once. Rejects with `upstream-invalid` for an answer that is not whole, and else with an error that
   * `readStsFailure` reads. */
  readonly send: (input: AssumeRoleInput, signal: AbortSignal) => Promise<AssumedRole>;
  /** Reads the execution role's credentials again: those at hand are over. */
  readonly renewCredentials: () => Promise<void>;
  /** Connects ahead of the first call. Never rejects. */
  readonly warm: (signal: AbortSignal) => Promise<void>;
}

export type OpenSts = (address: StsAddress) => StsConnection;

/** Milliseconds that a connection and a whole answer may take before the try is given up. */
export const stsTimeouts = { connect: 1_000, answer: 3_000 } as const;
