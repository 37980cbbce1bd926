// The function of local mode: the built handler, unchanged, in a thread of its own with the environment that the template
// gives it, as Lambda would. Nothing of lambda/ is imported here; what runs is the bundle that would be deployed.
import { Worker } from 'node:worker_threads';
import { TvmError } from '../core/errors.ts';
import { isRecord } from '../core/iam/syntax.ts';

/** How the function is started. */
export interface FunctionOptions {
  /** The bundle, such as `file:///…/vend.mjs`. */
  readonly handlerUrl: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly clockOffsetSeconds: number;
  /** Milliseconds one invocation may take. */
  readonly timeout: number;
  /** Receives what the function writes to standard output: its audit lines. */
  readonly log: (text: string) => void;
}

/** A running function. */
export interface LocalFunction {
  /** Invokes the handler. Rejects where the function failed or was too slow, which a gateway answers with 5xx. */
  readonly invoke: (event: unknown) => Promise<unknown>;
  readonly stop: () => Promise<void>;
}

interface Pending {
  readonly resolve: (result: unknown) => void;
  readonly reject: (cause: Error) => void;
}

/** Starts the function. Rejects with `misconfigured` and the function's own words where its start fails. */
export async function startFunction(options: FunctionOptions, workerUrl: URL): Promise<LocalFunction> {
  const worker = new Worker(workerUrl, {
    env: { ...options.environment },
    workerData: {
      handlerUrl: options.handlerUrl,
      clockOffsetSeconds: options.clockOffsetSeconds,
      timeout: options.timeout,
    },
    stdout: true,
    stderr: true,
  });
  worker.stdout.setEncoding('utf8').on('data', options.log);
  worker.stderr.setEncoding('utf8').on('data', options.log);
  const pending = new Map<number, Pending>();
  await new Promise<void>((resolve, reject) => {
    const failStart = (cause: unknown): void => {
      const detail = `the function did not start: ${cause instanceof Error ? cause.message : String(cause)}`;
      reject(new TvmError('misconfigured', { detail, cause }));
    };
    worker.once('error', failStart);
    worker.once('message', (message: unknown) => {
      worker.off('error', failStart);
      if (isRecord(message) && message['ready'] === true) resolve();
      else failStart(isRecord(message) ? message['failed'] : message);
    });
  });
  const failAll = (cause: Error): void => {
    for (const { reject } of pending.values()) reject(cause);
    pending.clear();
  };
  worker.on('error', failAll);
  worker.on('exit', () => failAll(new TvmError('internal', { detail: 'the function has stopped' })));
  worker.on('message', (message: unknown) => {
    if (!isRecord(message)) return;
    const waiting = pending.get(Number(message['id']));
    pending.delete(Number(message['id']));
    const { failed } = message;
    if (failed === undefined) waiting?.resolve(message['result']);
    else
      waiting?.reject(
        new TvmError('internal', { detail: typeof failed === 'string' ? failed : 'the function failed' }),
      );
  });
  let next = 0;
  return {
    invoke: (event) =>
      new Promise((resolve, reject) => {
        const id = (next += 1);
        pending.set(id, { resolve, reject });
        worker.postMessage({ id, event });
      }),
    stop: async () => {
      await worker.terminate();
    },
  };
}
