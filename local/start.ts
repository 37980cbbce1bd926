// Starts local mode: reads the app as it would be deployed, then runs AWS, issuer, gateway and the built function on loopback.
// It never talks to real AWS, and refuses to start where a real STS endpoint or production is set.
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseVendingConfig, type VendingConfig } from '../core/config.ts';
import { TvmError } from '../core/errors.ts';
import { fillReferences } from '../core/references.ts';
import { isLoopbackUrl } from '../core/url.ts';
import type { LocalAccount } from './account.ts';
import { startLocalAws, type LocalAws } from './aws/index.ts';
import { startFunction } from './function.ts';
import { handleWithFunction } from './gateway.ts';
import { refuseForeign } from './guard.ts';
import { handleIssuer } from './issuer-routes.ts';
import { createLocalIssuer, generateSigningPair, type LocalIssuer, type MintRequest } from './issuer.ts';
import { chooseDemoTenants, demoUsers, localiseDocument } from './local-configuration.ts';
import { addLocalRoles, localExecutionRole } from './local-roles.ts';
import { findPackageRoot } from './package-root.ts';
import { seedAccount, type Seed, type SeededObject } from './seed.ts';
import { localPlace, readCdkProject, resolveTemplate, synthesiseApp, type TemplateFunction } from './template/index.ts';

/** How to start. Ports default to 0, a free one. */
export interface LocalOptions {
  readonly port?: number;
  readonly awsPort?: number;
  /** Folder of the CDK app; default: the current one. */
  readonly directory?: string;
  /** A synthesised template or cloud assembly to use as it is, instead of running the app. */
  readonly template?: string;
  /** A configuration (see docs/configuration.md) in place of the app's. */
  readonly config?: unknown;
  readonly seed?: Seed;
  /** Seconds by which everything here is ahead of the real clock. */
  readonly clockOffsetSeconds?: number;
  /** Receives the function's standard output, its audit lines; default: nothing. */
  readonly log?: (text: string) => void;
}

/** A running local mode. */
export interface Local {
  readonly url: string;
  readonly issuer: string;
  readonly aws: string;
  readonly region: string;
  /** A token of the local issuer. */
  readonly mintToken: (request?: MintRequest) => Promise<string>;
  readonly tenants: readonly { readonly tenant: string; readonly subject: string }[];
  readonly objects: readonly SeededObject[];
  readonly configuration: VendingConfig;
  readonly account: LocalAccount;
  /** Puts another role in the place of the one with its ARN, as somebody with a console would. */
  readonly replaceRole: LocalAws['replaceRole'];
  /** A session of the function's execution role, for tests of what it may and may not do. */
  readonly executionSession: () => ReturnType<LocalAws['roleSession']>;
  readonly notes: readonly string[];
  readonly stop: () => Promise<void>;
}

interface App {
  readonly account: LocalAccount;
  readonly function: TemplateFunction | undefined;
  readonly notes: readonly string[];
  readonly cleanUp: () => void;
}

/** Milliseconds: the timeout that the constructs give the function. */
const functionTimeout = 10_000;

