// The built handler, unchanged, with an eye on the memory of the thread that it runs in.
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { BroadcastChannel } from 'node:worker_threads';
import type { HandlerMemory } from './messages.ts';

/** Seconds between two collections of all garbage. What is used in between is mostly that, and would hide a leak or look like one. */
const collectionPeriod = 5;

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;
const channel = new BroadcastChannel('load-memory');
channel.unref();
let heap = 0;
let seconds = 0;
setInterval(() => {
  if (seconds % collectionPeriod === 0) {
    collect();
    heap = process.memoryUsage().heapUsed;
  }
  seconds += 1;
  channel.postMessage({ heap, reserved: process.memoryUsage().heapTotal } satisfies HandlerMemory);
}, 1_000).unref();

const built = (await import(process.env['LOAD_HANDLER'] ?? '')) as { readonly handler: unknown };

export const { handler } = built;
