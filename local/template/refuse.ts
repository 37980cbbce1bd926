// How reading a template fails: one error that names the stack, the resource and what could not be read.
import { TvmError } from '../../core/errors.ts';

/** Where in the app something stands. */
export interface Location {
  readonly stack: string;
  readonly logicalId: string;
}

/** A refusal `misconfigured` about one resource (or output, or condition) of a template. */
export function refuseAt({ stack, logicalId }: Location, problem: string, cause?: unknown): TvmError {
  const detail = `${stack}: ${logicalId}: ${problem}`;
  return new TvmError('misconfigured', { detail, ...(cause === undefined ? {} : { cause }) });
}

/** A refusal `misconfigured` about a file or the app itself. */
export function refuseApp(problem: string, cause?: unknown): TvmError {
  return new TvmError('misconfigured', { detail: problem, ...(cause === undefined ? {} : { cause }) });
}
