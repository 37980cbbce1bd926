// The document at /openapi.json, whole: clients are generated from it, so each change of it is looked at before it is taken
// (`npx vitest run test/core/protocol/openapi-document.test.ts -u`).
import { expect, it } from 'vitest';
import { renderOpenApi } from '../../../core/protocol/openapi.ts';

it.each([
  ['with', true, 'openapi-explain.json'],
  ['without', false, 'openapi.json'],
] as const)('the OpenAPI document %s the explain route is the one that was reviewed', async (_, explain, file) => {
  const document = JSON.stringify(JSON.parse(renderOpenApi(explain)), null, 1);
  await expect(`${document}\n`).toMatchFileSnapshot(`../../vectors/${file}`);
});
