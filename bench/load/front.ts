// The measured process: the built handler in a thread, the emulated HTTP API in front of it, and nothing else. What the function
// writes goes to standard output as it is.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pathToFileURL } from 'node:url';
import { BroadcastChannel } from 'node:worker_threads';
import { startFunction } from '../../local/function.ts';
import { handleWithFunction } from '../../local/gateway.ts';
import type { FrontInput, FrontNews, HandlerMemory } from './messages.ts';

const tell = (news: FrontNews): void => void process.send?.(news);

process.once('message', (input: FrontInput) => void start(input));

async function start({ environment }: FrontInput): Promise<void> {
  const machine = await startFunction(
    {
      handlerUrl: new URL('observed-handler.ts', import.meta.url).href,
      environment: { ...environment, LOAD_HANDLER: pathToFileURL('dist/lambda/vend.mjs').href },
      clockOffsetSeconds: 0,
      timeout: 10_000,
      log: (text) => void process.stdout.write(text),
    },
    pathToFileURL('dist/local/worker.js'),
  );
  const settings = { accountId: '111122223333', now: () => Date.now() };
  // A caller who hangs up in the middle of a body makes its reading fail; there is nobody to answer.
  const server = createServer({ maxHeaderSize: 32_768, keepAliveTimeout: 60_000 }, (request, response) => {
    handleWithFunction(request, response, settings, machine.invoke).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  new BroadcastChannel('load-memory').onmessage = (message: unknown) => {
    const { data } = message as { readonly data: HandlerMemory };
    tell({ kind: 'memory', ...data, resident: process.memoryUsage.rss() });
  };
  tell({ kind: 'ready', port: (server.address() as AddressInfo).port });
}
