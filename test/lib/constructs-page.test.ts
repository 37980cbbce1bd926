// docs/constructs.md has every option with the words and default of its doc comment, and every public member.
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { TokenVendingMachine } from '../../lib/index.ts';
import { documentedProps } from './documented-props.ts';
import { options } from './options.ts';

const page = readFileSync(new URL('../../docs/constructs.md', import.meta.url), 'utf8');
/** Cells without the padding that formatting adds. */
const rows = page
  .split('\n')
  .filter((line) => line.startsWith('|'))
  .map((line) =>
    line
      .split(/(?<!\\)\|/)
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );

describe.each([
  ['lib/token-vending-machine-props.ts', 'TokenVendingMachineProps'],
  ['lib/cross-account-tenant-access-role.ts', 'CrossAccountTenantAccessRoleProps'],
])('%s', (file, name) => {
  test.each(documentedProps(file, name).map((one) => [one.prop, one] as const))('%s', (prop, { text, fallback }) => {
    expect(rows).toContainEqual([`\`${prop}\``, fallback, text]);
    expect(fallback).not.toBe('undocumented');
  });
});

test('no option of the machine is missed by the reading of its comments', () => {
  const read = documentedProps('lib/token-vending-machine-props.ts', 'TokenVendingMachineProps').map(
    ({ prop }) => prop,
  );
  expect(read.toSorted()).toEqual(Object.keys(options).toSorted());
});

test('every public method is on the page', () => {
  const methods: string[] = [];
  for (let prototype: object = TokenVendingMachine.prototype; prototype.constructor.name !== 'Construct';) {
    methods.push(...Object.getOwnPropertyNames(prototype).filter((one) => one !== 'constructor'));
    prototype = Object.getPrototypeOf(prototype) as object;
  }
  expect(methods.length).toBeGreaterThan(10);
  for (const method of methods) expect(page).toContain(`${method}(`);
});
