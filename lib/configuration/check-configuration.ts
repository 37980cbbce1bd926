// The checks of synth: the document that will be deployed, with opaque literals for what only the deployment knows,
// goes through the very parser and renderer that the function uses. What would fail a start or a vend fails here.
import { Annotations } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import {
  longestTenantId,
  parseVendingConfig,
  renderSessionPolicy,
  TvmError,
  type VendingConfig,
  variableOf,
} from '../../core/index.ts';
import { sts } from '../../core/limits.ts';
import { SynthError } from '../errors.ts';
import type { Delivery } from './deliver.ts';
import { fillWithLiterals, literalsOf } from './literals.ts';

/** The names and values of a function's environment, bytes.
 * @see https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
const maxEnvironmentBytes = 4096;

/** The part of a limit from which synth warns. */
const warnFraction = 0.8;

/**
 * Parses and renders the document as the function will, and measures it.
 * @throws SynthError `TvmConfigurationInvalid`, `TvmSessionPolicyTooLarge`, `TvmEnvironmentTooLarge`
 */
export function checkConfiguration(delivery: Delivery, scope: Construct): VendingConfig {
  const literals = literalsOf(delivery, scope);
  checkEnvironment(literals, scope);
  const config = parse(delivery, literals, scope);
  for (const name of Object.keys(config.permissionSets)) checkSize(config, name, scope);
  return config;
}

function parse({ document }: Delivery, literals: ReadonlyMap<string, string>, scope: Construct): VendingConfig {
  try {
    return parseVendingConfig(fillWithLiterals(document, literals));
  } catch (cause) {
    if (!(cause instanceof TvmError)) throw cause;
    throw new SynthError(
      'TvmConfigurationInvalid',
      {
        what: 'The token vending machine is not configured correctly',
        got: cause.detail ?? cause.message,
        allowed: 'what docs/configuration.md describes',
        fix: 'correct every issue of the list; each names its place in the configuration',
      },
      scope,
      cause,
    );
  }
}

/** The longest tenant id, subject and parameters: what does not fit for them would fail for someone, some day. */
function checkSize(config: VendingConfig, name: string, scope: Construct): void {
  const tenant = longestTenantId(config);
  const limit = sts.maxPolicyCharacters;
  const fix =
    'split the set in two, shorten prefixes, attach statements by managedPolicies, or isolate by tags alone (equal statements are merged already)';
  let characters: number;
  try {
    const values = { tenant, subject: longestSubject, ...parameterValues(config, name) };
    characters = renderSessionPolicy(config, name, values).characters;
  } catch (cause) {
    if (!(cause instanceof TvmError) || cause.code !== 'policy-too-large') throw cause;
    const what = 'A session policy would be larger than STS accepts';
    const got = `${cause.detail ?? name}, with a tenant id of ${tenant.length} characters`;
    throw new SynthError('TvmSessionPolicyTooLarge', { what, got, allowed: `${limit} characters`, fix }, scope, cause);
  }
  if (characters <= limit * warnFraction) return;
  Annotations.of(scope).addWarningV2(
    `token-vending-machine:session-policy-size:${name}`,
    `The session policy of permission set ${name} is close to the limit of STS: ${characters} of ${limit} characters with a tenant id of ${tenant.length}; ${fix}.`,
  );
}

const longestSubject = 's'.repeat(64);

function parameterValues(config: VendingConfig, name: string): { readonly parameters?: Record<string, string> } {
  const names = Object.keys(config.permissionSets[name]?.parameters ?? {});
  return names.length === 0
    ? {}
    : { parameters: Object.fromEntries(names.map((parameter) => [parameter, 'p'.repeat(63)])) };
}

function checkEnvironment(literals: ReadonlyMap<string, string>, scope: Construct): void {
  const sizes = [...literals].map(([name, literal]) => ({
    variable: variableOf(name),
    bytes: Buffer.byteLength(variableOf(name)) + Buffer.byteLength(literal),
  }));
  const total = sizes.reduce((sum, { bytes }) => sum + bytes, 0);
  if (total <= maxEnvironmentBytes) return;
  const largest = sizes.toSorted((a, b) => b.bytes - a.bytes).slice(0, 5);
  throw new SynthError(
    'TvmEnvironmentTooLarge',
    {
      what: "The configuration's deploy-time values do not fit the function's environment",
      got: `about ${total} bytes in ${sizes.length} variables, most in ${largest.map(({ variable, bytes }) => `${variable} (${bytes})`).join(', ')}`,
      allowed: `${maxEnvironmentBytes} bytes`,
      fix: 'give these resources literal names, share resources between permission sets, or deploy two machines',
    },
    scope,
  );
}