/** Starts local mode. Rejects with `misconfigured` and what to mend. */
export async function startLocal(options: LocalOptions = {}): Promise<Local> {
  refuseRealAws(process.env);
  const offset = (options.clockOffsetSeconds ?? 0) * 1000;
  const now = (): number => Date.now() + offset;
  // RSA keys take up to a second: made while the app is synthesised.
  const signingPair = generateSigningPair('RS256');
  const app = await readApp(options);
  const stops: (() => Promise<void>)[] = [async () => app.cleanUp()];
  const stop = async (): Promise<void> => {
    for (const one of stops.splice(0).reverse()) await one();
  };
  try {
    const server = createServer({ maxHeaderSize: 10_240 });
    const port = await listen(server, options.port ?? 0);
    stops.push(() => close(server));
    const url = `http://127.0.0.1:${port}`;
    const { config, document } = readConfiguration(options, app, url);
    const pairs = await Promise.all(
      [
        ...new Set(config.issuers.map(({ algorithms }) => (algorithms.includes('RS256') ? 'RS256' : algorithms[0]!))),
      ].map((algorithm) => (algorithm === 'RS256' ? signingPair : generateSigningPair(algorithm))),
    );
    const issuer = createLocalIssuer(config.issuers, pairs, now);
    const executionRoleArn = app.function?.roleArn ?? localExecutionRole(app.account).arn;
    const account = addLocalRoles(withExecutionRole(app.account, executionRoleArn), config, executionRoleArn);
    const aws = await startLocalAws({ port: options.awsPort ?? 0, account, now });
    stops.push(() => aws.stop());
    const tenants = chooseDemoTenants(config.tenantId, config.issuers[0]);
    const objects = await seedAccount(
      aws,
      account,
      config,
      tenants.map(({ tenant }) => tenant),
      options.seed ?? {},
    );
    const description = { url, issuer: `${url}/oidc`, aws: aws.url, region: account.region };
    const invoke = await serve(server, port, { issuer, config, description, accountId: account.accountId, now });
    const running = await startFunction(
      {
        handlerUrl: pathToFileURL(
          join(app.function?.assetDirectory ?? join(findPackageRoot(), 'dist', 'lambda'), 'vend.mjs'),
        ).href,
        environment: functionEnvironment(app, document, aws, executionRoleArn),
        clockOffsetSeconds: options.clockOffsetSeconds ?? 0,
        timeout: functionTimeout,
        log: options.log ?? (() => undefined),
      },
      pathToFileURL(join(findPackageRoot(), 'dist', 'local', 'worker.js')),
    );
    stops.push(() => running.stop());
    invoke.resolve(running.invoke);
    return {
      ...description,
      mintToken: (request = {}) => issuer.mint(request),
      tenants: demoUsers(tenants),
      objects,
      configuration: config,
      account,
      replaceRole: (role) => aws.replaceRole(role),
      executionSession: () => aws.roleSession(executionRoleArn, 'by-hand'),
      notes: app.notes,
      stop,
    };
  } catch (cause) {
    await stop();
    throw cause;
  }
}

/** A machine with a local issuer beside a real STS would vend real credentials to whoever asks this process for a token. */
function refuseRealAws(environment: NodeJS.ProcessEnv): void {
  for (const name of ['AWS_ENDPOINT_URL_STS', 'AWS_ENDPOINT_URL']) {
    const endpoint = environment[name];
    if (endpoint !== undefined && endpoint !== '' && !isLoopbackUrl(endpoint)) {
      throw new TvmError('misconfigured', { detail: `${name} points to a real endpoint; unset it to run local mode` });
    }
  }
  if (environment['NODE_ENV'] === 'production') {
    throw new TvmError('misconfigured', { detail: 'NODE_ENV is production; local mode is for development only' });
  }
}

async function readApp(options: LocalOptions): Promise<App> {
  const directory = options.directory ?? process.cwd();
  if (options.template === undefined && options.config !== undefined && !existsSync(join(directory, 'cdk.json'))) {
    const account: LocalAccount = { ...localPlace, roles: [], buckets: [], tables: [] };
    return { account, function: undefined, notes: [], cleanUp: () => undefined };
  }
  if (options.template !== undefined) return fromTemplate(options.template, () => undefined);
  const outdir = mkdtempSync(join(tmpdir(), 'tvm-'));
  const cleanUp = (): void => {
    rmSync(outdir, { recursive: true, force: true });
  };
  try {
    return fromTemplate(await synthesiseApp({ ...readCdkProject(directory), outdir, directory }), cleanUp);
  } catch (cause) {
    cleanUp();
    throw cause;
  }
}

function fromTemplate(path: string, cleanUp: () => void): App {
  const { account, functions, notes } = resolveTemplate(path);
  return { account, function: functions[0], notes, cleanUp };
}

