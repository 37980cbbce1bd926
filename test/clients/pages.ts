// The parts of the pages that come from elsewhere: the table and the measured texts from the results of a run, and the snippets
// from the files that the run executes. Rendering only; `npm test` compares.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Row } from './try-client.ts';

/** The results that the pages show. */
export const resultsFile = join(import.meta.dirname, 'results.json');

/** Pages with a rendered part. */
export const rendered: readonly { readonly page: string; readonly render: (rows: readonly Row[]) => string }[] = [
  { page: 'docs/clients.md', render: renderTable },
  { page: 'docs/troubleshooting.md', render: renderRefusals },
];

const [start, end] = ['<!-- measured:start -->', '<!-- measured:end -->'];

/** What stands between the marks. Throws where there are none. */
export function renderedPart(text: string, page: string): string {
  const [from, to] = [text.indexOf(start), text.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`${page} has no ${start} … ${end}`);
  return text.slice(from + start.length, to).trim();
}

export function renderPages(rows: readonly Row[]): void {
  for (const { page, render } of rendered) {
    const text = readFileSync(page, 'utf8');
    const old = renderedPart(text, page);
    const [before = '', after = ''] = old === '' ? text.split(`${start}\n`) : text.split(old);
    const around = old === '' ? [`${before}${start}\n\n`, `\n${after}`] : [before, after];
    writeFileSync(page, `${around[0]}${render(rows)}${around[1]}`);
  }
}

const ways = { container: 'container', 'web-identity': 'web identity', profile: 'profile' } as const;

function renderTable(rows: readonly Row[]): string {
  return [
    '| Client | Version | Way | S3 and DynamoDB | Timeout | Fetches again with less than | Shows why it was refused |',
    '| --- | --- | --- | --- | --- | --- | --- |',
    ...rows.map((row) => {
      const cells = [
        row.client,
        row.version,
        ways[row.way],
        row.worked ? 'worked' : `no: ${row.note ?? 'failed'}`,
        timeout(row),
        window(row),
      ];
      return `| ${[...cells, row.showsMessage ? 'yes' : 'no'].join(' | ')} |`;
    }),
  ].join('\n');
}

function timeout({ timeoutSeconds }: Row): string {
  if (timeoutSeconds === undefined) return '';
  return timeoutSeconds === 'none' ? 'over 10 s' : `${timeoutSeconds} s`;
}

function window({ worked, refreshBelow }: Row): string {
  if (!worked) return '';
  if (refreshBelow === undefined) return 'each command is a new process';
  const [inside, outside] = refreshBelow;
  return inside === 0 ? 'at the end of their life' : `${inside} to ${outside} s`;
}

/** One text for each way that says something else. */
function renderRefusals(rows: readonly Row[]): string {
  return rows
    .map((row) => `${row.client} ${row.version}, ${ways[row.way]}:\n\n\`\`\`text\n${wrap(row.refusal)}\n\`\`\``)
    .join('\n\n');
}

function wrap(text: string, width = 118): string {
  const lines: string[] = [''];
  // The beginning says what failed, the end why.
  const shown = text.length > 900 ? `${text.slice(0, 250)} […] ${text.slice(-450)}` : text;
  for (const word of shown.split(/\s+/)) {
    const last = lines.at(-1)!;
    if (last !== '' && last.length + word.length >= width) lines.push(word);
    else lines[lines.length - 1] = last === '' ? word : `${last} ${word}`;
  }
  return lines.join('\n');
}
