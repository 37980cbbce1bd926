// The thread that runs the built handler, as Lambda's runtime would: loads it once, invokes it per message. The clock can be
// shifted here, outside the handler, so that the handler itself has no switch for it.
import { parentPort, workerData } from 'node:worker_threads';

interface WorkerInput {
  readonly handlerUrl: string;
  readonly clockOffsetSeconds: number;
  readonly timeout: number;
}

type Handler = (event: unknown, context: { readonly getRemainingTimeInMillis: () => number }) => Promise<unknown>;

const { handlerUrl, clockOffsetSeconds, timeout } = workerData as WorkerInput;

if (clockOffsetSeconds !== 0) shiftClock(clockOffsetSeconds * 1000);

try {
  const { handler } = (await import(handlerUrl)) as { readonly handler: Handler };
  parentPort?.on('message', ({ id, event }: { readonly id: number; readonly event: unknown }) => {
    const startedAt = performance.now();
    handler(event, { getRemainingTimeInMillis: () => timeout - (performance.now() - startedAt) }).then(
      (result) => parentPort?.postMessage({ id, result }),
      (cause: unknown) => parentPort?.postMessage({ id, failed: String(cause) }),
    );
  });
  parentPort?.postMessage({ ready: true });
} catch (cause) {
  parentPort?.postMessage({ failed: cause instanceof Error ? cause.message : String(cause) });
}

function shiftClock(milliseconds: number): void {
  const RealDate = Date;
  const now = (): number => RealDate.now() + milliseconds;
  globalThis.Date = new Proxy(RealDate, {
    construct: (target, args) => (args.length === 0 ? new target(now()) : Reflect.construct(target, args)) as object,
    get: (target, key) => (key === 'now' ? now : (Reflect.get(target, key) as unknown)),
  });
}
