// The built handler, unchanged, with an eye on the memory of the thread that it runs in.
import { BroadcastChannel } from 'node:worker_threads';
import type { HandlerMemory } from './messages.ts';

const channel = new BroadcastChannel('load-memory');
channel.unref();
setInterval(() => {
  const { heapUsed, heapTotal } = process.memoryUsage();
  channel.postMessage({ heap: heapUsed, reserved: heapTotal } satisfies HandlerMemory);
}, 1_000).unref();

const built = (await import(process.env['LOAD_HANDLER'] ?? '')) as { readonly handler: unknown };

export const { handler } = built;
