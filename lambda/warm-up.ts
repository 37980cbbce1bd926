// The start of an environment: keys and connections ahead of the first request, under a deadline, never fatal. Awaited, because
// Lambda freezes an environment that has started: half a fetch would thaw as a dead one.
// @see https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html
import type { Environment } from '../core/references.ts';
import type { WarmableMachine } from './machine.ts';

/** Milliseconds. Where a request waits for the start, a slow issuer that may not even be its own must not hold it for long;
 * where none waits, there is time for the slowest. Lambda gives 10 s. */
const onDemandDeadline = 400;
const provisionedDeadline = 5_000;

/** Does the work until it is done or its time is over. Where a request waits, keys are waited for, because it needs them next,
 * and the connection to STS is opened meanwhile. Never rejects. */
export async function warmUp(warm: WarmableMachine['warm'], environment: Environment): Promise<void> {
  const isProvisioned = environment['AWS_LAMBDA_INITIALIZATION_TYPE'] === 'provisioned-concurrency';
  const stop = new AbortController();
  const fetched = warm.keys().catch(() => undefined);
  const connected = warm.sts(stop.signal).catch(() => undefined);
  // A turn later, when both requests are on their way: what keeps the processor busy while they are answered.
  const loaded = new Promise<void>((resolve) => void setImmediate(resolve)).then(warm.own).catch(() => undefined);
  let timer: NodeJS.Timeout | undefined;
  const over = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, isProvisioned ? provisionedDeadline : onDemandDeadline);
  });
  await Promise.race([Promise.all(isProvisioned ? [fetched, loaded, connected] : [fetched, loaded]), over]);
  clearTimeout(timer);
  if (isProvisioned) stop.abort();
}
