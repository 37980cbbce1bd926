// The app that local mode runs: its account, its function and its configuration, as they would be deployed. The app itself
// runs as a child process or not at all; nothing of it is imported.
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseVendingConfig, type VendingConfig } from '../core/config.ts';
import { TvmError } from '../core/errors.ts';
import type { PolicyDocument } from '../core/iam/index.ts';
import { fillReferences } from '../core/references.ts';
import type { LocalAccount } from './account.ts';
import { chooseDemoTenants, localiseDocument } from './local-configuration.ts';
import { addLocalRoles, localExecutionRole } from './local-roles.ts';
import { localPlace, readCdkProject, resolveTemplate, synthesiseApp, type TemplateFunction } from './template/index.ts';

/** Where the app comes from. */
export interface AppSource {
  /** Folder of the CDK app; default: the current one. */
  readonly directory?: string;
  /** A synthesised template or cloud assembly to use as it is, instead of running the app. */
  readonly template?: string;
  /** A configuration (see docs/configuration.md) in place of the app's. */
  readonly config?: unknown;
}

/** What was read. `function` is undefined only where a configuration came without an app. */
export interface LocalApp {
  readonly account: LocalAccount;
  readonly function: TemplateFunction | undefined;
  readonly executionRoleArn: string;
  readonly notes: readonly string[];
  readonly cleanUp: () => void;
}

/** Runs or reads the app. Rejects with `misconfigured` and the app's own words. */
export async function readApp(options: AppSource): Promise<LocalApp> {
  const directory = options.directory ?? process.cwd();
  if (options.template === undefined && options.config !== undefined && !existsSync(join(directory, 'cdk.json'))) {
    const account: LocalAccount = { ...localPlace, roles: [], buckets: [], tables: [] };
    return toApp(account, undefined, [], () => undefined);
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

function fromTemplate(path: string, cleanUp: () => void): LocalApp {
  const { account, functions, notes } = resolveTemplate(path);
  return toApp(account, functions[0], notes, cleanUp);
}

function toApp(
  account: LocalAccount,
  vending: TemplateFunction | undefined,
  notes: readonly string[],
  cleanUp: () => void,
): LocalApp {
  if (vending !== undefined) return { account, function: vending, executionRoleArn: vending.roleArn, notes, cleanUp };
  const role = localExecutionRole(account);
  const withRole = { ...account, roles: [...account.roles, role] };
  return { account: withRole, function: undefined, executionRoleArn: role.arn, notes, cleanUp };
}

/** The configuration for this machine: parsed, and as the document that the function reads. Throws `misconfigured`. */
export function readConfiguration(
  options: AppSource,
  app: LocalApp,
  url: string,
): { readonly config: VendingConfig; readonly document: unknown; readonly deployed: VendingConfig } {
  const original: unknown = options.config ?? readDocument(requireFunction(app));
  const environment = app.function?.environment ?? {};
  // Parsed as it is first: what local mode replaces must be right as well, for it is what would be deployed.
  const deployed = parseVendingConfig(fillReferences(original, environment));
  const demo = chooseDemoTenants(deployed.tenantId, deployed.issuers[0]).map(({ tenant }) => tenant);
  const document = localiseDocument(original, url, demo);
  return { config: parseVendingConfig(fillReferences(document, environment)), document, deployed };
}

function readDocument({ assetDirectory, environment }: TemplateFunction): unknown {
  const inline = environment['TVM_CONFIG'];
  return JSON.parse(inline ?? readFileSync(join(assetDirectory, 'config.json'), 'utf8'));
}

/** The account with what a configuration needs and the template lacks. */
export function completeAccount(app: LocalApp, config: VendingConfig): LocalAccount {
  return addLocalRoles(app.account, config, app.executionRoleArn);
}

/** What would be deployed, for tools that only look: the configuration as the function parses it, and the roles' policies. */
export interface Deployment {
  readonly config: VendingConfig;
  /** By ARN; undefined where a configuration was given without an app. */
  readonly roles: Readonly<Record<string, readonly PolicyDocument[]>> | undefined;
}

/** Reads a deployment. A configuration that is given stands alone: no app is run for it. Rejects with `misconfigured`. */
export async function readDeployment(source: AppSource): Promise<Deployment> {
  if (source.config !== undefined) return { config: parseVendingConfig(source.config), roles: undefined };
  const app = await readApp(source);
  try {
    const config = parseVendingConfig(
      fillReferences(readDocument(requireFunction(app)), app.function?.environment ?? {}),
    );
    return { config, roles: Object.fromEntries(app.account.roles.map(({ arn, policies }) => [arn, policies])) };
  } finally {
    app.cleanUp();
  }
}

function requireFunction({ function: vending }: LocalApp): TemplateFunction {
  if (vending !== undefined) return vending;
  throw new TvmError('misconfigured', {
    detail: 'the app has no TokenVendingMachine: no function of its template holds vend.mjs',
  });
}
