// Apps for tests, synthesised as cdk.json says and read back as local mode reads them: what is tested is what is deployed.
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { App, Stack, type StackProps } from 'aws-cdk-lib';
import type { CloudAssembly } from 'aws-cdk-lib/cx-api';
import {
  evaluate,
  renderSessionPolicy,
  type Decision,
  type PolicyDocument,
  type VendingConfig,
} from '../../core/index.ts';
import { loadConfig } from '../../lambda/configuration.ts';
import type { TenantAccess } from '../../lib/index.ts';
import { PermissionSet, TokenIssuer, TokenVendingMachine, type TokenVendingMachineProps } from '../../lib/index.ts';
import type { LocalAccount, LocalRole } from '../../local/account.ts';
import { resolveTemplate, type ResolvedTemplate, type TemplateFunction } from '../../local/template/index.ts';

// The checks of CloudFormation's own rules cost a second per synthesis; `npm run synth` runs them.
process.env['CDK_VALIDATION'] = 'false';

const scratch = mkdtempSync(join(tmpdir(), 'tvm-lib-'));

/** A handler that is not the real one: these tests are about what surrounds it. */
export const standInBundle = join(scratch, 'vend.mjs');
writeFileSync(standInBundle, 'export const handler = async () => ({ statusCode: 404 });\n');

const cdkJson = JSON.parse(readFileSync(new URL('../../cdk.json', import.meta.url), 'utf8')) as {
  context: Record<string, unknown>;
};

/** An app with the feature flags of cdk.json; `context` adds to them. */
export function newApp(context: Record<string, unknown> = {}): App {
  return new App({
    outdir: mkdtempSync(join(scratch, 'out-')),
    context: { ...cdkJson.context, ...context },
    analyticsReporting: false,
  });
}

/** A stack of an app of its own. */
export function newStack(props: StackProps = {}, name = 'Test'): Stack {
  return new Stack(newApp(), name, props);
}

/** One issuer, as little as possible. */
export const testIssuer = TokenIssuer.oidc('https://idp.example.com/', { audiences: ['api'] });

/** A machine named `Tvm` with one issuer and the stand-in handler. */
export function addMachine(
  stack: Stack,
  props: Partial<TokenVendingMachineProps> & Pick<TokenVendingMachineProps, 'permissionSets'>,
): TokenVendingMachine {
  return new TokenVendingMachine(stack, 'Tvm', { issuers: [testIssuer], handlerBundle: standInBundle, ...props });
}

/** A machine whose one set `documents` has the given access. */
export function addMachineWith(stack: Stack, ...access: TenantAccess[]): TokenVendingMachine {
  return addMachine(stack, { permissionSets: [PermissionSet.of('documents', ...access)] });
}

/** An app read back. */
export interface Synthesised extends ResolvedTemplate {
  readonly assembly: CloudAssembly;
  readonly function: TemplateFunction;
  readonly executionRole: LocalRole;
  /** The configuration as the function reads it at its start. */
  readonly config: VendingConfig;
}

/** Synthesises the app and reads it as local mode and the function do. */
export function synthesise(app: App): Synthesised {
  const assembly = app.synth();
  const resolved = resolveTemplate(assembly.directory);
  const vending = resolved.functions[0]!;
  return {
    ...resolved,
    assembly,
    function: vending,
    executionRole: roleOf(resolved.account, vending.roleArn),
    config: loadConfig(vending.environment, pathToFileURL(join(vending.assetDirectory, 'config.json'))),
  };
}

/** A role of the account by ARN. */
export function roleOf(account: LocalAccount, arn: string): LocalRole {
  const role = account.roles.find((one) => one.arn === arn);
  if (role === undefined) throw new TypeError(`no role ${arn}`);
  return role;
}

/** Everything, for the wall that a test takes away. */
const everything: PolicyDocument = {
  Version: '2012-10-17',
  Statement: { Effect: 'Allow', Action: '*', Resource: '*' },
};

/** One call of a vended session. */
export interface Call {
  readonly action: string;
  readonly resource: string;
  readonly context?: Readonly<Record<string, string | readonly string[]>>;
}

/** Decides a call of the tenant's session: by both walls, by the session policy alone, or by the role alone. */
export function decide(
  { account, config }: Pick<Synthesised, 'account' | 'config'>,
  tenant: string,
  call: Call,
  wall: 'both' | 'session' | 'role' = 'both',
  permissionSet = 'documents',
): Decision['outcome'] {
  const role = roleOf(account, config.permissionSets[permissionSet]!.roleArn);
  const session = renderSessionPolicy(config, permissionSet, { tenant, subject: 'alice' }).document;
  return evaluate({
    policies: {
      role: wall === 'session' ? [everything] : role.policies,
      ...(wall === 'role' ? {} : { session: [session] }),
    },
    principal: {
      arn: role.arn,
      sessionArn: `arn:aws:sts::${account.accountId}:assumed-role/${role.name}/${tenant}@alice`,
      accountId: account.accountId,
      tags: { [config.session.tenantTagKey]: tenant },
    },
    request: call,
  }).outcome;
}
