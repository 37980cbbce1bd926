// The configuration's one strict parser, which synth, cold start, local mode and the
// command line share. It is frozen after parsing; nobody reads a configuration that did not pass here.
import { vendingConfigSchema } from './config-schema.ts';
import { TvmError } from './errors.ts';
import type { Issue } from './schema.ts';
import type { VendingConfig } from './vending-config.ts';

export type * from './vending-config.ts';

const parsedConfigs = new WeakSet();

/** Parses a configuration. Throws `misconfigured`, whose message lists every issue with its JSON pointer. */
export function parseVendingConfig(input: unknown): VendingConfig {
  if (typeof input === 'object' && input !== null && parsedConfigs.has(input)) return input as VendingConfig;
  const issues: Issue[] = [];
  // A copy first: freezing must not reach into the caller's object, nor the caller into ours.
  const config = vendingConfigSchema.parse(copyJson(input), '', issues);
  if (config === undefined || issues.length > 0) {
    const lines = issues.map(({ pointer, message }) => `${pointer === '' ? '/' : pointer} ${message}`);
    throw new TvmError('misconfigured', {
      detail: `the configuration has ${lines.length} issue(s):\n  ${lines.join('\n  ')}`,
      issues,
    });
  }
  freezeDeeply(config);
  parsedConfigs.add(config);
  return config;
}

function copyJson(input: unknown): unknown {
  if (Array.isArray(input)) return input.map(copyJson);
  if (typeof input !== 'object' || input === null) return input;
  // fromEntries defines own properties, so a member named __proto__ stays a member and is refused by the schema.
  return Object.fromEntries(Object.entries(input).map(([key, value]) => [key, copyJson(value)]));
}

/** Freezes a value and all that it holds, down to what is frozen already. */
export function freezeDeeply(value: unknown): void {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return;
  Object.freeze(value);
  Object.values(value).forEach(freezeDeeply);
}
