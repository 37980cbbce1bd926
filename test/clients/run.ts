// npm run test:clients: unmodified AWS clients against local mode, each on every way it has. One line a check; ends with the three
// counts. What this machine lacks is skipped with the reason, never passed. `--only NAME` tries one; `--write-docs` keeps the
// results and renders them into the pages.
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import type { startLocal as StartLocal } from '../../local/index.ts';
import { renderPages, resultsFile } from './pages.ts';
import { cache, clients, Unavailable, type Client } from './toolchains.ts';
import { tryClient, type Row } from './try-client.ts';

const { values: options } = parseArgs({ options: { only: { type: 'string' }, 'write-docs': { type: 'boolean' } } });
const counts = { passed: 0, failed: 0, skipped: 0 };
const say = (text: string): boolean => process.stdout.write(`${text}\n`);

if (!existsSync('dist/local/index.js')) {
  say('dist/ is not built; try: npm run build');
  process.exit(1);
}
// What is built is what is tried.
const { startLocal } = (await import(pathToFileURL(resolve('dist/local/index.js')).href)) as {
  readonly startLocal: typeof StartLocal;
};
const local = await startLocal();
const chosen = clients.filter(({ name }) => options.only === undefined || name === options.only);
const rows: Row[] = [];

async function tryAll(client: Client): Promise<void> {
  try {
    const ready = await client.prepare();
    for (const way of client.ways) {
      const title = `${client.name} ${ready.version}, ${way}`;
      const row = await tryClient(local, client, ready, way, ({ name, failure }) => {
        counts[failure === undefined ? 'passed' : 'failed'] += 1;
        say(failure === undefined ? `ok      ${title}: ${name}` : `FAILED  ${title}: ${name}\n        ${failure}`);
      });
      say(`        ${title}: ${measured(row)}`);
      rows.push(row);
    }
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    counts[cause instanceof Unavailable ? 'skipped' : 'failed'] += 1;
    say(`${cause instanceof Unavailable ? 'skipped' : 'FAILED '} ${client.name}: ${why}`);
  }
}

function measured({ timeoutSeconds, refreshBelow, note }: Row): string {
  if (note !== undefined) return note;
  const timeout = timeoutSeconds === undefined ? '' : `gives up after ${timeoutSeconds} s; `;
  return `${timeout}fetches again below ${refreshBelow?.join(' to ') ?? 'any'} s`;
}

// One at a time they wait for timeouts most of the time; all at once they would slow each other.
const waiting = [...chosen];
const lane = async (): Promise<void> => {
  for (let client = waiting.shift(); client !== undefined; client = waiting.shift()) await tryAll(client);
};
try {
  await Promise.all([lane(), lane(), lane()]);
} finally {
  await local.stop();
}

const order = (row: Row): number => clients.findIndex(({ name }) => name === row.client);
rows.sort((one, other) => order(one) - order(other));
const text = `${JSON.stringify(rows, null, 2)}\n`;
mkdirSync(cache, { recursive: true });
writeFileSync(join(cache, 'results.json'), text);
if (options['write-docs'] === true) {
  if (counts.failed + counts.skipped > 0 || options.only !== undefined)
    say('not written: the pages take a whole run only');
  else {
    writeFileSync(resultsFile, text);
    renderPages(rows);
  }
}
say(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`);
process.exitCode = counts.failed === 0 && counts.passed + counts.skipped > 0 ? 0 : 1;
