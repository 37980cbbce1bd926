// Starts local mode: reads the app as it would be deployed, then runs AWS, issuer, gateway and the built function on loopback.
// It never talks to real AWS, and refuses to start where a real STS endpoint or production is set.
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { VendingConfig } from '../core/config.ts';
import { TvmError } from '../core/errors.ts';
import { isLoopbackUrl } from '../core/url.ts';
import type { LocalAccount, LocalSamlProvider } from './account.ts';
import { completeAccount, readApp, readConfiguration, type AppSource, type LocalApp } from './app.ts';
import { startLocalAws, type LocalAws } from './aws/index.ts';
import { startFunction, type LocalFunction } from './function.ts';
import {
  createLocalIssuer,
  generateSigningPair,
  type LocalIssuer,
  type MintRequest,
  type SigningPair,
} from './issuer.ts';
import { chooseDemoTenants, demoUsers } from './local-configuration.ts';
import { addLocalIdentity } from './local-identity.ts';
import { findPackageRoot } from './package-root.ts';
import { seedAccount, type Seed, type SeededObject } from './seed.ts';
import { startServer } from './server.ts';

/** How to start. Ports default to 0, a free one. */
export interface LocalOptions extends AppSource {
  readonly port?: number;
  readonly awsPort?: number;
  readonly seed?: Seed;
  /** SAML identity providers of the local account; default none. */
  readonly samlProviders?: readonly LocalSamlProvider[];
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
  /** The long-term access key of `tvm-local-developer`, an administrator of the local account. New at every start. */
  readonly developer: { readonly accessKeyId: string; readonly secretAccessKey: string };
  /** A session of the function's execution role, for tests of what it may and may not do. */
  readonly executionSession: () => ReturnType<LocalAws['roleSession']>;
  readonly notes: readonly string[];
  readonly stop: () => Promise<void>;
}

/** Milliseconds: the timeout that the constructs give the function. */
const functionTimeout = 10_000;

/** Starts local mode. Rejects with `misconfigured` and what to mend. */
export async function startLocal(options: LocalOptions = {}): Promise<Local> {
  refuseRealAws(process.env);
  const { port = 0, awsPort = 0, clockOffsetSeconds = 0, seed = {}, log = () => undefined } = options;
  const now = (): number => Date.now() + clockOffsetSeconds * 1000;
  // RSA keys take up to a second: made while the app is synthesised.
  const rsaPair = generateSigningPair('RS256');
  const app = await readApp(options);
  const stops: (() => Promise<void> | void)[] = [app.cleanUp];
  const stop = async (): Promise<void> => {
    for (const one of stops.splice(0).reverse()) await one();
  };
  try {
    const server = await startServer(port);
    stops.push(server.stop);
    const { config, document, deployed } = readConfiguration(options, app, server.url);
    const issuer = await createIssuer(config, rsaPair, now);

    const { samlProviders = [] } = options;
    const complete = { ...completeAccount(app, config), samlProviders };
    const account = addLocalIdentity(complete, config.issuers, deployed.issuers, issuer);
    const origins = config.cors?.origins ?? [];
    const aws = await startLocalAws({ port: awsPort, account, now, origins });
    stops.push(aws.stop);
    const tenants = chooseDemoTenants(config.tenantId, config.issuers[0]);
    const objects = await seedAccount(aws, account, config, tenants, seed);

    const description = { url: server.url, issuer: `${server.url}/oidc`, aws: aws.url, region: account.region };
    const invoke = Promise.withResolvers<LocalFunction['invoke']>();
    const { accountId } = account;
    server.serve({ issuer, origins, description, accountId, now, invoke: invoke.promise });
    const running = await runFunction(app, document, aws, clockOffsetSeconds, log);
    stops.push(running.stop);
    invoke.resolve(running.invoke);

    return {
      ...description,
      mintToken: (request = {}) => issuer.mint(request),
      tenants: demoUsers(tenants),
      objects,
      configuration: config,
      account,
      replaceRole: aws.replaceRole,
      developer: account.users[0].accessKey,
      executionSession: () => aws.roleSession(app.executionRoleArn, 'by-hand'),
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

/** One key pair per kind of algorithm that the issuers take: RS256 where they can, else their first. */
async function createIssuer(
  config: VendingConfig,
  rsaPair: Promise<SigningPair>,
  now: () => number,
): Promise<LocalIssuer> {
  const algorithms = new Set(
    config.issuers.map((issuer) => (issuer.algorithms.includes('RS256') ? 'RS256' : issuer.algorithms[0]!)),
  );
  const pairs = [...algorithms].map((algorithm) => (algorithm === 'RS256' ? rsaPair : generateSigningPair(algorithm)));
  return createLocalIssuer(config.issuers, await Promise.all(pairs), now);
}

/** Runs the bundle of the template (or, without an app, the package's own) with what Lambda would set, the template's own
 * variables, and the document whose issuers are here. */
async function runFunction(
  app: LocalApp,
  document: unknown,
  aws: LocalAws,
  clockOffsetSeconds: number,
  log: (text: string) => void,
): Promise<LocalFunction> {
  const root = findPackageRoot();
  const bundle = app.function?.assetDirectory ?? join(root, 'dist', 'lambda');
  const { accessKeyId, secretAccessKey, sessionToken } = aws.roleSession(app.executionRoleArn, 'tvm-local');
  const environment = {
    ...app.function?.environment,
    TVM_CONFIG: JSON.stringify(document),
    AWS_REGION: app.account.region,
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_SESSION_TOKEN: sessionToken,
    AWS_ENDPOINT_URL_STS: aws.url,
  };
  const handlerUrl = pathToFileURL(join(bundle, 'vend.mjs')).href;
  const workerUrl = pathToFileURL(join(root, 'dist', 'local', 'worker.js'));
  return startFunction({ handlerUrl, environment, clockOffsetSeconds, timeout: functionTimeout, log }, workerUrl);
}
