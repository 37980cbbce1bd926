// The handler: joins event dialect, core and ports, under one deadline. @middy/core wraps only what is outside the path: the
// last-resort answer and warm-up pings; business steps are no middlewares, because that would hide their order.
import middy from '@middy/core';
import { randomUUID } from 'node:crypto';
import { answer } from '../core/answer.ts';
import { TvmError } from '../core/errors.ts';
import { isRecord } from '../core/iam/syntax.ts';
import type { Machine } from '../core/ports.ts';
import { renderProblem } from '../core/protocol/problem.ts';
import { fromEvent, toResult, type Result } from './events.ts';

/** What the Lambda runtime tells about an invocation, as far as it is used. */
export interface InvocationContext {
  readonly getRemainingTimeInMillis?: () => number;
  /** Names a request whose gateway gives it no id (a load balancer); the runtime's own log lines carry it too. */
  readonly awsRequestId?: string;
}

export type Handler = (event: unknown, context?: InvocationContext) => Promise<Result>;

/** Milliseconds kept back for the audit record and the answer; and the time of an invocation without a runtime. */
const reserve = 500;
const defaultTime = 10_000;
/** Part of the time that keys may take, so that an issuer who is slow leaves STS a share. */
const keyShare = 0.5;

/** Makes a handler of a machine. `basePath` is a custom domain's base path (`/tvm`), or empty. */
export function createMachineHandler(machine: Machine, basePath = ''): Handler {
  let coldStart = true;
  const handle = async (event: unknown, context: InvocationContext): Promise<Result> => {
    const newRequestId = (): string => context.awsRequestId ?? randomUUID();
    const request = fromEvent(event, { newRequestId, basePath });
    const left = (context.getRemainingTimeInMillis?.() ?? defaultTime) - reserve;
    const deadline = startDeadline(left);
    const circumstances = { signal: deadline.signal, coldStart };
    coldStart = false;
    const verifyToken: Machine['verifyToken'] = async (token) => {
      const keyDeadline = startDeadline(left * keyShare);
      return machine.verifyToken(token, keyDeadline.signal).finally(keyDeadline.clear);
    };
    try {
      return toResult(await answer({ ...machine, verifyToken }, request, circumstances), event);
    } finally {
      deadline.clear();
    }
  };
  const wrapped = middy<unknown, Result>()
    .before(({ event }) => (isWarmUp(event) ? lastResort(machine, event, 204) : undefined))
    .onError((request) => {
      // Only a bug gets here. Its name and place help; its message might hold anything of the request.
      const { error } = request;
      process.stderr.write(`unhandled: ${error?.name ?? 'error'} ${error?.stack?.split('\n')[1]?.trim() ?? ''}\n`);
      request.response = lastResort(machine, request.event, 500);
    })
    .handler((event: unknown, context) => handle(event, context));
  return (event, context = {}) => wrapped(event, context as Parameters<typeof wrapped>[1]);
}

/** Aborts when the time is over; at once where there is none, so that nothing is begun that cannot be ended. Cleared with its
 * request: AbortSignal.timeout would hold each one's memory for ten seconds more. */
function startDeadline(milliseconds: number): { readonly signal: AbortSignal; readonly clear: () => void } {
  if (!(milliseconds >= 1)) return { signal: AbortSignal.abort(), clear: () => undefined };
  const controller = new AbortController();
  const abort = (): void => controller.abort(new DOMException('not in time', 'TimeoutError'));
  const timer = setTimeout(abort, milliseconds);
  return { signal: controller.signal, clear: () => clearTimeout(timer) };
}

/** A scheduled ping keeps an environment warm; it is no HTTP event and gets an empty answer. */
function isWarmUp(event: unknown): boolean {
  return isRecord(event) && event['source'] === 'aws.events' && !('requestContext' in event);
}

/** What is answered when even the answering failed: constant, without anything of the request. */
function lastResort(machine: Machine, event: unknown, status: 204 | 500): Result {
  const requestId = randomUUID();
  const headers = { 'Cache-Control': 'no-store', 'X-Content-Type-Options': 'nosniff', 'X-Request-Id': requestId };
  if (status === 204) return toResult({ status, headers, body: '' }, event);
  const problem = renderProblem(new TvmError('internal'), {
    requestId,
    now: machine.clock() / 1000,
    asProblem: false,
    publicDiagnostics: false,
  });
  return toResult({ ...problem, headers: { ...headers, ...problem.headers } }, event);
}
