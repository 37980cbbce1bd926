// What the browser test runs against: local mode whose configuration lists one origin, pages on that origin and on another one, and
// a machine whose issuer cannot be reached.
import { build } from 'esbuild';
import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { VendingConfig } from '../../core/config.ts';
import { TvmError } from '../../core/errors.ts';
import { createHandler } from '../../lambda/index.ts';
import { startLocal, type Local } from '../../local/index.ts';
import { createLocalIssuer, generateSigningPair } from '../../local/issuer.ts';
import { startServer } from '../../local/server.ts';

/** Everything that listens. */
export interface Servers {
  readonly local: Local;
  /** How often local mode has vended. */
  readonly vends: () => number;
  /** A page whose origin is configured, and one whose is not. */
  readonly page: string;
  readonly foreignPage: string;
  /** A machine that lists the same origin and answers 503 with Retry-After. */
  readonly brokenMachine: string;
  readonly stop: () => Promise<void>;
}

export async function startServers(): Promise<Servers> {
  const script = await bundlePage();
  const [page, foreign] = [await servePage(script), await servePage(script)];
  const cors = { origins: [page.origin] };
  const app = await startLocal();
  await app.stop();
  let audit = '';
  const config = { ...app.configuration, cors };
  const local = await startLocal({ config, log: (text) => (audit += text) });
  const broken = await startBrokenMachine(local.configuration);
  return {
    local,
    vends: () => audit.split('"credentials.vended"').length - 1,
    page: page.origin,
    foreignPage: foreign.origin,
    brokenMachine: broken.url,
    stop: async () => {
      await Promise.all([local.stop(), broken.stop()]);
      for (const { server } of [page, foreign]) {
        server.closeAllConnections();
        server.close();
      }
    },
  };
}

/** The page with the client library as it is shipped, not its source. */
async function bundlePage(): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: ['test/browser/page.ts'],
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    logLevel: 'warning',
    plugins: [
      {
        name: 'shipped-client',
        setup: (plugin) =>
          plugin.onResolve({ filter: /client\/index\.ts$/ }, () => ({ path: `${process.cwd()}/dist/client/index.js` })),
      },
    ],
  });
  return outputFiles[0]!.text;
}

async function servePage(script: string): Promise<{ readonly origin: string; readonly server: Server }> {
  const html = readFileSync('test/browser/page.html');
  const server = createServer((request, response) => {
    if (request.url === '/') response.writeHead(200, { 'Content-Type': 'text/html; charset=utf-8' }).end(html);
    else if (request.url === '/page.js') response.writeHead(200, { 'Content-Type': 'text/javascript' }).end(script);
    else response.writeHead(204).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, server };
}

async function startBrokenMachine(config: VendingConfig): Promise<{ readonly url: string; stop: () => Promise<void> }> {
  const handler = createHandler(config, {
    verifyToken: () => Promise.reject(new TvmError('issuer-unavailable')),
    writeAudit: async () => undefined,
  });
  const server = await startServer(0);
  server.serve({
    issuer: createLocalIssuer(config.issuers, [await generateSigningPair('RS256')], Date.now),
    origins: config.cors?.origins ?? [],
    description: {},
    accountId: '111122223333',
    now: Date.now,
    invoke: Promise.resolve((event) => handler(event, { awsRequestId: 'r-1', getRemainingTimeInMillis: () => 10_000 })),
  });
  return server;
}
