// What the processes of a load run tell each other. Types alone.
import type { JsonWebKey } from 'node:crypto';

/** What a run is asked to do. */
export interface LoadOptions {
  readonly seconds: number;
  /** Seconds of the same load before: checked like the rest, but neither its latency nor its memory is looked at. */
  readonly warmUp: number;
  readonly clients: number;
  readonly seed: number;
  /** Entries of the credential cache; 0 leaves it off. */
  readonly cache: number;
  /** Share of hostile requests, 0 to 1. */
  readonly hostile: number;
  /** Times the usual rate at which STS and issuers fail; 0 for never. */
  readonly faults: number;
}

/** Two issuers: the second is down at first, and each may assert its own tenants only. */
export type IssuerName = 'first' | 'second';
export const issuerNames: readonly IssuerName[] = ['first', 'second'];

/** To the upstreams, once. */
export interface UpstreamsInput {
  readonly seed: number;
  readonly faults: number;
  readonly keys: Readonly<Record<IssuerName, JsonWebKey>>;
}

/** From the upstreams, once. */
export interface UpstreamsReady {
  readonly kind: 'ready';
  readonly issuers: Readonly<Record<IssuerName, string>>;
  readonly sts: string;
}

/** One AssumeRole that was answered with credentials, as the STS that made them knows it. */
export interface LedgerEntry {
  readonly sessionToken: string;
  readonly tenant: string;
  readonly sessionName: string;
  /** The tenants that the session policy names. */
  readonly policyTenants: readonly string[];
  /** Made for somebody else than who asked: whoever vends it has failed. */
  readonly isForeign: boolean;
}

/** From the upstreams, now and then. */
export interface UpstreamsNews {
  readonly kind: 'ledger';
  readonly entries: readonly LedgerEntry[];
  /** How often each thing was answered since the last news. */
  readonly counts: Readonly<Record<string, number>>;
}

/** To the front, once. */
export interface FrontInput {
  readonly environment: Readonly<Record<string, string>>;
}

/** Memory of the thread that the function runs in, bytes: what its heap held after the last collection of all garbage, and what its
 * heap has reserved. */
export interface HandlerMemory {
  readonly heap: number;
  readonly reserved: number;
}

/** Besides, the whole of the measured process: the function's thread, and the emulated gateway that is no part of it. */
export interface Memory extends HandlerMemory {
  readonly resident: number;
}

/** From the front: where it is, then once a second what memory it has. */
export type FrontNews = { readonly kind: 'ready'; readonly port: number } | ({ readonly kind: 'memory' } & Memory);

/** To the clients, once. Private keys are PKCS#8 PEM. */
export interface ClientsInput {
  readonly options: LoadOptions;
  readonly port: number;
  readonly issuers: Readonly<Record<IssuerName, string>>;
  readonly privateKeys: Readonly<Record<IssuerName, string>>;
}

/** One answered request, as its client saw it. */
export interface Answered {
  readonly requestId: string;
  readonly request: string;
  readonly status: number;
  readonly code: string;
  readonly isAudited: boolean;
  /** Of a vend: who asked, and what was got. */
  readonly vend?: { readonly tenant: string; readonly subject: string; readonly sessionToken: string };
  /** Why this answer is wrong; absent where it is right. */
  readonly wrong?: string;
}

/** From the clients. `latencies` are of vends, milliseconds. */
export type ClientsNews =
  | { readonly kind: 'tokens'; readonly parts: readonly string[] }
  | { readonly kind: 'answers'; readonly answers: readonly Answered[]; readonly latencies: readonly number[] }
  | { readonly kind: 'done'; readonly hungUp: number; readonly failed: readonly string[] };
