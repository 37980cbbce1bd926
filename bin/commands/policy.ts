// tvm policy: session policies without a machine: rendered for a tenant, measured against STS's limits, or linted.
import {
  lint as lintConfig,
  longestTenantId,
  renderSessionPolicy,
  TvmError,
  type VendingConfig,
} from '../../core/index.ts';
import { CommandError, exitCodes, print, text, type Command, type Values } from './command.ts';
import { readSource, sourceOptions, sourceUsage } from './source.ts';

const setOption = { 'permission-set': { type: 'string' } } as const satisfies Command['options'];

export const render: Command = {
  summary: 'the session policy of one tenant, as it goes to STS',
  usage: `${sourceUsage}
  --permission-set NAME  default: the default one
  --tenant T             the tenant
  --subject S            the subject (default alice)
  --parameter NAME=VALUE a declared parameter, may be repeated`,
  options: {
    ...sourceOptions,
    ...setOption,
    tenant: { type: 'string' },
    subject: { type: 'string' },
    parameter: { type: 'string', multiple: true },
  },
  run: async (values) => {
    const tenant = text(values, 'tenant');
    if (tenant === undefined) throw new CommandError(exitCodes.usage, 'there is no tenant', '--tenant acme');
    const { config } = await readSource(values);
    const [name] = chosenSets(config, values, config.defaultPermissionSet);
    if (name === undefined)
      throw new CommandError(exitCodes.usage, 'there are several permission sets', '--permission-set NAME');
    const subject = text(values, 'subject') ?? 'alice';
    print(refusedAsUsage(() => renderSessionPolicy(config, name, { tenant, subject, ...readParameters(values) }).text));
    return exitCodes.ok;
  },
};

export const size: Command = {
  summary: 'how large the session policies get, with the longest tenant id',
  usage: `${sourceUsage}\n  --permission-set NAME  default: all\n  --json                 as JSON`,
  options: { ...sourceOptions, ...setOption, json: { type: 'boolean' } },
  run: async (values) => {
    const { config } = await readSource(values);
    const sizes = chosenSets(config, values).map((name) => measure(config, name));
    if (values['json'] === true) print(JSON.stringify(sizes));
    else {
      for (const { permissionSet, characters, limit, packedPercentEstimate } of sizes) {
        print(
          `${permissionSet.padEnd(34)}${String(characters).padStart(5)} of ${limit} characters, packed about ${packedPercentEstimate} % (an estimate)`,
        );
      }
    }
    return sizes.some(({ characters, limit }) => characters > limit) ? exitCodes.violation : exitCodes.ok;
  },
};

export const lint: Command = {
  summary: 'what is risky in the permission sets',
  usage: `${sourceUsage}\n  --json                 as JSON`,
  options: { ...sourceOptions, json: { type: 'boolean' } },
  run: async (values) => {
    const findings = lintConfig((await readSource(values)).config);
    if (values['json'] === true) print(JSON.stringify(findings));
    else
      for (const { severity, rule, permissionSet, statement, message } of findings)
        print(`${severity} ${rule} ${permissionSet} ${statement}: ${message}`);
    return findings.some(({ severity }) => severity === 'error') ? exitCodes.violation : exitCodes.ok;
  },
};

function chosenSets(config: VendingConfig, values: Values, fallback?: string): readonly string[] {
  const names = Object.keys(config.permissionSets);
  const wanted = text(values, 'permission-set') ?? fallback;
  if (wanted === undefined)
    return fallback === undefined && values['tenant'] !== undefined && names.length > 1 ? [] : names;
  if (!names.includes(wanted))
    throw new CommandError(
      exitCodes.usage,
      `there is no permission set ${JSON.stringify(wanted)}`,
      `--permission-set ${names.join('|')}`,
    );
  return [wanted];
}

interface Size {
  readonly permissionSet: string;
  readonly characters: number;
  readonly limit: number;
  readonly packedPercentEstimate: number;
}

const limit = 2048;

function measure(config: VendingConfig, permissionSet: string): Size {
  const parameters = Object.fromEntries(
    Object.keys(config.permissionSets[permissionSet]!.parameters ?? {}).map((name) => [name, 'p'.repeat(63)]),
  );
  try {
    const { characters, packedPercentEstimate } = renderSessionPolicy(config, permissionSet, {
      tenant: longestTenantId(config),
      subject: 's'.repeat(64),
      parameters,
    });
    return { permissionSet, characters, limit, packedPercentEstimate };
  } catch (cause) {
    const [, characters] = /renders (\d+) characters/.exec(cause instanceof TvmError ? (cause.detail ?? '') : '') ?? [];
    if (characters === undefined) throw cause;
    return { permissionSet, characters: Number(characters), limit, packedPercentEstimate: 100 };
  }
}

function readParameters(values: Values): { readonly parameters?: Readonly<Record<string, string>> } {
  const given = values['parameter'];
  if (!Array.isArray(given)) return {};
  return {
    parameters: Object.fromEntries(
      (given as readonly string[]).map((one) => [one.slice(0, one.indexOf('=')), one.slice(one.indexOf('=') + 1)]),
    ),
  };
}

function refusedAsUsage<T>(compute: () => T): T {
  try {
    return compute();
  } catch (cause) {
    if (!(cause instanceof TvmError)) throw cause;
    const exitCode = cause.code === 'policy-too-large' ? exitCodes.violation : exitCodes.usage;
    throw new CommandError(exitCode, cause.detail ?? cause.code, 'tvm policy render --help', cause);
  }
}
