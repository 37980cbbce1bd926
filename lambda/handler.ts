// The handler: joins event dialect, core and ports, under one deadline. @middy/core wraps only what is outside the path: the
// last-resort answer and warm-up pings; business steps are no middlewares, because that would hide their order.
import middy from '@middy/core';
import { randomUUID } from 'node:crypto';
import { answer } from '../core/answer.ts';
import { TvmError } from '../core/errors.ts';
import { isRecord } from '../core/iam/syntax.ts';
import type { Machine } from '../core/ports.ts';
import { renderProblem } from '../core/protocol/problem.ts';
import { fromEvent, toResult, type ResultV2 } from './events.ts';

/** What the Lambda runtime tells about an invocation, as far as it is used. */
export interface InvocationContext {
  readonly getRemainingTimeInMillis?: () => number;
}

export type Handler = (event: unknown, context?: InvocationContext) => Promise<ResultV2>;

/** Milliseconds kept back for the audit record and the answer; and the time of an invocation without a runtime. */
const reserve = 500;
const defaultTime = 10_000;

/** Makes a handler of a machine. `basePath` is a custom domain's base path (`/tvm`), or empty. */
export function createMachineHandler(machine: Machine, basePath = ''): Handler {
  let coldStart = true;
  const handle = async (event: unknown, context: InvocationContext): Promise<ResultV2> => {
    const request = fromEvent(event, randomUUID, basePath);
    // Whole milliseconds: AbortSignal.timeout refuses fractions, and emulators give them.
    const left = Math.floor(context.getRemainingTimeInMillis?.() ?? defaultTime) - reserve;
    const signal = left > 0 ? AbortSignal.timeout(left) : AbortSignal.abort();
    const circumstances = { signal, coldStart };
    coldStart = false;
    return toResult(await answer(machine, request, circumstances));
  };
  const wrapped = middy<unknown, ResultV2>()
    .before(({ event }) => (isWarmUp(event) ? lastResort(machine, 204) : undefined))
    .onError((request) => {
      // Only a bug gets here. Its name and place help; its message might hold anything of the request.
      const { error } = request;
      process.stderr.write(`unhandled: ${error?.name ?? 'error'} ${error?.stack?.split('\n')[1]?.trim() ?? ''}\n`);
      request.response = lastResort(machine, 500);
    })
    .handler((event: unknown, context) => handle(event, context));
  return (event, context = {}) => wrapped(event, context as Parameters<typeof wrapped>[1]);
}

/** A scheduled ping keeps an environment warm; it is no HTTP event and gets an empty answer. */
function isWarmUp(event: unknown): boolean {
  return isRecord(event) && event['source'] === 'aws.events' && !('requestContext' in event);
}

/** What is answered when even the answering failed: constant, without anything of the request. */
function lastResort(machine: Machine, status: 204 | 500): ResultV2 {
  const requestId = randomUUID();
  const headers = { 'Cache-Control': 'no-store', 'X-Content-Type-Options': 'nosniff', 'X-Request-Id': requestId };
  if (status === 204) return toResult({ status, headers, body: '' });
  const now = machine.clock() / 1000;
  const problem = renderProblem(new TvmError('internal'), {
    requestId,
    now,
    asProblem: false,
    publicDiagnostics: false,
  });
  return toResult({ ...problem, headers: { ...headers, ...problem.headers } });
}