function readConfiguration(
  options: LocalOptions,
  app: App,
  url: string,
): { readonly config: VendingConfig; readonly document: unknown } {
  if (options.config === undefined && app.function === undefined) {
    throw new TvmError('misconfigured', {
      detail: 'the app has no TokenVendingMachine: no function of its template holds vend.mjs',
    });
  }
  const original: unknown = options.config ?? readDocument(app.function!);
  const environment = app.function?.environment ?? {};
  // Parsed as it is first: what local mode replaces must be right as well, for it is what would be deployed.
  const deployed = parseVendingConfig(fillReferences(original, environment));
  const demo = chooseDemoTenants(deployed.tenantId, deployed.issuers[0]).map(({ tenant }) => tenant);
  const document = localiseDocument(original, url, demo);
  return { config: parseVendingConfig(fillReferences(document, environment)), document };
}

function readDocument({ assetDirectory, environment }: TemplateFunction): unknown {
  const inline = environment['TVM_CONFIG'];
  return JSON.parse(inline ?? readFileSync(join(assetDirectory, 'config.json'), 'utf8'));
}

function withExecutionRole(account: LocalAccount, arn: string): LocalAccount {
  return account.roles.some((role) => role.arn === arn)
    ? account
    : { ...account, roles: [...account.roles, localExecutionRole(account)] };
}

/** What Lambda would set, the template's own variables, and the document with its issuers here. */
function functionEnvironment(
  app: App,
  document: unknown,
  aws: LocalAws,
  executionRoleArn: string,
): Record<string, string> {
  const { accessKeyId, secretAccessKey, sessionToken } = aws.roleSession(executionRoleArn, 'tvm-local');
  return {
    ...app.function?.environment,
    TVM_CONFIG: JSON.stringify(document),
    AWS_REGION: app.account.region,
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_SESSION_TOKEN: sessionToken,
    AWS_ENDPOINT_URL_STS: aws.url,
  };
}

interface Serving {
  readonly issuer: LocalIssuer;
  readonly config: VendingConfig;
  readonly description: Readonly<Record<string, string>>;
  readonly accountId: string;
  readonly now: () => number;
}

/** Serves issuer and gateway. The function fetches the issuer's keys while it starts, so requests for it wait until it runs. */
async function serve(
  server: Server,
  port: number,
  serving: Serving,
): Promise<PromiseWithResolvers<(event: unknown) => Promise<unknown>>> {
  const invoke = Promise.withResolvers<(event: unknown) => Promise<unknown>>();
  const { issuer, config, description, accountId, now } = serving;
  server.on('request', (request, response) => {
    void (async () => {
      const refusal = refuseForeign(request, port, config.cors?.origins);
      if (refusal !== undefined) {
        response
          .writeHead(403, { 'Content-Type': 'application/json' })
          .end(JSON.stringify({ message: `refused: ${refusal}` }));
      } else if (request.url === '/.well-known/tvm-local') {
        response.writeHead(200, { 'Content-Type': 'application/json' }).end(JSON.stringify(description));
      } else if (!(await handleIssuer(request, response, issuer, description['url']!))) {
        const invokeFunction = await invoke.promise;
        await handleWithFunction(request, response, { accountId, now }, invokeFunction);
      }
    })().catch(() => response.destroy());
  });
  return invoke;
}

async function listen(server: Server, port: number): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      const detail = cause.code === 'EADDRINUSE' ? `port ${port} is taken` : `port ${port}: ${cause.message}`;
      reject(new TvmError('misconfigured', { detail, cause }));
    });
    server.listen(port, '127.0.0.1', resolve);
  });
  return (server.address() as AddressInfo).port;
}

async function close(server: Server): Promise<void> {
  server.closeAllConnections();
  await new Promise<void>((resolve) => {
    server.close(() => resolve());
  });
}
