// The six variants synthesise with no account, no Docker and no network; CloudFormation's own rules and cdk-nag's AwsSolutions find
// nothing that is not acknowledged with a reason. Prints the time of each.
import { afterAll, describe, expect, test } from 'vitest';
import { synthesiseVariant, variants, type Synthesis } from './variants.ts';

const times: string[] = [];
afterAll(() => console.log(`synthesis with validation: ${times.join(', ')}`));

/** Every acknowledgement in the templates' own metadata, as cdk-nag keeps them. */
function acknowledgementsOf({ templates }: Synthesis): readonly { readonly id: string; readonly reason: string }[] {
  const found: { id: string; reason: string }[] = [];
  const visit = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return;
    const { id, reason } = value as { readonly id?: unknown; readonly reason?: unknown };
    if (typeof id === 'string' && typeof reason === 'string') found.push({ id, reason });
    for (const inner of Object.values(value)) visit(inner);
  };
  visit(templates);
  return found;
}

test('there are six', () => {
  expect(variants).toEqual([
    'integ.brought.ts',
    'integ.cross-account-regions.ts',
    'integ.custom-domain.ts',
    'integ.default.ts',
    'integ.private-endpoint.ts',
    'integ.rest-web-acl.ts',
  ]);
});

test('the reviewers are awake: each finds its fault in an app that has one', { timeout: 60_000 }, () => {
  const { status, violations, output } = synthesiseVariant('faulty-app.ts');
  expect(status).not.toBe(0);
  const found = JSON.stringify(violations);
  expect([found, output]).toEqual([expect.stringContaining('AwsSolutions-S10'), expect.any(String)]);
  expect(found).toMatch(/Environment|environment variable/i);
});

describe.each(variants)('%s', (variant) => {
  test('synthesises, and no rule finds anything', { timeout: 60_000 }, () => {
    const synthesis = synthesiseVariant(variant);
    times.push(`${variant.slice('integ.'.length, -'.ts'.length)} ${synthesis.milliseconds} ms`);
    expect([synthesis.status, synthesis.output]).toEqual([0, expect.any(String)]);
    expect(Object.keys(synthesis.templates).length).toBeGreaterThan(0);
    expect(synthesis.violations).toEqual([]);
    for (const { id, reason } of acknowledgementsOf(synthesis)) expect([id, reason.length > 20]).toEqual([id, true]);
    // Neither an account's nor this machine's own: a template is the same wherever it is made.
    expect(JSON.stringify(synthesis.templates)).not.toContain(process.cwd());
  });
});
